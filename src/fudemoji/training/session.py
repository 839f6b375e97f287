"""A training from its first step to a full run folder: the loop's events, evaluations and checkpoints between them."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fudemoji.config import Settings, resolve
from fudemoji.data import ImageSet
from fudemoji.engine.loop import Plan, train
from fudemoji.engine.results import record
from fudemoji.engine.state import State, load_state, load_weights, save_state, save_weights
from fudemoji.errors import Interrupted, RunError, TrainingFailed
from fudemoji.events import CheckpointSaved, EpochDone, Event, Note, RunFinished, RunStarted, StepsDone
from fudemoji.models import num_parameters
from fudemoji.report import write_report
from fudemoji.runs import Run, create_run, open_run
from fudemoji.trackers import FolderTracker, TerminalTracker, Tracker
from fudemoji.training.finding import LRFinding, settle
from fudemoji.training.interruption import Interruption
from fudemoji.training.scoring import Scoring
from fudemoji.training.workbench import Workbench, stored_set

__all__ = ["fit", "fit_events", "resume", "resume_events"]


def fit(
    data: ImageSet | str = "kana",
    *,
    recipe: str = "quick",
    output: str | Path = "runs",
    name: str | None = None,
    trackers: Sequence[Tracker] | None = None,
    **values: Any,
) -> RunFinished:
    """Train a classifier and fill a run folder; returns what the last event says.

    Args:
        data: a set, a name of the catalogue, or a folder.
        recipe: the settings to start from.
        output: the folder of all runs.
        name: of the run folder; made up where None.
        trackers: called with every event; a table on stderr where None.
        values: settings by their flat names, as in `fudemoji train --help`.

    Raises:
        SettingsError, DataError, RunError: something that was asked for cannot be had; nothing was written.
        TrainingFailed: the loss is no number any more.
        Interrupted: Ctrl-C or SIGTERM; a checkpoint is on the disk.
    """
    return _drive(fit_events(data, recipe=recipe, output=output, name=name, **values), trackers)


def fit_events(
    data: ImageSet | str = "kana",
    *,
    recipe: str = "quick",
    output: str | Path = "runs",
    name: str | None = None,
    **values: Any,
) -> Iterator[Event]:
    """The same as `fit`, one event at a time; leaving the `for` writes a checkpoint and stops the training."""
    given = data if isinstance(data, ImageSet) else None
    settings = resolve(recipe, values if given else {**values, "data": data})
    bench = Workbench.of(settings, given)
    before: list[Note | LRFinding] = []
    for found in settle(bench):
        if isinstance(found, Workbench):
            bench = found
        else:
            before.append(found)
    bench = bench.with_values("loop", precision=bench.runtime.precision)
    state = bench.state()

    def fill(run: Run) -> None:
        run.write_json("data", bench.sheet)
        run.write_arrays("split", bench.data.splits)
        for found in before:
            if isinstance(found, LRFinding):
                found.save(run.path / "plots")

    label = f"{bench.data.name}-{bench.settings.model.name}"
    run = create_run(bench.settings, output=Path(output), name=name, label=label, fill=fill)
    session = Session(run, bench, state)
    yield from session.events([note for note in before if isinstance(note, Note)])


def resume(
    run: str | Path,
    *,
    checkpoint: str = "last",
    data: ImageSet | None = None,
    trackers: Sequence[Tracker] | None = None,
) -> RunFinished:
    """Go on with an interrupted run; on the CPU it ends bit for bit where the unbroken one does.

    Args:
        run: the run folder.
        checkpoint: `last` or `previous`.
        data: the set, where it was handed to `fit` from Python and cannot be loaded by its name.
        trackers: called with every event; a table on stderr where None.

    Raises:
        RunError: no such run, it is finished, or its checkpoint is damaged.
        DataError: the set is missing or is not the one the run was started with.
    """
    return _drive(resume_events(run, checkpoint=checkpoint, data=data), trackers)


def resume_events(
    run: str | Path, *, checkpoint: str = "last", data: ImageSet | None = None
) -> Iterator[Event]:
    """The same as `resume`, one event at a time."""
    opened = open_run(run)
    if opened.read_json("status").get("state") == "finished":
        raise RunError(f"run {opened.path} is finished; look at it with `fudemoji report {opened.path}`")
    bench = Workbench(opened.settings(), stored_set(opened, data))
    state = bench.state()
    if checkpoint != "last" or _has_checkpoint(opened):
        load_state(opened.checkpoint_path(checkpoint), state)
    yield from Session(opened, bench, state).events([])


def _has_checkpoint(run: Run) -> bool:
    """A run killed before its first checkpoint starts again from the beginning."""
    return any(run.checkpoint_path(name).exists() for name in ("last", "previous"))


def _drive(events: Iterator[Event], trackers: Sequence[Tracker] | None) -> RunFinished:
    trackers = [TerminalTracker()] if trackers is None else trackers
    finished = None
    try:
        for event in events:
            for tracker in trackers:
                tracker(event)
            finished = event if isinstance(event, RunFinished) else finished
    finally:
        for tracker in trackers:
            tracker.close()
    assert finished is not None
    return finished


@dataclass
class Session:
    """A run folder, what it takes to train, and how far the training is."""

    run: Run
    bench: Workbench
    state: State

    def __post_init__(self) -> None:
        size = self.bench.settings.loop.batch_size
        assert size != "auto"
        self.batches = self.bench.batches(size)
        self.plan: Plan = self.bench.plan(self.batches)
        self.scoring = Scoring(self.bench)

    @property
    def settings(self) -> Settings:
        """The run's settings."""
        return self.bench.settings

    def events(self, notes: list[Note]) -> Iterator[Event]:
        """Train to the end and fill the folder; every event is in events.jsonl before it comes out."""
        tracker = FolderTracker(self.run, from_step=self.state.progress.step)
        try:
            for event in self._course(notes):
                tracker(event)
                yield event
            write_report(self.run)
        finally:
            tracker.close()

    def _course(self, notes: list[Note]) -> Iterator[Event]:
        yield from notes
        yield self._started()
        self.run.set_status("running", step=self.state.progress.step)
        try:
            yield from self._train()
        except TrainingFailed as error:
            self.run.set_status("failed", step=self.state.progress.step, reason=str(error))
            raise TrainingFailed(f"{error}; {self._last_good()}") from error
        finished = yield from self._finish()
        self.run.set_status("finished", step=self.state.progress.step)
        yield finished

    def _train(self) -> Iterator[Event]:
        """The loop's events; whatever an event tells of is on the disk before it comes out."""
        progress = self.state.progress
        clock = Clock(progress.train_seconds, every=60 * self.settings.loop.checkpoint_minutes)
        held: list[Event] = []
        with Interruption() as interruption, self._marking_when_left():
            for event in train(self.state, self.batches, self.plan, runtime=self.bench.runtime):
                held.append(event)
                if isinstance(event, StepsDone) and self._ends_epoch(event.step):
                    continue  # its EpochDone comes next
                progress.train_seconds = clock.seconds
                stops = interruption.is_asked_for and progress.step < self.plan.total_steps
                if isinstance(event, EpochDone):
                    held += self._after_epoch(event, clock)
                elif stops or clock.is_due:
                    held.append(self._save_last())
                    clock.restart()
                yield from held
                held.clear()
                if stops:
                    raise Interrupted(f"interrupted after step {progress.step}; {self._how_to_resume()}")

    @contextmanager
    def _marking_when_left(self) -> Iterator[None]:
        """Whoever leaves the `for` finds a checkpoint, and a status that says so."""
        try:
            yield
        except (GeneratorExit, KeyboardInterrupt, Interrupted) as reason:
            if isinstance(reason, GeneratorExit) and not self._ends_epoch(self.state.progress.step):
                self._save_last()
            self.run.set_status("interrupted", step=self.state.progress.step)
            raise

    def _ends_epoch(self, step: int) -> bool:
        return step % self.batches.steps_per_epoch == 0 or step == self.plan.total_steps

    def _after_epoch(self, event: EpochDone, clock: Clock) -> list[Event]:
        """Validate, keep the best weights so far (the later of two as good), and write a checkpoint."""
        events: list[Event] = []
        progress, accuracy = self.state.progress, 0.0
        scored = self.scoring.score(self.state.evaluated_model, "valid")
        if scored:
            events.append(scored.event(step=event.step, epoch=event.epoch))
            accuracy = scored.metrics.accuracy
        if accuracy >= progress.best_accuracy:
            progress.best_accuracy, progress.best_step = accuracy, event.step
            path = self.run.checkpoint_path("best")
            save_weights(path, self.state.evaluated_model, {"step": event.step})
            events.append(self._saved("best"))
        progress.train_seconds = clock.seconds
        events.append(self._save_last())
        clock.restart()
        return events

    def _save_last(self) -> CheckpointSaved:
        save_state(self.run.checkpoint_path("last"), self.state)
        return self._saved("last")

    def _saved(self, name: str) -> CheckpointSaved:
        return CheckpointSaved(
            step=self.state.progress.step,
            name=name,
            path=str(self.run.checkpoint_path(name).relative_to(self.run.path)),
        )

    def _finish(self) -> Generator[Event, None, RunFinished]:
        """Touch the test split, once, with the best weights; keep what the report shows."""
        progress, loop = self.state.progress, self.settings.loop
        load_weights(self.run.checkpoint_path("best"), self.bench.model)
        epoch = progress.step / self.batches.steps_per_epoch
        scored = self.scoring.score(self.bench.model, "test", shifts=loop.test_shifts)
        if scored:
            yield scored.event(step=progress.step, epoch=epoch)
        shown = scored or self.scoring.score(self.bench.model, "valid")
        if shown:
            record(self.run, shown, self.bench.data.images, shifts=loop.test_shifts)
        num_images = progress.step * self.batches.images_per_step
        return RunFinished(
            run=str(self.run.path),
            step=progress.step,
            recipe=self.settings.recipe,
            model=self.settings.model.name,
            parameters=num_parameters(self.bench.model),
            epochs=epoch,
            train_seconds=progress.train_seconds,
            images_per_second=num_images / max(progress.train_seconds, 1e-9),
            valid_accuracy=progress.best_accuracy if "valid" in self.bench.data.splits else None,
            test_accuracy=scored.metrics.accuracy if scored else None,
        )

    def _started(self) -> RunStarted:
        splits, settings = self.bench.data.splits, self.settings
        return RunStarted(
            run=str(self.run.path),
            recipe=settings.recipe,
            data=self.bench.data.name,
            model=settings.model.name,
            num_parameters=num_parameters(self.bench.model),
            num_train=len(splits["train"]),
            num_valid=len(splits.get("valid", ())),
            num_classes=self.bench.data.num_classes,
            epochs=self.plan.total_steps / self.batches.steps_per_epoch,
            total_steps=self.plan.total_steps,
            steps_per_epoch=self.batches.steps_per_epoch,
            batch_size=self.batches.images_per_step,
            device=str(self.bench.runtime.device),
            precision=str(self.bench.runtime),
            step=self.state.progress.step,
        )

    def _last_good(self) -> str:
        if not self.run.checkpoint_path("last").exists():
            return "there is no checkpoint yet"
        return f"the last good checkpoint is {self.run.checkpoint_path('last')}"

    def _how_to_resume(self) -> str:
        return f"resume with `fudemoji resume {self.run.path}`"


class Clock:
    """Seconds spent training, over interruptions, and whether the next checkpoint is due."""

    def __init__(self, before: float, *, every: float) -> None:
        self._start = time.perf_counter() - before
        self._every = every
        self.restart()

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return time.perf_counter() - self._start

    @property
    def is_due(self) -> bool:
        """Whether `every` seconds have passed since the last restart."""
        return time.perf_counter() - self._last >= self._every

    def restart(self) -> None:
        """A checkpoint was written."""
        self._last = time.perf_counter()
