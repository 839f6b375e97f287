"""A trained model as a function of an image."""

# N images, M of them that can be read, R rows of these (windows of a video), C channels, H x W pixels, K classes,
# D features

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from fudemoji.data import LabelClass
from fudemoji.engine.features import features
from fudemoji.engine.gradcam import grad_cam
from fudemoji.engine.inference import fitting_batch, predict_logits
from fudemoji.errors import DataError, SettingsError
from fudemoji.predictor.answering import Answering, Answers, averaged
from fudemoji.predictor.heat import heat_picture
from fudemoji.predictor.preparing import Preparation, Source
from fudemoji.predictor.trained import load_trained
from fudemoji.runs import Run
from fudemoji.trust import Trust, read_trust

__all__ = ["MOST_SHIFTS", "Predictor"]

MOST_SHIFTS = 8  # pixels


class Predictor(Answering):
    """The best weights of a run as a function: image (or video) in, `Prediction` out.

    An image may be a path, the bytes of a file, a PIL image, or a uint8 array (H, W) or (H, W, C); it is turned upright
    as its EXIF data say, made grey or RGB like the training images, and brought to their size: by the very steps that
    decoded the files of the training set, where it was made of files. Characters are inverted if their ground is dark
    where that of the training images is bright, or the other way round, and fewer than one of these in a hundred is
    like it.

    A model of clips takes the path or the bytes of a video, or the frames as a uint8 array (T, H, W) or (T, H, W, C),
    and chooses among the frames as its run did; over several windows the probabilities are averaged.

    Probabilities are calibrated, and answers marked as unknown or labels given, by the run's trust.json
    (docs/trust.md).

    >>> predict = Predictor("runs/mine")  # doctest: +SKIP
    >>> predict("photo.png").label.glyph  # doctest: +SKIP
    'す'

    Args:
        run: the run folder.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`; the run's own where None.
        invert: whether to invert images; where None each is looked at.
        reject: whether improbable answers are marked as unknown.
        shifts: pixels of the nine shifts to average over, 0 for none; the run's own where None. Temperature and
            thresholds were chosen for the run's own and for none; others take those of the run's own.
        threads: in which files are decoded; as many as torch computes with where None.

    Raises:
        RunError: no such run, it has no whole checkpoint, or its trust.json is damaged.
        SettingsError: no such device, or shifts out of range.
    """

    def __init__(
        self,
        run: Run | str | Path,
        *,
        device: str | None = None,
        invert: bool | None = None,
        reject: bool = True,
        shifts: int | None = None,
        threads: int | None = None,
    ) -> None:
        _check_shifts(shifts)
        super().__init__(reject=reject)
        self._trained = load_trained(run, device=device)
        self._preparation = Preparation.of(self._trained.sheet, self._trained.settings)
        self._invert = invert
        self._shifts = shifts
        self._threads = threads or torch.get_num_threads()
        self._trust = read_trust(
            self._trained.run, num_classes=len(self.classes), multi_label=self._trained.multi_label
        )

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """The classes it knows."""
        return self._trained.classes

    @property
    def trust(self) -> Trust:
        """The temperature and the thresholds by which it answers."""
        return self._trust.at(self._shifts_or_own(self._shifts))

    @property
    def reads(self) -> Literal["image", "video"]:
        """The kind of files that it reads."""
        return "video" if self._preparation.frames else "image"

    def answers(
        self, images: Sequence[Source], *, shifts: int | None = None, invert: bool | None = None
    ) -> Answers:
        """Probabilities of several images that are in memory together; what cannot be read is told beside them.

        Args:
            images: as the class takes them.
            shifts: pixels of the nine shifts to average over, 0 for none; the run's own where None.
            invert: whether to invert them; where None each is looked at.

        Raises:
            SettingsError: shifts out of range.
        """
        _check_shifts(shifts)
        prepared = self._preparation.prepare(images, invert=invert, threads=self._threads)
        if prepared.pixels is None:
            nothing = np.zeros((0, len(self.classes)))
            return Answers(nothing, prepared.inverted_M, prepared.refused)
        shifts = self._shifts_or_own(shifts)
        logits_RK = self._logits(torch.from_numpy(prepared.pixels), shifts)
        probs_RK = self._trust.at(shifts).probabilities(logits_RK.cpu().numpy())
        return Answers(averaged(probs_RK, prepared.rows_M), prepared.inverted_M, prepared.refused)

    def features(
        self, images: Sequence[Source], *, invert: bool | None = None
    ) -> tuple[NDArray[np.float32], dict[int, DataError]]:
        """What the model's last layer reads of each image, by which images can be compared.

        Args:
            images: as the class takes them.
            invert: whether to invert them; where None each is looked at.

        Returns:
            The features (M, D) of those that could be read, of a video the mean of its windows; and why each of the
            others could not, by its place.
        """
        prepared = self._preparation.prepare(images, invert=invert, threads=self._threads)
        if prepared.pixels is None:
            return np.zeros((0, 0), dtype=np.float32), prepared.refused
        trained, images_RCHW = self._trained, torch.from_numpy(prepared.pixels)
        parts = [
            features(
                trained.model,
                part.to(trained.runtime.device),
                pixels=trained.pixels,
                runtime=trained.runtime,
            ).cpu()
            for part in images_RCHW.split(fitting_batch(images_RCHW[0, 0].numel()))
        ]
        found_MD = averaged(torch.cat(parts).numpy().astype(np.float64), prepared.rows_M)
        return found_MD.astype(np.float32), prepared.refused

    def warm_up(self) -> None:
        """Have the model compute once, which takes longer the first time."""
        how = self._preparation
        frames = (how.frames,) if how.frames else ()
        images = torch.zeros((1, how.channels, *frames, how.height, how.width), dtype=torch.uint8)
        self._logits(images, self._shifts_or_own(self._shifts))

    def heat(self, image: Source, *, label: int | None = None) -> Image.Image:
        """The image as the model gets it, and over it in amber and vermilion what speaks for a class (Grad-CAM).

        Of a video the first window, as four of its frames.

        Args:
            image: as the class takes it.
            label: the place of a class in `classes`; the most probable one where None.

        Raises:
            DataError: it is no image, or is damaged or too large.
            SettingsError: no such class, or the model has no convolutional feature map.
        """
        if label is not None and not 0 <= label < len(self.classes):
            raise SettingsError(
                f"label {label} is none of the {len(self.classes)} classes, which count from 0"
            )
        prepared = self._preparation.prepare([image], invert=self._invert)
        if prepared.pixels is None:
            raise prepared.refused[0]
        trained = self._trained
        images_BCHW = torch.from_numpy(prepared.pixels[:1])
        if label is None:
            label = int(self._logits(images_BCHW, 0).argmax())
        heat_BHW = grad_cam(
            trained.model,
            images_BCHW.to(trained.runtime.device),
            torch.tensor([label]),
            pixels=trained.pixels,
            runtime=trained.runtime,
            multi_label=trained.multi_label,
            name=trained.settings.model.name,
        )
        return heat_picture(prepared.pixels[0], heat_BHW[0])

    def _answers(self, images: Sequence[Source]) -> Answers:
        return self.answers(images, shifts=self._shifts, invert=self._invert)

    def _shifts_or_own(self, shifts: int | None) -> int:
        return self._trained.settings.loop.test_shifts if shifts is None else shifts

    def _logits(self, images_RCHW: Tensor, shifts: int) -> Tensor:
        trained = self._trained
        logits = [
            predict_logits(
                trained.model,
                images_BCHW.to(trained.runtime.device),
                pixels=trained.pixels,
                runtime=trained.runtime,
                shifts=shifts,
                multi_label=trained.multi_label,
            )
            for images_BCHW in images_RCHW.split(fitting_batch(images_RCHW[0, 0].numel()))
        ]
        return torch.cat(logits)


def _check_shifts(shifts: int | None) -> None:
    if shifts is not None and not 0 <= shifts <= MOST_SHIFTS:
        raise SettingsError(f"shifts are {shifts} pixels, expected 0 to {MOST_SHIFTS}")
