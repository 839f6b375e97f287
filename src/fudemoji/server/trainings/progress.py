"""How far a training is, as far as the events in its run folder tell."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fudemoji.errors import RunError
from fudemoji.events import Evaluated, Event, RunFinished, RunStarted, StepsDone
from fudemoji.trackers.following import Follower

__all__ = ["Phase", "Progress", "Watcher"]

Phase = Literal["waiting", "preparing", "training", "measuring"]
_RECENT = 25  # events of steps, some five seconds


@dataclass(frozen=True)
class Progress:
    """A training that is under way.

    Attributes:
        phase: it waits for its turn, the images are decoded, the model learns, or the best weights are measured.
        share: of the steps that are done, 0..1.
        epoch: how often each image was seen.
        epochs: how often it will have been.
        seconds_left: until the last step; None before the first.
        train_loss: of the last steps.
        valid_loss: of the images that are held out, after the last epoch that was validated.
        valid_accuracy: the same.
        images_per_second: of the last seconds of training; None before the first step.
    """

    phase: Phase = "waiting"
    share: float = 0.0
    epoch: float = 0.0
    epochs: float = 0.0
    seconds_left: float | None = None
    train_loss: float | None = None
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    images_per_second: float | None = None


class Watcher:
    """Follows a run that another process trains."""

    def __init__(self, run: Path) -> None:
        self.progress = Progress("preparing")
        self._follower = Follower(run / "events.jsonl")
        self._started: RunStarted | None = None
        self._rates = deque[float](maxlen=_RECENT)

    def look(self) -> Progress:
        """Read what is new; a damaged file changes nothing."""
        try:
            for event in self._follower.new():
                self._take(event)
        except (OSError, RunError):
            pass
        return self.progress

    def _take(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._started = event
            self._rates.clear()
            self.progress = replace(self.progress, phase="training", epochs=event.epochs)
        elif isinstance(event, StepsDone) and self._started:
            self._rates.append(event.images_per_second)
            rate = statistics.median(self._rates)
            self.progress = _after(event, self._started, self.progress, rate=rate)
        elif isinstance(event, Evaluated) and event.split == "valid":
            self.progress = replace(self.progress, valid_loss=event.loss, valid_accuracy=event.accuracy)
        elif isinstance(event, RunFinished):
            self.progress = replace(self.progress, phase="measuring", share=1.0, seconds_left=0.0)


def _after(event: StepsDone, started: RunStarted, before: Progress, *, rate: float) -> Progress:
    left = started.total_steps - event.step
    return replace(
        before,
        phase="training" if left else "measuring",
        share=event.step / started.total_steps,
        epoch=event.epoch,
        seconds_left=left * started.batch_size / rate if rate else None,
        train_loss=event.loss,
        images_per_second=rate,
    )
