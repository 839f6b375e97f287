"""An export from beginning to end: a run becomes a folder that answers as the run does, or nothing at all."""

# N images, C channels, H x W pixels, K classes

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fudemoji.data import ImageSet
from fudemoji.errors import ExportFailed, FudemojiError, SettingsError, look_up
from fudemoji.export.card import Facts, card
from fudemoji.export.folder import free_folder, new_folder
from fudemoji.export.images import Trial, noise, open_set, trial_images
from fudemoji.export.int8 import MOST_LOST, Quantised, check_int8, quantise
from fudemoji.export.loading import open_file
from fudemoji.export.onnx_file import PACKAGES, check_size, need, put_metadata, write_onnx
from fudemoji.export.parity import BATCHES, TOLERANCE, Parity, answers, check_batches, compare
from fudemoji.export.sheet import FILES, NAME, ExportSheet, Kind
from fudemoji.export.subject import Subject, in_float32
from fudemoji.export.torchscript_file import write_torchscript
from fudemoji.export.weights_file import write_weights
from fudemoji.models import num_parameters
from fudemoji.predictor import load_trained
from fudemoji.runs import Run
from fudemoji.training.sources import Progress

__all__ = ["Exported", "export"]

_NUM_NOISE = 32
_MOST_SHIFTS = 8


@dataclass(frozen=True)
class Exported:
    """What an export made.

    Attributes:
        folder: where it lies.
        sheet: its fudemoji.json.
        parity: how its answers compared with the run's; of int8 those of the float32 file it was made from.
        quantised: what int8 costs and brings; None of a file in float32.
        num_bytes: size of the model's file.
        notes: what is odd about it, a line each.
    """

    folder: Path
    sheet: ExportSheet
    parity: Parity
    quantised: Quantised | None
    num_bytes: int
    notes: tuple[str, ...]

    @property
    def file(self) -> Path:
        """The model's file."""
        return self.folder / self.sheet.file

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, ready for JSON."""
        return {
            "folder": str(self.folder),
            "file": str(self.file),
            "kind": self.sheet.kind,
            "precision": self.sheet.precision,
            "bytes": self.num_bytes,
            "sha256": self.sheet.sha256,
            "parity": self.parity.to_dict(),
            "int8": self.quantised.to_dict() if self.quantised else None,
            "notes": list(self.notes),
        }


def export(
    run: Run | str | Path,
    *,
    to: str = "onnx",
    int8: bool = False,
    output: str | Path | None = None,
    shifts: int | None = None,
    images: int | None = None,
    most_lost: float = MOST_LOST,
    data: ImageSet | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write a run's best weights as a folder that answers without the run, once it has shown that it answers alike.

    The file computes in float32, whatever the run computes in, and is compared with the run's weights in float32 on
    real images. Where a probability differs by more than 1e-4 there is no folder.

    Args:
        run: the run folder.
        to: `onnx`, `torchscript` or `safetensors`.
        int8: quantise the ONNX file, calibrated on training images and judged by validation images.
        output: the new folder; `exports/KIND` in the run where None.
        shifts: pixels of the shifts to average over, 0 to 8; the run's own where None. Others than the run's are
            calibrated anew by the validation images.
        images: how many images to compare on at most; 1,000 where None, of large images and clips fewer.
        most_lost: of int8: how much accuracy (of several labels: mean average precision) may be lost, 0..1.
        data: the run's set, where it was handed to `fit` from Python and cannot be loaded by its name.
        progress: called with the files decoded so far, and all, where a set is not decoded any more.

    Raises:
        ExportFailed: its answers differ from the run's, or int8 loses too much; nothing is left.
        RunError: no such run, it is damaged, the folder exists, or the disk is full.
        DataError: there are no images to compare on, or to calibrate int8 by.
        SettingsError: an unknown kind, settings out of range, or a missing package.
    """
    kind = _checked(to, int8=int8, shifts=shifts, images=images, most_lost=most_lost)
    trained = in_float32(load_trained(run, device="cpu"))
    folder = free_folder(trained.run, output, name=f"{kind}-int8" if int8 else kind)
    found, why = open_set(trained, data, progress=progress)
    subject = Subject(trained, trained.settings.loop.test_shifts if shifts is None else shifts, found)
    trial = trial_images(trained, found, why, most=images)
    if kind == "onnx":
        check_size(subject.graph)
    with new_folder(folder) as beside:
        sheet = subject.sheet(kind, precision="int8" if int8 else "fp32")
        path = beside / sheet.file
        _write(path, subject, sheet)
        parity = _parity(path, subject, sheet, trial)
        quantised = _quantise(path, subject, sheet, most=images, most_lost=most_lost) if int8 else None
        facts = _facts(path, subject, sheet, parity, quantised)
        _write_words(beside, facts)
    notes = (f"compared on {trial.told}: {why}",) if why else ()
    return Exported(folder, facts.sheet, parity, quantised, facts.num_bytes, notes)


