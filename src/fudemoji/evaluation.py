"""A finished run measured again, on a split of its own set."""

from __future__ import annotations

import time
from pathlib import Path

from fudemoji.data import ImageSet
from fudemoji.data.batches import Store
from fudemoji.engine.inference import predict_split
from fudemoji.engine.results import Scored, record
from fudemoji.metrics import AnyMetrics
from fudemoji.predictor import load_trained
from fudemoji.report import write_report
from fudemoji.runs import Run, open_run
from fudemoji.training.workbench import Progress, stored_set

__all__ = ["evaluate"]


def evaluate(
    run: Run | str | Path,
    *,
    split: str | None = None,
    shifts: int | None = None,
    data: ImageSet | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> AnyMetrics:
    """Measure a run's best weights and write predictions, metrics, samples and the report anew.

    Args:
        run: the run folder.
        split: `test` where None, or `valid` where there is no test split.
        shifts: pixels of the shifts to average over; the run's own setting where None.
        data: the set, where it was handed to `fit` from Python and cannot be loaded by its name.
        device: the run's own where None.
        progress: called with the files decoded so far, and all, where the set is not decoded any more.

    Raises:
        RunError: no such run, it has no checkpoint, or the set is not the run's.
        DataError: the set is missing, or has no such split.
    """
    run = run if isinstance(run, Run) else open_run(run)
    trained = load_trained(run, device=device)
    data = stored_set(run, data, progress=progress)
    split = split or ("test" if "test" in data.splits else "valid")
    shifts = trained.settings.loop.test_shifts if shifts is None else shifts
    start = time.perf_counter()
    predictions = predict_split(
        trained.model,
        Store(data.images, data.labels, data.indices(split), device=trained.runtime.device),
        split=split,
        indices_N=data.indices(split),
        num_classes=data.num_classes,
        pixels=trained.pixels,
        runtime=trained.runtime,
        shifts=shifts,
    )
    scored = Scored(predictions, time.perf_counter() - start)
    record(run, scored, data.images, shifts=shifts)
    write_report(run)
    return scored.metrics
