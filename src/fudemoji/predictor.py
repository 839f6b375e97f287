"""A trained model as a function of an image."""

# B images, R clips of a video, C channels, T frames, H x W pixels, K classes

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from fudemoji.config import Settings
from fudemoji.data import ImageSet, LabelClass
from fudemoji.data.background import background
from fudemoji.data.batches import Pixels, Store
from fudemoji.data.decoding.picture import fitted, flatten, read_image, to_array
from fudemoji.data.decoding.video import clips_of_frames, read_clip
from fudemoji.data.readers.layout import media_kind
from fudemoji.engine.inference import fitting_batch, predict_logits, predict_split
from fudemoji.engine.state import load_weights
from fudemoji.errors import DataError
from fudemoji.metrics import AnyPredictions, LogitsKeeper
from fudemoji.models import build_model
from fudemoji.runs import Run, open_run
from fudemoji.runtime import Runtime, choose_runtime, pick_device
from fudemoji.trust import Trust, read_trust

__all__ = ["Prediction", "Predictor", "Trained", "load_trained"]

Source = str | Path | Image.Image | NDArray[np.uint8]

_KNOWN, _USUAL = (
    0.01,
    0.5,
)  # shares of training images from which a ground is one they have, and the usual one


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

    def predictions(
        self,
        data: ImageSet,
        split: str,
        *,
        shifts: int = 0,
        all_probs: bool = False,
        keep: LogitsKeeper | None = None,
    ) -> AnyPredictions:
        """What the weights say about a split of a set; the arguments are those of `predict_split`."""
        indices_N = data.indices(split)
        return predict_split(
            self.model,
            Store(data.images, data.labels, indices_N, device=self.runtime.device),
            split=split,
            indices_N=indices_N,
            num_classes=data.num_classes,
            pixels=self.pixels,
            runtime=self.runtime,
            shifts=shifts,
            all_probs=all_probs,
            keep=keep,
        )


