"""An exported folder as a function of images, in the words of `Predictor`."""

# N images, R rows (an image has one, a video one for each window), C channels, H x W pixels, K classes

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fudemoji.data import LabelClass
from fudemoji.engine.inference import fitting_batch
from fudemoji.errors import RunError
from fudemoji.export.onnx_file import onnx_answer
from fudemoji.export.parity import Answer, answers
from fudemoji.export.sheet import ExportSheet, read_sheet
from fudemoji.export.torchscript_file import torchscript_answer
from fudemoji.export.weights_file import weights_answer
from fudemoji.predictor import Prediction, Source
from fudemoji.predictor.prediction import told
from fudemoji.predictor.preparing import Preparation, Prepared
from fudemoji.trust import Trust

__all__ = ["ExportedPredictor", "load_exported", "open_file"]

_TOGETHER = 512  # images that are in memory at a time


def open_file(path: Path, sheet: ExportSheet, *, threads: int = 0) -> Answer:
    """The file that a sheet describes as a function of images, in the runtime that it is made for.

    Args:
        path: of the file.
        sheet: says of which kind it is.
        threads: in which onnxruntime computes; as many as there are cores where 0. Torch computes in its own.

    Raises:
        RunError: the file is damaged.
        SettingsError: a package is missing.
    """
    if sheet.kind == "onnx":
        return onnx_answer(path, threads=threads)
    return torchscript_answer(path) if sheet.kind == "torchscript" else weights_answer(path, sheet)


def load_exported(
    folder: str | Path, *, invert: bool | None = None, reject: bool = True, threads: int = 0
) -> ExportedPredictor:
    """An exported folder, ready to answer; neither the run nor its set is needed.

    Args:
        folder: what `export` made.
        invert: whether to invert images; where None each is looked at.
        reject: whether improbable answers are marked as unknown.
        threads: in which onnxruntime computes; as many as there are cores where 0.

    Raises:
        RunError: it is no exported folder, or a file in it is damaged.
        SettingsError: a package is missing: `pip install 'fudemoji[onnx]'`.
    """
    folder = Path(folder)
    sheet = read_sheet(folder)
    path = folder / sheet.file
    way_out = "export the run again with `fudemoji export`"
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise RunError(f"{path} is missing; {way_out}") from None
    if found != sheet.sha256:
        raise RunError(
            f"{path} is damaged or another file: its SHA-256 is not that of fudemoji.json; {way_out}"
        )
    return ExportedPredictor(open_file(path, sheet, threads=threads), sheet, invert=invert, reject=reject)


class ExportedPredictor:
    """An exported model as a function: image (or video) in, `Prediction` out, as `Predictor` answers.

    >>> predict = load_exported("runs/mine/exports/onnx")  # doctest: +SKIP
    >>> predict("photo.png").label.glyph  # doctest: +SKIP
    'す'

    Args:
        answer: uint8 images to calibrated probabilities.
        sheet: fudemoji.json.
        invert: whether to invert images; where None each is looked at.
        reject: whether improbable answers are marked as unknown.
    """

    def __init__(
        self, answer: Answer, sheet: ExportSheet, *, invert: bool | None = None, reject: bool = True
    ) -> None:
        self._answer = answer
        self._sheet = sheet
        self._invert = invert
        self._reject = reject
        self._preparation = _preparation(sheet)
        self._trust = sheet.rules

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """The classes it knows."""
        return self._sheet.label_classes

    @property
    def sheet(self) -> ExportSheet:
        """What fudemoji.json says."""
        return self._sheet

    @property
    def trust(self) -> Trust:
        """The thresholds by which it answers; its temperature is in the file."""
        return self._trust

    def __call__(self, image: Source, *, top: int = 5) -> Prediction:
        """The prediction for one image.

        Raises:
            DataError: it is no image, or is damaged or too large.
        """
        return self.many([image], top=top)[0]

    def many(self, images: Sequence[Source], *, top: int = 5) -> list[Prediction]:
        """The predictions for several images, in batches.

        Raises:
            DataError: one of them is no image, or is damaged or too large.
        """
        found = list[Prediction]()
        for start in range(0, len(images), _TOGETHER):
            prepared = self._prepared(images[start : start + _TOGETHER])
            found += told(
                self._probs(prepared),
                prepared.inverted_M,
                classes=self.classes,
                trust=self._trust,
                top=top,
                reject=self._reject,
            )
        return found

    def probabilities(self, images: Sequence[Source]) -> NDArray[np.float64]:
        """Calibrated probabilities (N, K) of several images, in the order of `classes`.

        Raises:
            DataError: one of them is no image, or is damaged or too large.
        """
        return self._probs(self._prepared(images))

    def _prepared(self, images: Sequence[Source]) -> Prepared:
        prepared = self._preparation.prepare(images, invert=self._invert)
        if prepared.refused:
            raise prepared.refused[min(prepared.refused)]
        return prepared

    def _probs(self, prepared: Prepared) -> NDArray[np.float64]:
        """Of each image; those of a video's windows are averaged."""
        if prepared.pixels is None:
            return np.zeros((0, len(self.classes)))
        pixels = np.ascontiguousarray(prepared.pixels)
        batch_size = min(64, fitting_batch(pixels[0, 0].size))
        probs_RK = answers(self._answer, pixels, batch_size=batch_size).astype(np.float64)
        starts_M = np.cumsum(prepared.rows_M) - prepared.rows_M
        probs_MK: NDArray[np.float64] = np.add.reduceat(probs_RK, starts_M) / prepared.rows_M[:, None]
        return probs_MK


def _preparation(sheet: ExportSheet) -> Preparation:
    """How the sheet wants its images: `Preparation.of` written down and read again."""
    size, how = sheet.input, sheet.prepare
    return Preparation(
        height=size.height,
        width=size.width,
        channels=size.channels,
        fit=how.fit if how.resampling == "bicubic" else None,
        frames=size.frames,
        sampling=how.sampling,
        strange_ground={"bright": 1, "dark": -1, None: 0}[how.inverted],
    )
