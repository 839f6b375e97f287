"""A process at work on a study: it takes one trial after the other, until none is left or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import Trial, TrialState

from fudemoji.errors import FudemojiError, Interrupted, TrainingFailed
from fudemoji.events import Event
from fudemoji.report.tuning import write_tuning
from fudemoji.runs import without_passwords
from fudemoji.training.interruption import Interruption
from fudemoji.tuning.outcome import outcome_of
from fudemoji.tuning.plan import Plan
from fudemoji.tuning.storage import Heartbeat, check_there, failing_as
from fudemoji.tuning.study import SharedStudy
from fudemoji.tuning.trial import Result, is_stripped, run_trial, strip

__all__ = ["Worker"]

_STATES = {"done": TrialState.COMPLETE, "failed": TrialState.FAIL}


@dataclass(frozen=True)
class Worker:
    """What a process needs to work on a study.

    Attributes:
        plan: what is searched.
        shared: the study.
        url: of its storage.
        folder: of the study on this machine.
        say: called with a line for each trial.
        on_event: called with every event of every trial.
    """

    plan: Plan
    shared: SharedStudy
    url: str
    folder: Path
    say: Callable[[str], None]
    on_event: Callable[[Event], None]

    def run(self, deadline: float | None) -> dict[str, Any]:
        """Work, and leave the page as things stand, also when interrupted; returns its numbers.

        Args:
            deadline: on the monotonic clock.

        Raises:
            Interrupted, TrainingFailed: as `take_trials`.
        """
        try:
            self.take_trials(deadline)
        except Interrupted:
            self.write()
            raise
        return self.write()

    def take_trials(self, deadline: float | None) -> None:
        """Work until no trial is left, or none may begin any more.

        Args:
            deadline: on the monotonic clock.

        Raises:
            Interrupted: Ctrl-C or SIGTERM.
            TrainingFailed: all trials failed, or the storage went away.
        """
        with Interruption() as interruption:
            while not interruption.is_asked_for:
                if deadline is not None and time.monotonic() >= deadline:
                    self.say("time is up")
                    return
                trial = self._next()
                if trial is None:
                    return
                self._work(trial)
                self.write()
        raise Interrupted(self._how_to_go_on())

    def write(self) -> dict[str, Any]:
        """The page and its numbers, which are returned."""
        with failing_as(TrainingFailed, self.url):
            content = outcome_of(
                self.shared,
                folder=self.folder,
                facts={**self.plan.facts, "storage": without_passwords(self.url)},
                asked=self.plan.asked,
                is_multi_label=self.plan.data.is_multi_label,
            )
        write_tuning(self.folder, content)
        return content

    def _next(self) -> Trial | None:
        check_there(self.url)
        with failing_as(TrainingFailed, self.url):
            for number in self.shared.revive():
                self.say(f"trial {number + 1}: its process died while it ran")
                strip(self.folder_of(number))
            if self.shared.is_unlucky():
                raise TrainingFailed(self._why_unlucky())
            return self.shared.take()

    def _work(self, trial: Trial) -> None:
        """One trial, from its settings to its end in the storage."""
        start = time.monotonic()
        settings = self.shared.settings_of(trial.params)
        try:
            with failing_as(TrainingFailed, self.url), Heartbeat(self.shared.storage, trial._trial_id):
                result = self._trained(trial, settings)
        except (FudemojiError, KeyboardInterrupt, OSError) as error:
            with suppress(Exception):  # the storage may be what failed
                self.shared.give_back(trial.number, why=str(error) or "interrupted", is_fault=False)
            strip(self.folder_of(trial.number))
            if isinstance(error, Interrupted | KeyboardInterrupt):
                raise Interrupted(self._how_to_go_on()) from None
            raise
        seconds = time.monotonic() - start
        with failing_as(TrainingFailed, self.url):
            self._tell(trial, result, seconds=seconds)
            self._tidy()
            self.say(self._line(trial.number, result, settings, seconds=seconds))

    def _trained(self, trial: Trial, settings: Mapping[str, str]) -> Result:
        def report(score: float, share: int) -> bool:
            with failing_as(TrainingFailed, self.url):
                trial.report(score, share)
                return bool(trial.should_prune())

        def is_best(score: float) -> bool:
            with failing_as(TrainingFailed, self.url):
                best = self.shared.best()
            return best is None or score > (best.value or 0.0)

        return run_trial(
            self.plan.data,
            recipe=self.plan.recipe,
            values={**self.plan.values, **settings},
            folder=self.folder_of(trial.number),
            report=report,
            is_best=is_best,
            on_event=self.on_event,
        )

    def _tell(self, trial: Trial, result: Result, *, seconds: float) -> None:
        """Write down how a trial ended, unless another process thought this one dead and gave it to somebody else."""
        state = _STATES.get(result.state, TrialState.PRUNED)
        with suppress(UpdateFinishedTrialError, ValueError):
            trial.set_user_attr("seconds", seconds)
            trial.set_user_attr("outcome", result.state)
            if result.reason:
                trial.set_user_attr("reason", result.reason)
            if result.state == "diverged":  # as bad as can be, so that the sampler learns to keep away
                trial.report(0.0, result.share + 1)
            value = result.score if state == TrialState.COMPLETE else None
            self.shared.study.tell(trial, value, state=state)

    def _tidy(self) -> None:
        """Keep the weights of the best trial only."""
        best = self.shared.best()
        for trial in self.shared.trials():
            folder = self.folder_of(trial.number)
            is_best = best is not None and trial.number == best.number
            if trial.state.is_finished() and not is_best and not is_stripped(folder):
                strip(folder)

    def folder_of(self, number: int) -> Path:
        """Where a trial's run lies, on the machine that ran it."""
        return self.folder / "trials" / f"{number + 1:04d}"

    def num_ended(self) -> int:
        """How many trials have ended, one way or another."""
        return sum(trial.state.is_finished() for trial in self.shared.trials())

    def _how_to_go_on(self) -> str:
        with failing_as(TrainingFailed, self.url):
            ended = self.num_ended()
        return (
            f"interrupted after {ended} of {self.plan.total} trials; the same command goes on ({self.folder})"
        )

    def _why_unlucky(self) -> str:
        ended = [trial for trial in self.shared.trials() if trial.state.is_finished()]
        reason = ended[-1].user_attrs.get("reason", "unknown")
        told = (
            f"none of the first {len(ended)} trials succeeded" if len(ended) > 1 else "the first trial failed"
        )
        return f"{told}; the last reason: {reason}; change the space or the settings"

    def _line(self, number: int, result: Result, settings: Mapping[str, str], *, seconds: float) -> str:
        """What is said of a trial when it has ended."""
        told = "" if result.score is None else f" {result.score:.2%}"
        why = f" ({result.reason})" if result.reason else ""
        best = self.shared.best()
        at = "" if best is None else f", best {best.value:.2%} in trial {best.number + 1}"
        shown = " ".join(f"{name}={value}" for name, value in settings.items())
        return f"trial {number + 1} of {self.plan.total}: {result.state}{told}{why}{at}; {shown}; {seconds:.1f} s"
