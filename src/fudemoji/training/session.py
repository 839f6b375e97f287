"""A training from its first step to a full run folder: the loop's events, evaluations and checkpoints between them."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from fudemoji.config import Settings
from fudemoji.engine.looking import Heat, try_look
from fudemoji.engine.loop import Plan, train
from fudemoji.engine.memory import peak_device_memory, peak_memory
from fudemoji.engine.results import Scored, record
from fudemoji.engine.state import State, load_weights, save_state, save_weights
from fudemoji.errors import Interrupted, RunError, TrainingFailed
from fudemoji.events import CheckpointSaved, EpochDone, Event, Note, RunFinished, RunStarted, StepsDone
from fudemoji.metrics import Logits
from fudemoji.models import num_parameters
from fudemoji.report.page import write_report
from fudemoji.runs import Run
from fudemoji.trackers import FolderTracker
from fudemoji.training.interruption import Interruption
from fudemoji.training.scoring import Scoring
from fudemoji.training.workbench import Workbench
from fudemoji.trust import choose, write_trust

__all__ = ["Session"]


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
        self.num_parameters = num_parameters(self.bench.model)  # before any is frozen
        self.validations = self.bench.validations(self.batches)
        self.scoring = Scoring(self.bench)
        self.ranks = self.bench.ranks
        self._tracker: FolderTracker | None = None

    @property
    def settings(self) -> Settings:
        """The run's settings."""
        return self.bench.settings

    def events(self, notes: list[Note]) -> Iterator[Event]:
        """Train to the end and fill the folder; every event is in events.jsonl before it comes out.

        All ranks go this course together; the first of them writes.
        """
        self.ranks.copy_from_first(self.state.weights)
        if not self.ranks.is_first:
            yield from self._course(notes)
            return
        self._tracker = FolderTracker(self.run, from_step=self.state.progress.step)
        try:
            yield from self._course(notes)
        finally:
            self._tracker.close()

    def _written(self, *events: Event) -> Iterable[Event]:
        """The events, now in events.jsonl: before a checkpoint that holds what they tell of, so that none is lost."""
        if self._tracker:
            for event in events:
                self._tracker(event)
        return events

    def _set_status(self, state: str, **details: str) -> None:
        if self.ranks.is_first:
            self.run.set_status(state, step=self.state.progress.step, **details)

    def _course(self, notes: list[Note]) -> Iterator[Event]:
        yield from self._written(*notes, self._started())
        self._set_status("running")
        try:
            yield from self._train()
            with self._marking_when_left():
                finished = yield from self._finish()
            self._written(finished)  # the status only after it, so that resume can finish after a kill
        except TrainingFailed as error:
            self._set_status("failed", reason=str(error))
            raise TrainingFailed(f"{error}; {self._last_good()}") from error
        except (RunError, OSError):
            with suppress(OSError):  # a full disk may have no room for this either
                self._set_status("interrupted")
            raise
        self._set_status("finished")
        if self.ranks.is_first:
            write_report(self.run)
        yield finished

    def _train(self) -> Iterator[Event]:
        """The loop's events; whatever an event tells of is on the disk before it comes out."""
        progress = self.state.progress
        clock = Clock(progress.train_seconds, every=60 * self.settings.loop.checkpoint_minutes)
        held: list[Event] = []
        with Interruption() as interruption, self._marking_when_left():
            for event in self._loop():
                held += self._written(event)
                if isinstance(event, StepsDone) and self._ends_epoch(event.step):
                    continue  # its EpochDone comes next
                progress.train_seconds = clock.seconds
                stops = self.ranks.any(interruption.is_asked_for) and progress.step < self.plan.total_steps
                if isinstance(event, EpochDone) and event.step in self.validations:
                    held += self._after_epoch(event, clock)
                elif stops or clock.is_due:
                    held += self._save_last()
                    clock.restart()
                yield from held
                held.clear()
                if stops:
                    raise Interrupted(f"interrupted after step {progress.step}; {self._how_to_resume()}")

    def _loop(self) -> Iterator[StepsDone | EpochDone]:
        return train(self.state, self.batches, self.plan, runtime=self.bench.runtime, ranks=self.ranks)

    @contextmanager
    def _marking_when_left(self) -> Iterator[None]:
        """Whoever leaves the `for` finds a checkpoint, and a status that says so."""
        try:
            yield
        except (GeneratorExit, KeyboardInterrupt, Interrupted) as reason:
            if isinstance(reason, GeneratorExit) and self.state.progress.step not in self.validations:
                self._save_last()
            self._set_status("interrupted")
            if isinstance(reason, Interrupted) and self.ranks.is_first:
                with suppress(RunError):  # a page that cannot be written is no reason to say anything else
                    write_report(self.run)
            raise

    def _ends_epoch(self, step: int) -> bool:
        return step % self.batches.steps_per_epoch == 0 or step == self.plan.total_steps

    def _after_epoch(self, event: EpochDone, clock: Clock) -> list[Event]:
        """Validate, keep the best weights so far (the later of two as good), and write a checkpoint."""
        events: list[Event] = []
        progress, score, figures = self.state.progress, 0.0, {}
        scored = self.scoring.score(self.state.evaluated_model, "valid")
        if scored:
            events += self._written(scored.event(step=event.step, epoch=event.epoch))
            score, figures = scored.metrics.score, scored.metrics.figures
        if score >= progress.best_score:
            progress.best_score, progress.best_figures, progress.best_step = score, figures, event.step
            events += self._save_best()
        progress.train_seconds = clock.seconds
        events += self._save_last()
        clock.restart()
        return events

    def _save_best(self) -> Iterable[Event]:
        if not self.ranks.is_first:
            return ()
        path = self.run.checkpoint_path("best")
        save_weights(path, self.state.evaluated_model, {"step": self.state.progress.step})
        return self._saved("best")

    def _save_last(self) -> Iterable[Event]:
        if not self.ranks.is_first:
            return ()
        save_state(self.run.checkpoint_path("last"), self.state)
        return self._saved("last")

    def _saved(self, name: str) -> Iterable[Event]:
        path = str(self.run.checkpoint_path(name).relative_to(self.run.path))
        return self._written(CheckpointSaved(step=self.state.progress.step, name=name, path=path))

    def _finish(self) -> Generator[Event, None, RunFinished]:
        """Touch the test split, once, with the best weights; keep what the report shows."""
        progress, loop = self.state.progress, self.settings.loop
        if self.ranks.is_first:
            load_weights(self.run.checkpoint_path("best"), self.bench.model)
        self.ranks.copy_from_first(self.bench.model.state_dict().values())
        epoch = progress.step / self.batches.steps_per_epoch
        kept = self.scoring.keeper("test")
        scored = self.scoring.score(
            self.bench.model, "test", shifts=loop.test_shifts, all_probs=True, keep=kept
        )
        if scored:
            yield from self._written(scored.event(step=progress.step, epoch=epoch))
        yield from self._written(*self._trust(kept.logits if kept else None))
        shown = scored or self.scoring.score(
            self.bench.model, "valid", shifts=loop.test_shifts, all_probs=True
        )
        if shown and self.ranks.is_first:
            heat, no_heat = self._heat(shown)
            images = self.bench.data.images
            record(self.run, shown, images, shifts=loop.test_shifts, heat=heat, no_heat=no_heat)
        num_images = progress.step * self.batches.images_per_step
        found = {"valid": progress.best_figures, "test": scored.metrics.figures if scored else {}}
        return RunFinished(
            run=str(self.run.path),
            step=progress.step,
            recipe=self.settings.recipe,
            model=self.settings.model.name,
            parameters=self.num_parameters,
            epochs=epoch,
            train_seconds=progress.train_seconds,
            images_per_second=num_images / max(progress.train_seconds, 1e-9),
            peak_memory=peak_memory(),
            peak_device_memory=peak_device_memory(self.bench.runtime.device),
            **{
                f"{split}_{name}": found[split].get(name)
                for split in found
                for name in ("accuracy", "balanced_accuracy", "macro_f1", "mean_average_precision")
            },
        )

    def _trust(self, test: Logits | None) -> Iterator[Note]:
        """Write trust.json: what the validation images say about the best weights' probabilities."""
        shifts = self.settings.loop.test_shifts
        valid = self._logits("valid", shifts=shifts)
        if valid is None:
            text = "no validation split: probabilities stay as the model gives them, and nothing is rejected"
            yield Note(text=text)
            return
        plain_valid, plain_test = (self._logits(split) if shifts else None for split in ("valid", "test"))
        if not self.ranks.is_first:
            return
        unshifted = (plain_valid, plain_test) if plain_valid else None
        trust = choose(valid, test, shifts=shifts, unshifted=unshifted)
        write_trust(self.run, trust)
        if trust.temperature_note:
            yield Note(text=f"no temperature: {trust.temperature_note}")

    def _logits(self, split: str, *, shifts: int = 0) -> Logits | None:
        keeper = self.scoring.keeper(split)
        if keeper is None:
            return None
        self.scoring.score(self.bench.model, split, shifts=shifts, keep=keeper)
        return keeper.logits

    def _heat(self, scored: Scored) -> tuple[Heat | None, str]:
        """Where the model looked, or why that cannot be told."""
        bench = self.bench
        return try_look(
            bench.model,
            scored.predictions,
            bench.data.images,
            pixels=bench.pixels,
            runtime=bench.runtime,
            name=f"model {self.settings.model.name}",
        )

    def _started(self) -> RunStarted:
        splits, settings = self.bench.data.splits, self.settings
        return RunStarted(
            run=str(self.run.path),
            recipe=settings.recipe,
            data=self.bench.data.name,
            model=settings.model.name,
            num_parameters=self.num_parameters,
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
            multi_label=self.bench.data.is_multi_label,
            ranks=self.ranks.size,
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
