"""A trained model as a function of an image."""

# B images, C channels, H x W pixels, K classes

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import nn

from fudemoji.config import Settings
from fudemoji.data import LabelClass
from fudemoji.data.batches import Pixels
from fudemoji.engine.inference import predict_probs
from fudemoji.engine.state import load_weights
from fudemoji.errors import DataError
from fudemoji.models import build_model
from fudemoji.runs import Run, open_run
from fudemoji.runtime import Runtime, choose_runtime, pick_device

__all__ = ["Prediction", "Predictor", "Trained", "load_trained", "read_image"]

MAX_PIXELS = 100_000_000  # a larger image is taken for a decompression bomb
_DARK, _BRIGHT = 96, 160  # grey levels of a background that is surely dark or bright


@dataclass(frozen=True)
class Trained:
    """The best weights of a run, ready to use, and how they want their images."""

    run: Run
    settings: Settings
    sheet: dict[str, Any]
    model: nn.Module
    runtime: Runtime
    pixels: Pixels

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """The classes, in label order."""
        return tuple(LabelClass(c["id"], c["glyph"], c["romanisation"]) for c in self.sheet["classes"])


def load_trained(run: Run | str | Path, *, device: str | None = None) -> Trained:
    """The best checkpoint of a run.

    Raises:
        RunError: no such run, or it has no checkpoint yet, or a damaged one.
        SettingsError: no such device.
    """
    run = run if isinstance(run, Run) else open_run(run)
    settings, sheet = run.settings(), run.read_json("data")
    chosen = pick_device(device or settings.loop.device)
    model = build_model(
        settings.model.name,
        in_channels=sheet["channels"],
        num_classes=sheet["num_classes"],
        image_size=tuple(sheet["image_size"]),
        stem=settings.model.stem,
    )
    load_weights(run.checkpoint_path("best"), model)
    runtime = choose_runtime(model, device=chosen, precision=settings.loop.precision)
    model = runtime.place(model).eval()
    pixels = Pixels.of_sheet(sheet, to=settings.data.pixels)
    return Trained(run, settings, sheet, model, runtime, pixels)


@dataclass(frozen=True)
class Prediction:
    """What a model sees in one image.

    Attributes:
        label: the most probable class.
        prob: its probability, 0..1.
        top: the most probable classes with their probabilities, best first.
        inverted: whether the image was inverted first, because its paper is bright and the set's is dark, or the
            other way round.
    """

    label: LabelClass
    prob: float
    top: tuple[tuple[LabelClass, float], ...]
    inverted: bool

    def __str__(self) -> str:
        return f"{self.label} {self.prob:.1%}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        top = [
            {"id": c.id, "glyph": c.glyph, "romanisation": c.romanisation, "prob": prob}
            for c, prob in self.top
        ]
        return {
            "id": self.label.id,
            "glyph": self.label.glyph,
            "prob": self.prob,
            "top": top,
            "inverted": self.inverted,
        }


class Predictor:
    """The best weights of a run as a function: image in, `Prediction` out.

    An image may be a path, a PIL image, or a uint8 array (H, W) or (H, W, C); it is turned upright as its EXIF data
    say, made grey or RGB like the training images, inverted if its background is dark where theirs is bright (or the
    other way round), and resized to theirs.

    >>> predict = Predictor("runs/mine")  # doctest: +SKIP
    >>> predict("photo.png").label.glyph  # doctest: +SKIP
    'す'

    Raises:
        RunError: no such run, or it has no whole checkpoint.
    """

    def __init__(
        self, run: Run | str | Path, *, device: str | None = None, invert: bool | None = None
    ) -> None:
        self._trained = load_trained(run, device=device)
        self._invert = invert  # None: decide for each image

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """The classes it knows."""
        return self._trained.classes

    def __call__(self, image: str | Path | Image.Image | NDArray[np.uint8], *, top: int = 5) -> Prediction:
        """The prediction for one image.

        Raises:
            DataError: it is no image, or is damaged or too large.
        """
        return self.many([image], top=top)[0]

    def many(
        self, images: Sequence[str | Path | Image.Image | NDArray[np.uint8]], *, top: int = 5
    ) -> list[Prediction]:
        """The predictions for several images, in one batch."""
        if not images:
            return []
        prepared = [self._prepare(image) for image in images]
        images_BCHW = torch.from_numpy(np.stack([array for array, _ in prepared])).to(
            self._trained.runtime.device
        )
        probs_BK = predict_probs(
            self._trained.model,
            images_BCHW,
            pixels=self._trained.pixels,
            runtime=self._trained.runtime,
            shifts=self._trained.settings.loop.test_shifts,
        )
        probs_BT, labels_BT = probs_BK.topk(min(top, probs_BK.shape[1]), dim=1)
        classes, found = self.classes, []
        for probs, labels, (_, inverted) in zip(probs_BT.tolist(), labels_BT.tolist(), prepared, strict=True):
            best = tuple((classes[label], prob) for label, prob in zip(labels, probs, strict=True))
            found.append(Prediction(label=best[0][0], prob=best[0][1], top=best, inverted=inverted))
        return found

    def _prepare(self, image: str | Path | Image.Image | NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bool]:
        sheet = self._trained.sheet
        picture = _flatten(read_image(image), "L" if sheet["channels"] == 1 else "RGB")
        inverted = self._is_negative(picture) if self._invert is None else self._invert
        if inverted:
            picture = ImageOps.invert(picture)
        height, width = sheet["image_size"]
        if picture.size != (width, height):
            picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        array = np.asarray(picture, dtype=np.uint8)
        return (array[None] if array.ndim == 2 else array.transpose(2, 0, 1).copy()), inverted

    def _is_negative(self, picture: Image.Image) -> bool:
        """Whether the image's border is bright where the training images are dark, or the other way round."""
        grey = np.asarray(picture.convert("L"))
        border = float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
        ours = float(np.mean(self._trained.sheet["mean"]))
        return (border > _BRIGHT and ours < _DARK) or (border < _DARK and ours > _BRIGHT)


def read_image(image: str | Path | Image.Image | NDArray[np.uint8]) -> Image.Image:
    """An image from a path, an array or Pillow, upright, its pixels decoded.

    Raises:
        DataError: no such file, no image, a damaged one, or one of more than 100 million pixels.
    """
    if isinstance(image, np.ndarray):
        if (
            image.dtype != np.uint8
            or image.ndim not in (2, 3)
            or (image.ndim == 3 and image.shape[2] not in (1, 3, 4))
            or not image.size
        ):
            raise DataError(f"the array is {image.dtype} {image.shape}, expected uint8 (H, W) or (H, W, C)")
        return Image.fromarray(image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image)
    path = "the image" if isinstance(image, Image.Image) else Path(image)
    try:
        with warnings.catch_warnings(), contextlib.ExitStack() as stack:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is near Pillow's
            opened = image if isinstance(image, Image.Image) else stack.enter_context(Image.open(image))
            if opened.width * opened.height > MAX_PIXELS:
                raise DataError(
                    f"{path} has {opened.width} x {opened.height} pixels, more than the {MAX_PIXELS:,} that are read"
                )
            opened.load()
            return ImageOps.exif_transpose(opened)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"no image {path}") from None
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} is too large to be read: {error}") from error
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
        raise DataError(f"{path} is no image that can be read: {error}") from error


def _flatten(picture: Image.Image, mode: str) -> Image.Image:
    """Grey or RGB, transparent parts as white paper, 16-bit grey scaled down."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        levels = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if levels.max() > 255 else 255.0
        picture = Image.fromarray(np.clip(levels * (255 / top), 0, 255).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert(mode)
