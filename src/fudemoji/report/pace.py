"""How far a training is, how fast it goes, and how long it will take, read off its events."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from fudemoji.events import Evaluated, Event, RunStarted, StepsDone

__all__ = ["Pace", "pace_of"]

_RECENT = 25  # StepsDone events, some five seconds


@dataclass(frozen=True)
class Pace:
    """Steps done and to do; `images_per_second` and `seconds_left` are None before there is anything to tell from."""

    step: int
    total_steps: int
    epoch: float
    epochs: float
    images_per_second: float | None
    seconds_left: float | None

    @property
    def share(self) -> float:
        """How much of the training is done, in 0..1."""
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0


def pace_of(events: Sequence[Event]) -> Pace | None:
    """The pace of the training since its last start; None where it has not started.

    The time left is that of the steps at their recent pace, and of validations as long and as frequent as so far.
    """
    start = next((i for i in reversed(range(len(events))) if isinstance(events[i], RunStarted)), None)
    if start is None:
        return None
    started = events[start]
    assert isinstance(started, RunStarted)
    steps = [event for event in events[start:] if isinstance(event, StepsDone)]
    step = steps[-1].step if steps else started.step
    rate = statistics.median(event.images_per_second for event in steps[-_RECENT:]) if steps else None
    left = None
    if rate and started.batch_size:
        valid = [event.seconds for event in events[start:] if isinstance(event, Evaluated)]
        per_step = started.batch_size / rate + sum(valid) / max(1, step - started.step)
        left = (started.total_steps - step) * per_step
    return Pace(
        step=step,
        total_steps=started.total_steps,
        epoch=step / max(1, started.steps_per_epoch),
        epochs=started.epochs,
        images_per_second=rate,
        seconds_left=left,
    )