def _checked(to: str, *, int8: bool, shifts: int | None, images: int | None, most_lost: float) -> Kind:
    kinds: dict[str, Kind] = {kind: kind for kind in FILES}
    kind = look_up(kinds, to, what="format")
    if int8 and kind != "onnx":
        raise SettingsError(f"--int8 is for --to onnx; {kind} stays in float32")
    if shifts is not None and not 0 <= shifts <= _MOST_SHIFTS:
        raise SettingsError(f"shifts of {shifts} pixels; expected 0 to {_MOST_SHIFTS}")
    if images is not None and images < 1:
        raise SettingsError(f"{images} images to compare on; expected 1 or more")
    if not 0 <= most_lost <= 1:
        raise SettingsError(f"a loss of {most_lost:g} is no share; expected 0 to 1, as 0.01 for one point")
    if kind == "onnx":
        for package in PACKAGES:
            need(package)
    return kind


def _write(path: Path, subject: Subject, sheet: ExportSheet) -> None:
    size = sheet.input
    shape = (size.channels, *((size.frames,) if size.frames else ()), size.height, size.width)
    example_BCHW = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, *shape), dtype=np.uint8))
    try:
        if sheet.kind == "onnx":
            write_onnx(path, subject.graph, example_BCHW)
            put_metadata(path, sheet)
        elif sheet.kind == "torchscript":
            write_torchscript(path, subject.graph, example_BCHW, sheet=sheet.to_json())
        else:
            write_weights(path, subject.graph, sheet=sheet.to_json())
    except (OSError, FudemojiError):
        raise
    except Exception as error:  # torch's exporters raise whatever a model of timm makes them stumble over
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise ExportFailed(
            f"no export: torch cannot write {sheet.model.name} as {sheet.kind} ({why}); "
            "--to safetensors takes every model"
        ) from error


def _parity(path: Path, subject: Subject, sheet: ExportSheet, trial: Trial) -> Parity:
    """How the file, read back in its own runtime, compares with the run.

    Raises:
        ExportFailed: it answers otherwise.
    """
    answer = open_file(path, sheet, threads=torch.get_num_threads())
    sizes = tuple(size for size in BATCHES if size <= subject.batch_size)
    thresholds_K = np.array(sheet.trust.thresholds) if sheet.multi_label else None

    def difference(images_NCHW: NDArray[np.uint8]) -> tuple[float, int]:
        found_NK = answers(answer, images_NCHW, batch_size=subject.batch_size)
        check_batches(answer, images_NCHW, found_NK, sizes)
        return compare(subject.expected(images_NCHW), found_NK, thresholds_K=thresholds_K)

    try:
        greatest, num_ties = difference(trial.images_NCHW)
        greatest_of_noise, _ = difference(noise(trial.images_NCHW, _NUM_NOISE))
    except ExportFailed as error:
        raise ExportFailed(
            f"no export: {sheet.file} does not answer as {subject.trained.run.path} does: {error}"
        ) from None
    return Parity(
        num_images=len(trial.images_NCHW),
        images=trial.told,
        num_noise=_NUM_NOISE,
        tolerance=TOLERANCE,
        greatest=max(greatest, greatest_of_noise),
        num_ties=num_ties,
        batches=sizes,
    )


def _quantise(
    path: Path, subject: Subject, sheet: ExportSheet, *, most: int | None, most_lost: float
) -> Quantised:
    """Put the int8 file in the place of the one in float32."""
    source = path.rename(path.with_name("float32.onnx"))
    quantise(source, path, subject)
    put_metadata(path, sheet)
    quantised = check_int8(path, source, subject, most=most, most_lost=most_lost)
    source.unlink()
    return quantised


def _facts(
    path: Path, subject: Subject, sheet: ExportSheet, parity: Parity, quantised: Quantised | None
) -> Facts:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Facts(
        sheet=sheet.model_copy(update={"sha256": sha256}),
        data=subject.trained.sheet,
        metrics=_metrics(subject.trained.run),
        trust=subject.trust,
        parity=parity,
        quantised=quantised,
        num_bytes=path.stat().st_size,
        num_parameters=num_parameters(subject.trained.model),
    )


def _metrics(run: Run) -> dict[str, Any]:
    """What the training measured at its end; nothing where it did not come to it."""
    return run.read_json("metrics") if (run.path / "metrics.json").is_file() else {}


def _write_words(folder: Path, facts: Facts) -> None:
    """What lies beside the model's file."""
    labels = "".join(f"{' '.join(str(label).split())}\n" for label in facts.sheet.label_classes)
    for name, text in ((NAME, facts.sheet.to_json()), ("labels.txt", labels), ("README.md", card(facts))):
        (folder / name).write_text(text, encoding="utf-8")