def load_trained(run: Run | str | Path, *, device: str | None = None) -> Trained:
    """The best checkpoint of a run.

    Raises:
        RunError: no such run, or it has no checkpoint yet, or a damaged one or a damaged data.json.
        SettingsError: no such device.
    """
    run = run if isinstance(run, Run) else open_run(run)
    settings, sheet = run.settings(), run.sheet()
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
        prob: its calibrated probability, 0..1.
        top: the most probable classes with their probabilities, best first.
        labels: of a model for several labels an image, those above their thresholds; otherwise `label` alone.
        inverted: whether the image was inverted first, because its paper is bright and the set's is dark, or the
            other way round.
        multi_label: whether an image may have several labels, or none.
        is_unknown: whether the probability of `label` is too low to be relied on: the image may be of no known class.
    """

    label: LabelClass
    prob: float
    top: tuple[tuple[LabelClass, float], ...]
    inverted: bool
    labels: tuple[LabelClass, ...]
    multi_label: bool = False
    is_unknown: bool = False

    def __str__(self) -> str:
        if self.is_unknown:
            return f"unknown (nearest: {self.label} {self.prob:.1%})"
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
            "is_unknown": self.is_unknown,
            "top": top,
            "inverted": self.inverted,
        }


class Predictor:
    """The best weights of a run as a function: image (or video) in, `Prediction` out.

    An image may be a path, a PIL image, or a uint8 array (H, W) or (H, W, C); it is turned upright as its EXIF data
    say, made grey or RGB like the training images, and brought to their size: by the very steps that decoded the
    files of the training set, where it was made of files. Characters are inverted if their ground is dark where that
    of the training images is bright, or the other way round, and fewer than one of these in a hundred is like it.

    A model of clips takes the path of a video or the frames as a uint8 array (T, H, W) or (T, H, W, C), and chooses
    among the frames as its run did; over several windows the probabilities are averaged.

    Probabilities are calibrated, and answers marked as unknown or labels given, by the run's trust.json
    (docs/trust.md). With `reject=False` nothing is marked as unknown.

    >>> predict = Predictor("runs/mine")  # doctest: +SKIP
    >>> predict("photo.png").label.glyph  # doctest: +SKIP
    'す'

    Raises:
        RunError: no such run, it has no whole checkpoint, or its trust.json is damaged.
    """

    def __init__(
        self,
        run: Run | str | Path,
        *,
        device: str | None = None,
        invert: bool | None = None,
        reject: bool = True,
    ) -> None:
        self._trained = load_trained(run, device=device)
        self._invert = invert  # None: decide for each image
        self._reject = reject
        sheet = self._trained.sheet
        self._trust = read_trust(
            self._trained.run,
            num_classes=sheet["num_classes"],
            multi_label=bool(sheet.get("multi_label")),
        )

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """The classes it knows."""
        return self._trained.classes

    @property
    def trust(self) -> Trust:
        """The run's temperature and thresholds, by which it answers."""
        return self._trust

    def __call__(self, image: Source, *, top: int = 5) -> Prediction:
        """The prediction for one image.

        Raises:
            DataError: it is no image, or is damaged or too large.
        """
        return self.many([image], top=top)[0]

    def many(self, images: Sequence[Source], *, top: int = 5) -> list[Prediction]:
        """The predictions for several images, in batches."""
        if not images:
            return []
        prepared = [self._prepare(image) for image in images]
        probs_NK = self._probs([array for array, _ in prepared])
        inverted = [was_inverted for _, was_inverted in prepared]
        return [
            self._prediction(probs_K, top=top, inverted=one)
            for probs_K, one in zip(probs_NK, inverted, strict=True)
        ]

    def probabilities(self, images: Sequence[Source]) -> NDArray[np.float64]:
        """Calibrated probabilities (N, K) of several images, in the order of `classes`."""
        return self._probs([self._prepare(image)[0] for image in images])

    def _probs(self, prepared: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Of each image; those of a video's windows are averaged."""
        logits_RK = self._logits(torch.from_numpy(np.concatenate(prepared)))
        probs_RK = self._trust.probabilities(logits_RK.cpu().numpy())
        ends = np.cumsum([len(array) for array in prepared])[:-1]
        return np.stack([part.mean(axis=0) for part in np.split(probs_RK, ends)])

    def _logits(self, images_RCHW: Tensor) -> Tensor:
        trained = self._trained
        logits = [
            predict_logits(
                trained.model,
                images_BCHW.to(trained.runtime.device),
                pixels=trained.pixels,
                runtime=trained.runtime,
                shifts=trained.settings.loop.test_shifts,
                multi_label=bool(trained.sheet.get("multi_label")),
            )
            for images_BCHW in images_RCHW.split(fitting_batch(images_RCHW[0, 0].numel()))
        ]
        return torch.cat(logits)

    def _prediction(self, probs_K: NDArray[np.float64], *, top: int, inverted: bool) -> Prediction:
        order = np.argsort(-probs_K, kind="stable").tolist()
        ranked = [(self.classes[k], float(probs_K[k])) for k in order]
        given_K = self._trust.labels(probs_K[None])[0]
        label, prob = ranked[0]
        return Prediction(
            label=label,
            prob=prob,
            top=tuple(ranked[:top]),
            inverted=inverted,
            labels=tuple(self.classes[k] for k in order if given_K[k]),
            multi_label=self._trust.multi_label,
            is_unknown=self._reject and not bool(self._trust.is_known(probs_K[None])[0]),
        )

    def _prepare(self, image: Source) -> tuple[NDArray[np.uint8], bool]:
        """The pixels, uint8 (1, C, H, W) or clips (R, C, T, H, W), and whether they were inverted."""
        sheet = self._trained.sheet
        if sheet.get("num_frames"):
            clips_RCTHW = self._clips(image)
            return (255 - clips_RCTHW if self._invert else clips_RCTHW), bool(self._invert)
        picture = self._fitted(image)
        pixels_CHW = to_array(picture)
        inverted = self._is_negative(pixels_CHW) if self._invert is None else self._invert
        return (255 - pixels_CHW if inverted else pixels_CHW)[None], inverted

    def _fitted(self, image: Source) -> Image.Image:
        """The picture in the channels and at the size of the training images; a file as their files were decoded."""
        sheet = self._trained.sheet
        if isinstance(image, str | Path) and media_kind(str(image)) == "video":
            raise DataError(f"{image} is a video, but the model reads images; give an image file")
        height, width = sheet["image_size"]
        fit = sheet.get("fit", "")
        picture = read_image(image, least=max(height, width) if fit else 0)
        picture = flatten(picture, "L" if sheet["channels"] == 1 else "RGB")
        if fit:
            return fitted(picture, height=height, width=width, how=fit)
        if picture.size == (width, height):
            return picture
        return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)

    def _clips(self, video: Source) -> NDArray[np.uint8]:
        sheet, how = self._trained.sheet, self._trained.settings.data
        height, width = sheet["image_size"]
        if isinstance(video, Image.Image):
            raise DataError("the model reads clips, not an image; give a video file or an array of frames")
        if isinstance(video, str | Path) and media_kind(str(video)) == "image":
            frames = sheet["num_frames"]
            raise DataError(
                f"{video} is an image, but the model reads clips of {frames} frames; give a video file"
            )
        if isinstance(video, np.ndarray):
            return clips_of_frames(
                video,
                frames=sheet["num_frames"],
                sampling=how.clip_sampling,
                channels=sheet["channels"],
                height=height,
                width=width,
                fit=how.fit,
            )
        clips_RCTHW = read_clip(
            Path(video),
            name=str(video),
            frames=sheet["num_frames"],
            sampling=how.clip_sampling,
            height=height,
            width=width,
            fit=how.fit,
        )
        return clips_RCTHW if sheet["channels"] == 3 else _greyed(clips_RCTHW)

    def _is_negative(self, pixels_CHW: NDArray[np.uint8]) -> bool:
        """Whether the ground is bright where nearly all training images have a dark one, or the other way round."""
        dark, bright = self._trained.sheet.get("dark"), self._trained.sheet.get("bright")
        if dark is None or bright is None:
            return False
        ground = background(pixels_CHW[None])[0]
        ours, other = (dark, bright) if ground > 0 else (bright, dark)
        return bool(ground != 0 and other < _KNOWN and ours > _USUAL)


def _greyed(clips_RCTHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB to grey as Pillow does it (ITU-R 601)."""
    weights = np.array([19595, 38470, 7471], dtype=np.uint32)[:, None, None, None]
    grey: NDArray[np.uint8] = ((clips_RCTHW * weights).sum(axis=1, keepdims=True) + 0x8000 >> 16).astype(
        np.uint8
    )
    return grey
