"""What a run folder holds, read with care: what is not there yet is missing, what is damaged an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import ValidationError

from fudemoji.errors import DataError, RunError
from fudemoji.events import Event
from fudemoji.metrics import AnyPredictions, predictions_from
from fudemoji.report.content import Content, DataSheet, EvaluatedSet, HeatMaps, Samples
from fudemoji.runs import Run
from fudemoji.trust import Trust, read_trust

__all__ = ["read_content"]

T = TypeVar("T")


def read_content(run: Run, *, results: Path | None = None) -> Content:
    """Read a run folder; predictions and figures from the folder of an evaluation, if one is given.

    Raises:
        RunError: a file is damaged, or two do not belong together.
    """
    missing: list[str] = []
    found = Run(results or run.path)
    sheet = _read_sheet(found, missing)
    predictions = _read_predictions(found, missing)
    if sheet and predictions and len(sheet.classes or [()] * sheet.num_classes) != predictions.num_classes:
        raise RunError(
            f"{found.path}: predictions.npz has {predictions.num_classes} classes, "
            f"data.json {sheet.num_classes}; "
            f"write the predictions again with `fudemoji evaluate {run.path}`"
        )
    return Content(
        run=run,
        results=found.path,
        evaluation=_read_evaluation(found),
        settings=run.settings(),
        status=_if_there(run, "status.json", lambda: run.read_json("status")) or {},
        env=_if_there(run, "env.json", lambda: run.read_json("env")) or {},
        sheet=sheet,
        events=_read_events(run, missing),
        predictions=predictions,
        samples=_read_samples(found, missing) if predictions else None,
        heat=_read_heat(found) if predictions else None,
        trust=None if found.path != run.path else _read_trust(run, sheet),
        figures=_if_there(found, "metrics.json", lambda: found.read_json("metrics")) or {},
        missing=missing,
    )


def _if_there(run: Run, name: str, read: Callable[[], T]) -> T | None:
    return read() if (run.path / name).is_file() else None


def _read_evaluation(run: Run) -> EvaluatedSet | None:
    content = _if_there(run, "evaluation.json", lambda: run.read_json("evaluation"))
    try:
        return None if content is None else EvaluatedSet.model_validate(content)
    except ValidationError as error:
        raise RunError(f"{run.path / 'evaluation.json'} is damaged: {error.errors()[0]['msg']}") from error


def _read_heat(run: Run) -> HeatMaps | None:
    arrays = _if_there(run, "gradcam.npz", lambda: run.read_arrays("gradcam"))
    if arrays is None:
        return None
    try:
        indices, classes, heat = arrays["indices"], arrays["classes"], arrays["heat"]
        whole = heat.dtype == np.uint8 and heat.ndim == 3 and len(indices) == len(classes) == len(heat)
    except (KeyError, TypeError):
        whole = False
    if not whole:
        raise RunError(
            f"{run.path / 'gradcam.npz'} is damaged: expected heat uint8 M x h x w, indices, classes"
        )
    pairs = zip(indices.tolist(), classes.tolist(), strict=True)
    return HeatMaps(dict(zip(pairs, heat, strict=True)))


def _read_trust(run: Run, sheet: DataSheet | None) -> Trust | None:
    if sheet is None or not (run.path / "trust.json").exists():
        return None
    return read_trust(run, num_classes=sheet.num_classes, multi_label=sheet.multi_label)


def _read_sheet(run: Run, missing: list[str]) -> DataSheet | None:
    content = _if_there(run, "data.json", lambda: run.read_json("data"))
    if content is None:
        missing.append("The data sheet (data.json) is not there, so classes are called by their numbers.")
        return None
    try:
        return DataSheet.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{run.path / 'data.json'} is damaged: {where}: {first['msg']}") from error


def _read_events(run: Run, missing: list[str]) -> list[Event]:
    try:
        events = run.events()
    except (RunError, UnicodeDecodeError) as error:
        raise RunError(f"{run.events_path} is damaged: {error}") from error
    if not events:
        missing.append("No step has been recorded yet, so there are no curves.")
    return events


def _read_predictions(run: Run, missing: list[str]) -> AnyPredictions | None:
    arrays = _if_there(run, "predictions.npz", lambda: run.read_arrays("predictions"))
    if arrays is None:
        missing.append(
            "There are no predictions yet, so there is no per-class table and no confusion matrix; a run "
            f"writes them when it ends, and `fudemoji evaluate {run.path}` at any time after a checkpoint."
        )
        return None
    try:
        return predictions_from(arrays)
    except (DataError, ValueError) as error:
        raise RunError(f"{run.path / 'predictions.npz'} is damaged: {error}") from error


def _read_samples(run: Run, missing: list[str]) -> Samples | None:
    arrays = _if_there(run, "samples.npz", lambda: run.read_arrays("samples"))
    if arrays is None:
        missing.append(
            "No images were kept with the run (samples.npz), so mistakes are shown without pictures."
        )
        return None
    images, indices = arrays.get("images"), arrays.get("indices")
    if images is None or indices is None or images.dtype != np.uint8 or images.ndim != 4:
        raise RunError(
            f"{run.path / 'samples.npz'} is damaged: expected images uint8 M x C x H x W and indices"
        )
    if len(images) != len(indices):
        raise RunError(
            f"{run.path / 'samples.npz'} is damaged: {len(images)} images but {len(indices)} indices"
        )
    return Samples(images, {int(index): row for row, index in enumerate(indices)})
