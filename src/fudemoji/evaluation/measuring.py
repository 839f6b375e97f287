"""A run's best weights measured, and what was found written where it belongs."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fudemoji.data import ImageSet, data_sheet
from fudemoji.engine.looking import Heat, look, try_look
from fudemoji.engine.results import Scored, record
from fudemoji.errors import RunError
from fudemoji.evaluation.adapting import adapt, load_like
from fudemoji.metrics import AnyMetrics, Intervals
from fudemoji.predictor import Trained, load_trained
from fudemoji.report.page import write_report
from fudemoji.runs import Run, open_run
from fudemoji.training.sources import Progress, stored_set

__all__ = ["Evaluation", "check_weights", "evaluate", "measure"]


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        metrics: the figures.
        intervals: their bounds with 95 % confidence.
        folder: where predictions, figures and page lie: the run's own folder, or one in its `evaluations`.
        data: name of the set.
        notes: what was mapped, left out or is odd about the run, a line each.
    """

    metrics: AnyMetrics
    intervals: Intervals
    folder: Path
    data: str
    notes: tuple[str, ...]

    @property
    def page(self) -> Path:
        """The report."""
        return self.folder / "report.html"

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, ready for JSON."""
        return {
            "folder": str(self.folder),
            "data": self.data,
            "notes": list(self.notes),
            **self.metrics.to_dict(),
            "intervals": self.intervals.to_dict(),
        }


def evaluate(
    run: Run | str | Path,
    on: ImageSet | str | Path | None = None,
    *,
    split: str | None = None,
    shifts: int | None = None,
    data: ImageSet | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> AnyMetrics:
    """The figures of a run's best weights, as `measure` finds and writes them.

    Raises:
        RunError, DataError, SettingsError: as `measure`.
    """
    return measure(run, on, split=split, shifts=shifts, data=data, device=device, progress=progress).metrics


def measure(
    run: Run | str | Path,
    on: ImageSet | str | Path | None = None,
    *,
    split: str | None = None,
    shifts: int | None = None,
    data: ImageSet | None = None,
    device: str | None = None,
    output: str | Path | None = None,
    num_cams: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a run's best weights and write predictions, metrics, samples, heat maps and a report.

    The split that the training measured at its end, test or else validation, is the run's own: its results lie in the
    run folder and are written anew. All others, and those of another set, go to a folder in `evaluations`.

    Args:
        run: the run folder.
        on: another set, by its name, its path, or itself; its classes are mapped by id. The run's own where None.
        split: of the run's set `test` where None, or `valid` where there is no test split; of another set `test`, or
            all its images where it came without splits (`all`).
        shifts: pixels of the shifts to average over; the run's own setting where None.
        data: the run's own set, where it was handed to `fit` from Python and cannot be loaded by its name.
        device: the run's own where None.
        output: the folder for results that are not the run's own; one in the run's `evaluations` where None.
        num_cams: how many of the worst images get a Grad-CAM; 24 where None, if the model is convolutional.
        progress: called with the files decoded so far and all of them, where they have to be decoded.

    Raises:
        RunError: no such run, it has no checkpoint, the set is not the run's, or `output` holds something else.
        DataError: the set is missing, has no such split, or no class that the model knows.
        SettingsError: no such device, or Grad-CAM was asked for and the model is not convolutional.
    """
    run = run if isinstance(run, Run) else open_run(run)
    state = check_weights(run)
    trained = load_trained(run, device=device)
    if on is None:
        whole = stored_set(run, data, progress=progress)
        own = "test" if "test" in whole.splits else "valid"
        split, notes, name = split or own, state, whole.name
        whole.indices(split)
        folder = (
            run.path if split == own and output is None else _folder(run, split, output, source=whole.source)
        )
    else:
        other = on
        if not isinstance(other, ImageSet):
            other = load_like(other, settings=trained.settings, sheet=trained.sheet, progress=progress)
        adapted = adapt(other, split=split, sheet=trained.sheet, run=str(run.path))
        whole, split, name = adapted.data, adapted.split, other.name
        notes = (*state, *adapted.notes)
        folder = _folder(run, f"{name}-{split}", output, source=other.source)
    shifts = trained.settings.loop.test_shifts if shifts is None else shifts
    scored = _scored(trained, whole, split, shifts=shifts)
    heat, no_heat = _heat(trained, scored, whole, num_cams)
    if folder != run.path:
        _begin(folder, run, whole, name=name, split=split, notes=notes)
    record(Run(folder), scored, whole.images, shifts=shifts, heat=heat, no_heat=no_heat)
    write_report(run, results=folder)
    return Evaluation(scored.metrics, scored.intervals, folder, name, notes)


def check_weights(run: Run | str | Path) -> tuple[str, ...]:
    """A line on a run that did not come to its end; it must have weights to measure.

    Raises:
        RunError: no such run, or it has no best weights yet.
    """
    run = run if isinstance(run, Run) else open_run(run)
    status = run.read_json("status") if (run.path / "status.json").is_file() else {}
    state, step = status.get("state"), status.get("step")
    if not run.checkpoint_path("best").is_file():
        if state == "finished":
            return ()  # load_trained says what is missing
        raise RunError(
            f"{run.path} has not come to its first checkpoint with a validation, so there are no best weights to "
            f"measure; go on with `fudemoji resume {run.path}`"
        )
    if state == "finished":
        return ()
    told = {"running": "is still running, or was killed", "failed": "failed"}.get(
        str(state), "was interrupted"
    )
    return (
        f"the training {told} at step {step}: these are its best weights so far; "
        f"go on with `fudemoji resume {run.path}`",
    )


def _scored(trained: Trained, data: ImageSet, split: str, *, shifts: int) -> Scored:
    start = time.perf_counter()
    predictions = trained.predictions(data, split, shifts=shifts, all_probs=True)
    return Scored(predictions, time.perf_counter() - start)


def _heat(trained: Trained, scored: Scored, data: ImageSet, num_cams: int | None) -> tuple[Heat | None, str]:
    """The heat maps, or why there are none; where they were asked for that is an error."""
    if num_cams == 0:
        return None, "not asked for"
    parts = (trained.model, scored.predictions, data.images)
    pixels, runtime, name = trained.pixels, trained.runtime, f"model {trained.settings.model.name}"
    if num_cams is None:
        return try_look(*parts, pixels=pixels, runtime=runtime, name=name)
    return look(*parts, pixels=pixels, runtime=runtime, name=name, num_worst=num_cams), ""


def _folder(run: Run, name: str, output: str | Path | None, *, source: str) -> Path:
    """Where results that are not the run's own go; an earlier evaluation of the same set may lie there.

    Raises:
        RunError: something else lies there.
    """
    label = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "set"
    path = Path(output).expanduser() if output else run.path / "evaluations" / label[:100]
    if not path.exists():
        return path
    mark = path / "evaluation.json"
    if not mark.is_file():
        if path.is_dir() and not any(path.iterdir()):
            return path
        raise RunError(f"{path} exists and holds no evaluation; give another --output")
    before = Run(path).read_json("evaluation")
    if before.get("source") != source or before.get("run") != run.name:
        raise RunError(
            f"{path} holds the evaluation of run {before.get('run')} on {before.get('source')}; give another --output"
        )
    return path


def _begin(folder: Path, run: Run, data: ImageSet, *, name: str, split: str, notes: tuple[str, ...]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot make the folder {folder}: {error.strerror}") from error
    told = {
        "run": run.name,
        "data": name,
        "source": data.source,
        "split": split,
        "notes": list(notes),
    }
    Run(folder).write_json("evaluation", told)
    Run(folder).write_json("data", data_sheet(data))
