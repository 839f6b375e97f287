"""One trial: a training on the training split, watched through its events, scored on the validation split."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fudemoji.data import ImageSet
from fudemoji.engine.loop import LossNotFinite
from fudemoji.errors import SettingsError, TrainingFailed
from fudemoji.events import Evaluated, Event, RunStarted
from fudemoji.runs import open_run
from fudemoji.training import fit_events

__all__ = ["Result", "is_stripped", "run_trial", "strip"]

_KEPT = ("config.json", "env.json", "data.json", "status.json", "events.jsonl")


@dataclass
class Result:
    """How a trial ended.

    Attributes:
        state: done, pruned, diverged or failed.
        score: the best of its validations, in 0..1; None where there was none.
        share: of its course, in percent, up to its last validation.
        reason: why it was not done.
    """

    state: str
    score: float | None = None
    share: int = 0
    reason: str = ""


@dataclass
class _Watch:
    """What a trial's events have told so far."""

    total_steps: int = 0
    best: float | None = None
    share: int = 0

    def take(self, event: Event) -> float | None:
        """The score that an event tells of, if it does."""
        if isinstance(event, RunStarted):
            self.total_steps = event.total_steps
        if not isinstance(event, Evaluated) or event.split != "valid":
            return None
        score = event.accuracy if event.mean_average_precision is None else event.mean_average_precision
        self.best = score if self.best is None else max(self.best, score)
        self.share = round(100 * event.step / self.total_steps)
        return score

    @property
    def is_over(self) -> bool:
        """Whether the last validation was the end of the course."""
        return self.share >= 100


def run_trial(
    data: ImageSet,
    *,
    recipe: str,
    values: Mapping[str, Any],
    folder: Path,
    report: Callable[[float, int], bool],
    is_best: Callable[[float], bool],
    on_event: Callable[[Event], None],
) -> Result:
    """Train with `values` into the run folder `folder`; a trial that is pruned, or not the best, ends there and then.

    Args:
        data: with the splits train and valid; what is not there cannot be touched.
        recipe: the settings to start from.
        values: flat settings.
        folder: made by the training; one that is there is what a killed process left, and goes.
        report: called with a score and the share of the course in percent; whether to break off.
        is_best: whether a score is the best so far: such a run is finished, with its report.
        on_event: called with each event.

    Raises:
        Interrupted: Ctrl-C or SIGTERM.
        DataError, RunError, OSError: nothing that another trial would do better.
    """
    shutil.rmtree(folder, ignore_errors=True)
    watch = _Watch()
    try:
        events = fit_events(data, recipe=recipe, output=folder.parent, name=folder.name, **values)
        with contextlib.closing(events):  # type: ignore[type-var]
            result = _followed(events, watch, report=report, is_best=is_best, on_event=on_event)
        if result.state == "done":  # leaving the training has marked it as interrupted
            open_run(folder).set_status("finished", step=watch.total_steps)
        return result
    except SettingsError as error:
        return Result("failed", reason=str(error))
    except TrainingFailed as error:
        if not isinstance(error.__cause__, LossNotFinite):
            raise
        return Result("diverged", watch.best, watch.share, str(error.__cause__))
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        return Result("failed", reason="out of memory")


def _followed(
    events: Iterator[Event],
    watch: _Watch,
    *,
    report: Callable[[float, int], bool],
    is_best: Callable[[float], bool],
    on_event: Callable[[Event], None],
) -> Result:
    """The training to its end, or to where it is left."""
    for event in events:
        on_event(event)
        score = watch.take(event)
        if score is None:
            continue
        breaks_off = report(score, watch.share)
        if breaks_off and not watch.is_over:
            return Result("pruned", watch.best, watch.share, f"at {watch.share} % of its course")
        if watch.is_over and not is_best(watch.best or 0.0):
            break  # the rest of a training is for its report
    return Result("done", watch.best, watch.share)


def strip(run: Path) -> None:
    """Leave of a trial's folder what it was and how it went: settings, machine and events; some 20 KB."""
    for path in run.iterdir() if run.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in _KEPT:
            path.unlink(missing_ok=True)


def is_stripped(run: Path) -> bool:
    """Whether `strip` has been here."""
    return not (run / "checkpoints").exists()
