"""The curves of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from fudemoji.config import Settings
from fudemoji.report.course import Course, Points
from fudemoji.report.svg import Line, line_chart, nice_ticks
from fudemoji.report.words import percent

__all__ = ["Chart", "chart", "charts_of"]

_VISIBLE = 0.002  # shares that differ by more than this are drawn apart
_SPLITS = {"valid": "validation", "test": "test"}


@dataclass(frozen=True)
class Chart:
    """A drawn chart with its title and its key: (kind, name) of each curve."""

    title: str
    svg: Markup
    key: list[tuple[str, str]]
    note: str = ""


def _digits(ticks: list[float]) -> int:
    """Digits that percentages at these ticks need.

    >>> _digits([0.95, 0.975, 1.0])
    1
    """
    return next(d for d in range(8) if d == 7 or all(math.isclose(round(100 * t, d), 100 * t) for t in ticks))


def chart(
    title: str,
    lines: list[Line],
    *,
    right: float,
    shares: bool = False,
    from_zero: bool = False,
    x_label: str = "epoch",
    note: str = "",
) -> list[Chart]:
    """The chart of the lines that have points; none where none has."""
    lines = [line for line in lines if line.points]
    ys = [y for line in lines for _, y in line.points]
    if not ys:
        return []
    y_ticks = nice_ticks(0.0 if from_zero else min(ys), max(ys))

    def say(value: float) -> str:
        return percent(value, _digits(y_ticks)) if shares else f"{value:.4g}"

    def tell(value: float) -> str:
        return percent(value, 2) if shares else f"{value:.4g}"

    svg = line_chart(title, lines, right=right, y_ticks=y_ticks, x_label=x_label, say=say, tell=tell)
    key = [(line.kind, line.name) for line in lines] if len(lines) > 1 or shares else []
    return [Chart(title, svg, key, note)]


def _lines(course: Course, figure: str) -> list[Line]:
    """One line of a figure for each split."""
    return [Line(_SPLITS[name], points, name, dots=True) for name, points in course.figures[figure].items()]


def _differ(one: Points, other: Points) -> bool:
    """Whether two figures of the same split differ enough to be seen."""
    return any(abs(a - b) > _VISIBLE for (_, a), (_, b) in zip(one, other, strict=False))


def _note(settings: Settings) -> str:
    """What sets the training loss apart from the others."""
    balance, smoothing = settings.balance, settings.loop.smoothing
    parts = {
        f"label smoothing of {smoothing:g}": smoothing > 0,
        "class weights": balance.class_weights != "none",
        "logit adjustment": balance.logit_adjust > 0,
        "the focal factor": balance.loss == "focal",
        "balanced sampling": balance.sampling == "balanced",
    }
    told = " and ".join(name for name, is_on in parts.items() if is_on)
    return f"The training loss includes {told}, the others do not." if told else ""


def charts_of(course: Course, settings: Settings) -> list[Chart]:
    """The curves there are points for, all over the same stretch of epochs."""
    loss = [Line("training", course.train_loss, "train")]
    loss += [Line(_SPLITS[name], points, name, dots=True) for name, points in course.loss.items()]
    accuracy = _lines(course, "accuracy")
    accuracy += [
        Line(f"{_SPLITS[name]}, balanced", points, f"{name} balanced", dots=True)
        for name, points in course.figures["balanced_accuracy"].items()
        if _differ(points, course.figures["accuracy"][name])
    ]
    precision = _lines(course, "mean_average_precision")
    lr, momentum = [Line("rate", course.lr, "train")], [Line("momentum", course.momentum, "train")]
    right = max((x for line in (*loss, *accuracy, *lr) for x, _ in line.points), default=0.0)
    return [
        *chart("Loss", loss, right=right, from_zero=True, note=_note(settings)),
        *chart("Mean average precision", precision, right=right, shares=True),
        *chart("Accuracy", accuracy, right=right, shares=True),
        *chart("Learning rate", lr, right=right, from_zero=True),
        *chart("Momentum", momentum, right=right),
    ]
