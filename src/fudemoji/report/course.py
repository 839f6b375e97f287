"""The course of a training as curves and as a table, read off its events."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fudemoji.events import EpochDone, Evaluated, Event, RunStarted, StepsDone

__all__ = ["FIGURES", "Course", "EpochRow", "Points", "course_of"]

Points = list[tuple[float, float]]
_MOST_POINTS = 300
FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "mean_average_precision": "mean average precision",
}


@dataclass(frozen=True)
class EpochRow:
    """One epoch; None where there was no such measurement, and of `FIGURES` those that were measured."""

    epoch: int
    train_loss: float | None
    valid_loss: float | None
    valid_figures: dict[str, float]
    seconds: float | None


@dataclass(frozen=True)
class Course:
    """Points (epoch, value) of each curve, by split and for each of `FIGURES`, and the table of epochs."""

    train_loss: Points
    lr: Points
    momentum: Points
    loss: dict[str, Points]
    figures: dict[str, dict[str, Points]]
    epochs: list[EpochRow]


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _points(pairs: Iterable[tuple[float, float | None]]) -> Points:
    """The pairs that are numbers; many are averaged to a few hundred."""
    points = [(x, y) for x, y in pairs if _is_number(x) and y is not None and _is_number(y)]
    width = math.ceil(len(points) / _MOST_POINTS)
    if width < 2:
        return points
    groups = [points[start : start + width] for start in range(0, len(points), width)]
    return [
        (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)) for group in groups
    ]


def _unbroken(events: Iterable[Event]) -> list[StepsDone | EpochDone | Evaluated]:
    """The events of the training that counts: a resumed run repeats the steps after its checkpoint."""
    kept: list[StepsDone | EpochDone | Evaluated] = []
    for event in events:
        if isinstance(event, RunStarted):
            kept = [earlier for earlier in kept if earlier.step <= event.step]
        elif isinstance(event, StepsDone | EpochDone | Evaluated):
            kept.append(event)
    return kept


def course_of(events: Iterable[Event]) -> Course:
    """The curves and the table of a run's events."""
    kept = _unbroken(events)
    steps = [event for event in kept if isinstance(event, StepsDone)]
    measured = [event for event in kept if isinstance(event, Evaluated)]
    splits = [name for name in ("valid", "test") if any(event.split == name for event in measured)]
    return Course(
        train_loss=_points((event.epoch, event.loss) for event in steps),
        lr=_points((event.epoch, event.lr) for event in steps),
        momentum=_points((event.epoch, event.momentum) for event in steps),
        loss={name: _points((e.epoch, e.loss) for e in measured if e.split == name) for name in splits},
        figures={
            figure: {
                name: _points((e.epoch, getattr(e, figure)) for e in measured if e.split == name)
                for name in splits
            }
            for figure in FIGURES
        },
        epochs=_epochs(kept),
    )


def _epochs(kept: list[StepsDone | EpochDone | Evaluated]) -> list[EpochRow]:
    done = [event for event in kept if isinstance(event, EpochDone)]
    valid = {event.step: event for event in kept if isinstance(event, Evaluated) and event.split == "valid"}
    return [
        EpochRow(
            epoch=event.epoch,
            train_loss=event.train_loss,
            valid_loss=valid[event.step].loss if event.step in valid else None,
            valid_figures=_figures(valid.get(event.step)),
            seconds=event.seconds,
        )
        for event in done
    ]


def _figures(event: Evaluated | None) -> dict[str, float]:
    found = {name: getattr(event, name, None) for name in FIGURES}
    return {name: value for name, value in found.items() if value is not None}
