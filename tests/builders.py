"""Tiny real sets, models and runs that several test folders share."""

# N images, C channels, H x W pixels

import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fudemoji.config import OptimSettings
from fudemoji.data import ImageSet
from fudemoji.data.sets import LabelClass
from fudemoji.runtime import Runtime

CPU = Runtime(torch.device("cpu"), "fp32", channels_last=False)
OPTIMISERS = ("sgd", "adam", "adamw", "adagrad", "rmsprop")
GLYPHS = "一丨口十"


def glyphs(
    num_train: int = 96, num_test: int = 32, *, size: int = 12, channels: int = 1, seed: int = 0
) -> ImageSet:
    """Four easily told signs, bright on dark with noise: a bar, a post, a box and a cross."""
    rng = np.random.default_rng(seed)
    labels_N = (np.arange(num_train + num_test) % 4).astype(np.int64)
    images_NCHW = rng.integers(0, 50, (len(labels_N), channels, size, size)).astype(np.uint8)
    for image_CHW, label in zip(images_NCHW, labels_N, strict=True):
        top, left = rng.integers(3, size - 3, 2)
        if label in (0, 3):
            image_CHW[:, top : top + 2, 1:-1] = 220
        if label in (1, 3):
            image_CHW[:, 1:-1, left : left + 2] = 220
        if label == 2:
            image_CHW[:, 2:-2, 2:-2] = 220
    splits = {"train": np.arange(num_train)}
    if num_test:
        splits["test"] = np.arange(num_train, num_train + num_test)
    return ImageSet(
        name="glyphs",
        images=images_NCHW,
        labels=labels_N,
        classes=classes(GLYPHS),
        splits=splits,
        source="tests",
    )


def motions(
    num_train: int = 24, num_test: int = 8, *, frames: int = 6, size: int = 12, seed: int = 0
) -> ImageSet:
    """Clips of a bright bar on dark noise that wanders right, left, down or up."""
    rng = np.random.default_rng(seed)
    labels_N = (np.arange(num_train + num_test) % 4).astype(np.int64)
    clips_NCTHW = rng.integers(0, 50, (len(labels_N), 1, frames, size, size)).astype(np.uint8)
    for clip_THW, label in zip(clips_NCTHW[:, 0], labels_N, strict=True):
        start = rng.integers(0, size - frames)
        for time, frame_HW in enumerate(clip_THW):
            place = start + (time if label % 2 == 0 else frames - 1 - time)
            (frame_HW if label > 1 else frame_HW.T)[place] = 220
    splits = {"train": np.arange(num_train), "test": np.arange(num_train, num_train + num_test)}
    return ImageSet(
        name="motions",
        images=clips_NCTHW,
        labels=labels_N,
        classes=tuple(LabelClass(name) for name in ("right", "left", "down", "up")),
        splits=splits,
        source="tests",
        kind="clips",
    )


def labelled_glyphs(
    num_train: int = 96, num_test: int = 32, *, size: int = 12, channels: int = 1, seed: int = 0
) -> ImageSet:
    """Images with a bar, a post, a small box in a corner, any of them together, or none."""
    rng = np.random.default_rng(seed)
    labels_NK = rng.uniform(size=(num_train + num_test, 3)) < [0.5, 0.4, 0.2]
    images_NCHW = rng.integers(0, 50, (len(labels_NK), channels, size, size)).astype(np.uint8)
    for image_CHW, (has_bar, has_post, has_box) in zip(images_NCHW, labels_NK, strict=True):
        top, left = rng.integers(5, size - 3, 2)
        if has_bar:
            image_CHW[:, top : top + 2, 1:-1] = 220
        if has_post:
            image_CHW[:, 1:-1, left : left + 2] = 220
        if has_box:
            image_CHW[:, :4, :4] = 220
    splits = {"train": np.arange(num_train), "test": np.arange(num_train, num_train + num_test)}
    return ImageSet(
        name="labelled glyphs",
        images=images_NCHW,
        labels=labels_NK,
        classes=classes("一丨口"),
        splits=splits,
        source="tests",
    )


def classes(characters: str) -> tuple[LabelClass, ...]:
    return tuple(LabelClass(f"U+{ord(c):04X}", c) for c in characters)


def write_glyphs(folder: Path, data: ImageSet) -> Path:
    """The set in KMNIST's official format with a class map of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, start in (("train", "train"), ("test", "t10k")):
        if split in data.splits:
            images_NCHW, labels_N = data.split(split)
            (folder / f"{start}-images-idx3-ubyte").write_bytes(idx(images_NCHW[:, 0]))
            (folder / f"{start}-labels-idx1-ubyte").write_bytes(idx(labels_N))
    rows = [f"{index},{c.id},{c.glyph}" for index, c in enumerate(data.classes)]
    (folder / "classmap.csv").write_text("\n".join(["index,codepoint,char", *rows]) + "\n", encoding="utf-8")
    return folder


def idx(array: np.ndarray) -> bytes:
    sizes = b"".join(struct.pack(">I", size) for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def write_video(
    path: Path, frames_THWC: np.ndarray, *, codec: str = "ffv1", rotation: int = 0, rate: int = 10
) -> Path:
    """A video file of uint8 RGB frames; `ffv1` in a Matroska file gives every pixel back."""
    import av

    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames_THWC.shape[1:3]
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for frame_HWC in frames_THWC:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame_HWC), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


class FixedBatches:
    """Batches as given, over and over: the smallest thing that `train` can take images from."""

    def __init__(self, batches: list[tuple[Tensor, Tensor]], *, steps_per_epoch: int | None = None) -> None:
        self._batches = batches
        self.steps_per_epoch = steps_per_epoch or len(batches)
        self.images_per_step = len(batches[0][0])
        self.asked_for: list[int] = []

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        self.asked_for.append(step)
        return self._batches[step % len(self._batches)]


def random_batches(
    count: int = 8, *, size: int = 16, num_classes: int = 4, shape: tuple[int, ...] = (1, 6, 6), seed: int = 0
) -> FixedBatches:
    """Blobs around one centre a class."""
    rng = torch.Generator().manual_seed(seed)
    centres = torch.randn(num_classes, *shape, generator=rng)
    made = []
    for _ in range(count):
        labels_B = torch.randint(num_classes, (size,), generator=rng)
        made.append((centres[labels_B] + torch.randn(size, *shape, generator=rng), labels_B))
    return FixedBatches(made)


def small_net(*, dropout: float = 0.0, seed: int = 0, shape: tuple[int, ...] = (1, 6, 6)) -> torch.nn.Module:
    """Convolution, norm, dropout and a linear head; the global random state stays as it was."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            torch.nn.Conv2d(shape[0], 4, 3, padding=1, bias=False),
            torch.nn.BatchNorm2d(4),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(4 * shape[1] * shape[2], 4),
        )


def optim(opt: str = "sgd", **values: object) -> OptimSettings:
    return OptimSettings(**{"opt": opt, "lr": 0.05, "weight_decay": 0.01, **values})


def tensors_of(model: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def differing(one: dict[str, Tensor], other: dict[str, Tensor]) -> list[str]:
    """Names under which two dicts of tensors do not hold the same bits."""
    assert one.keys() == other.keys()
    return [name for name, value in one.items() if not torch.equal(value, other[name])]


def random_states() -> tuple[bytes, object, object]:
    """Torch's, numpy's and Python's global random states."""
    import random

    state = np.random.get_state()  # noqa: NPY002 - it is the global one that must not be touched
    return bytes(torch.get_rng_state().tolist()), (state[1].tobytes(), state[2:]), random.getstate()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
