"""An exported folder as a function of images, in the words of `Predictor`."""

# R rows: an image has one, a video one for each window; K classes

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fudemoji.data import LabelClass
from fudemoji.engine.inference import fitting_batch
from fudemoji.errors import RunError
from fudemoji.export.onnx_file import onnx_answer
from fudemoji.export.parity import Answer, answers
from fudemoji.export.sheet import ExportSheet, read_sheet
from fudemoji.export.torchscript_file import torchscript_answer
from fudemoji.export.weights_file import weights_answer
from fudemoji.predictor import Answering, Answers, Source
from fudemoji.predictor.answering import averaged
from fudemoji.predictor.preparing import Preparation
from fudemoji.trust import Trust

__all__ = ["ExportedPredictor", "load_exported", "open_file"]


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


class ExportedPredictor(Answering):
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
        super().__init__(reject=reject)
        self._answer = answer
        self._sheet = sheet
        self._invert = invert
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

    def _answers(self, images: Sequence[Source]) -> Answers:
        prepared = self._preparation.prepare(images, invert=self._invert)
        if prepared.pixels is None:
            nothing = np.zeros((0, len(self.classes)))
            return Answers(nothing, prepared.inverted_M, prepared.refused)
        pixels = np.ascontiguousarray(prepared.pixels)
        batch_size = min(64, fitting_batch(pixels[0, 0].size))
        probs_RK = answers(self._answer, pixels, batch_size=batch_size).astype(np.float64)
        return Answers(averaged(probs_RK, prepared.rows_M), prepared.inverted_M, prepared.refused)


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
