"""The other side of each comparison: fastai, Keras and plain PyTorch, each as its own users would write it.

Every function is a contestant (see `turns.Contestant`): it gets `turn` first, and the clock runs only
while it trains. Reading the set, building the model and evaluation are off the clock, for all alike.
"""

# N images, H x W pixels

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from turns import Turn


class Arrays(NamedTuple):
    """Both splits of a set: images uint8 NHW, labels int64 N."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def read_idx(folder: Path) -> Arrays:
    """The four idx files of a folder, read without fudemoji, so that both sides see the same bytes."""

    def images(name: str) -> np.ndarray:
        raw = gzip.decompress((folder / f"{name}-images-idx3-ubyte.gz").read_bytes())
        return np.frombuffer(raw, np.uint8, offset=16).reshape(np.frombuffer(raw, ">i4", count=3, offset=4))

    def labels(name: str) -> np.ndarray:
        raw = gzip.decompress((folder / f"{name}-labels-idx1-ubyte.gz").read_bytes())
        return np.frombuffer(raw, np.uint8, offset=8).astype(np.int64)

    return Arrays(images("train"), labels("train"), images("t10k"), labels("t10k"))


# --- fastai ------------------------------------------------------------------


def _clock(turn: Turn, *, validate: bool) -> Any:
    from fastai.vision.all import Callback, CancelValidException

    class Clock(Callback):
        """Times the training part of each epoch, then gives the turn away."""

        order = 90  # after the recorder, whose metrics it reads

        def before_train(self) -> None:
            self.start = time.perf_counter()

        def after_train(self) -> None:
            finish_device_work()
            self.seconds = time.perf_counter() - self.start

        def before_validate(self) -> None:
            if not validate:
                raise CancelValidException

        def after_epoch(self) -> None:
            record = {"epoch": self.epoch + 1, "seconds": self.seconds, "num_images": self.dls.train.n}
            if validate:
                record["accuracy"] = float(self.recorder.values[-1][-1])
            turn(record)

    return Clock()


def fastai_vision_learner(
    turn: Turn, *, arch: str, data: Path, epochs: int, batch_size: int, peak: float, seed: int
) -> None:
    """A torchvision network from scratch by `vision_learner` and `fit_one_cycle`, with `aug_transforms`.

    Kind to fastai: one channel, images from memory instead of files, no worker processes (they cost
    more than they bring on images so small). No mirroring, which harms characters. Its validation set
    is the test split.
    """
    import torchvision
    from fastai.vision import all as fv

    arrays = read_idx(data)
    images = np.concatenate([arrays.train_images, arrays.test_images])
    labels = np.concatenate([arrays.train_labels, arrays.test_labels])
    fv.set_seed(seed)
    block = fv.DataBlock(
        blocks=(fv.ImageBlock(fv.PILImageBW), fv.CategoryBlock(vocab=[*range(10)])),
        get_x=lambda index: images[index],
        get_y=lambda index: int(labels[index]),
        splitter=fv.IndexSplitter(range(len(arrays.train_images), len(images))),
        batch_tfms=[*fv.aug_transforms(do_flip=False), fv.Normalize.from_stats([0.19], [0.35])],
    )
    loaders = block.dataloaders(range(len(images)), bs=batch_size, num_workers=0)
    learner = fv.vision_learner(
        loaders,
        getattr(torchvision.models, arch),
        pretrained=False,
        n_in=1,
        loss_func=fv.CrossEntropyLossFlat(),
        metrics=fv.accuracy,
        cbs=_clock(turn, validate=True),
    )
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(epochs, peak)


def fastai_steps(turn: Turn, *, model: str, batch_size: int, steps: int) -> None:
    """One of our models in fastai's `Learner`, on noise in memory; a turn is an epoch of `steps` steps."""
    import torch
    from fastai.vision import all as fv

    images, labels = noise(batch_size * steps)
    device = best_device()
    loader = fv.DataLoader(
        torch.utils.data.TensorDataset(images, labels),
        bs=batch_size,
        shuffle=True,
        num_workers=0,
        device=device,
    )
    learner = fv.Learner(
        fv.DataLoaders(loader, loader, device=device),
        our_model(model).to(device),
        loss_func=fv.CrossEntropyLossFlat(),
        cbs=_clock(turn, validate=False),
    )
    with learner.no_bar(), learner.no_logging():
        learner.fit(1_000, 1e-3)


# --- Keras -------------------------------------------------------------------


def keras_report_cnn(
    turn: Turn, *, data: Path, epochs: int, batch_size: int, seed: int, jit: str = "auto"
) -> None:
    """The 2022 report's CNN in Keras: Adam at 0.001, pixels in 0..1, shuffled, no augmentation."""
    import keras
    from keras import layers

    arrays = read_idx(data)
    train, test = (
        images[..., None].astype("float32") / 255 for images in (arrays.train_images, arrays.test_images)
    )
    keras.utils.set_random_seed(seed)
    conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, **conv),
            layers.MaxPooling2D(),
            layers.Conv2D(128, **conv),
            layers.Conv2D(128, **conv),
            layers.MaxPooling2D(),
            layers.Conv2D(256, **conv),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    assert model.count_params() == 540_298
    model.compile(
        keras.optimizers.Adam(1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=jit if jit == "auto" else jit == "yes",
    )

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, *_: Any) -> None:
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch: int, *_: Any) -> None:
            seconds = time.perf_counter() - self.start
            probs = self.model.predict(test, batch_size=500, verbose=0)
            accuracy = float((probs.argmax(1) == arrays.test_labels).mean())
            turn({"epoch": epoch + 1, "seconds": seconds, "num_images": len(train), "accuracy": accuracy})

    model.fit(
        train, arrays.train_labels, batch_size=batch_size, epochs=epochs, verbose=0, callbacks=[Clock()]
    )


# --- plain PyTorch -----------------------------------------------------------


def plain_steps(turn: Turn, *, model: str, batch_size: int, steps: int) -> None:
    """One of our models in a hand-written loop: fp32, default layout, one batch of noise again and again."""
    import torch

    device = best_device()
    net = our_model(model).to(device).train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3)
    images, labels = (tensor.to(device) for tensor in noise(batch_size))
    while True:
        start = time.perf_counter()
        for _ in range(steps):
            loss = torch.nn.functional.cross_entropy(net(images), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        finish_device_work()
        turn({"seconds": time.perf_counter() - start, "num_images": batch_size * steps})


def our_model(name: str) -> Any:
    """A fudemoji model for 28 px grey characters of ten classes."""
    import fudemoji as fm

    return fm.build_model(name, in_channels=1, num_classes=10, image_size=28)


def noise(num_images: int) -> tuple[Any, Any]:
    """Random images, float (N, 1, 28, 28) in 0..1, and labels of ten classes."""
    import torch

    return torch.rand(num_images, 1, 28, 28), torch.randint(10, (num_images,))


def best_device() -> Any:
    """The graphics card where there is one, else the CPU."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def finish_device_work() -> None:
    """Wait for the graphics card, if one is in use, so that a clock read next tells the truth."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
