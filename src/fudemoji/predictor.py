"""A trained model as a function of an image."""

# B images, C channels, H x W pixels, K classes

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor, nn

from fudemoji.config import Settings
from fudemoji.data import LabelClass
from fudemoji.data.batches import Pixels
from fudemoji.data.decode import flatten, read_image
from fudemoji.engine.inference import predict_probs
from fudemoji.engine.multilabel import THRESHOLD
from fudemoji.engine.state import load_weights
from fudemoji.models import build_model
from fudemoji.runs import Run, open_run
from fudemoji.runtime import Runtime, choose_runtime, pick_device

__all__ = ["Prediction", "Predictor", "Trained", "load_trained"]

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
        num_frames=sheet.get("num_frames", 0),
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
        labels: of a model for several labels an image, those with a probability above a half; otherwise `label` alone.
        inverted: whether the image was inverted first, because its paper is bright and the set's is dark, or the
            other way round.
    """

    label: LabelClass
    prob: float
    top: tuple[tuple[LabelClass, float], ...]
    inverted: bool
    labels: tuple[LabelClass, ...]
    multi_label: bool = False

    def __str__(self) -> str:
        if self.multi_label:
            return ", ".join(map(str, self.labels)) or f"no label (nearest: {self.label} {self.prob:.1%})"
        return f"{self.label} {self.prob:.1%}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        top = [
            {"id": c.id, "glyph": c.glyph, "romanisation": c.romanisation, "prob": prob}
            for c, prob in self.top
        ]
        labels = {"labels": [c.id for c in self.labels]} if self.multi_label else {}
        return {
            **labels,
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
        multi_label = bool(self._trained.sheet.get("multi_label"))
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
            multi_label=multi_label,
        )
        return [
            self._prediction(probs_K, top=top, inverted=inverted, multi_label=multi_label)
            for probs_K, (_, inverted) in zip(probs_BK, prepared, strict=True)
        ]

    def _prediction(self, probs_K: Tensor, *, top: int, inverted: bool, multi_label: bool) -> Prediction:
        probs, order = probs_K.sort(descending=True, stable=True)
        ranked = [(self.classes[k], prob) for k, prob in zip(order.tolist(), probs.tolist(), strict=True)]
        label, prob = ranked[0]
        given = tuple(c for c, p in ranked if p > THRESHOLD) if multi_label else (label,)
        return Prediction(label, prob, tuple(ranked[:top]), inverted, given, multi_label)

    def _prepare(self, image: str | Path | Image.Image | NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bool]:
        sheet = self._trained.sheet
        picture = flatten(read_image(image), "L" if sheet["channels"] == 1 else "RGB")
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
