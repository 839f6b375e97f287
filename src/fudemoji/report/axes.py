"""Axes for charts of a search: linear, logarithmic or of choices, and marks and lines on them as inline SVG."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from fudemoji.report.svg import nice_ticks

__all__ = ["Axis", "Mark", "marks_chart", "parallel_chart"]

_WIDTH, _HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 14, 10, 38


@dataclass(frozen=True)
class Axis:
    """Values laid out from 0 to 1: between two ends, or one place for each choice.

    Attributes:
        label: what is measured.
        low, high: the ends; not used where there are choices.
        log: whether each power of ten is as long as the next.
        choices: texts, each with a place of its own.
        unit: behind each tick.
        whole: whether there are whole numbers only.
        is_share: whether values are shares in 0..1, told in percent.
    """

    label: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    whole: bool = False
    is_share: bool = False

    def at(self, value: float | str) -> float:
        """Where a value lies, in 0..1; what is beyond an end lies on it.

        >>> Axis("rate", 1e-4, 1e-2, log=True).at(1e-3)
        0.5
        """
        if self.choices:
            return (self.choices.index(str(value)) + 0.5) / len(self.choices)
        number = float(str(value).removesuffix(self.unit))
        if self.log:
            share = math.log(number / self.low) / math.log(self.high / self.low)
        else:
            share = (number - self.low) / (self.high - self.low)
        return round(min(1.0, max(0.0, share)), 9)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places in 0..1 with their texts."""
        if self.choices:
            return [(self.at(choice), choice) for choice in self.choices]
        if self.log:
            values = _powers(self.low, self.high)
        else:
            values = [v for v in nice_ticks(self.low, self.high, count=5) if self.low <= v <= self.high]
            values = [value for value in values if not self.whole or value == int(value)]
        return [(self.at(value), self._said(value)) for value in values]

    def _said(self, value: float) -> str:
        return f"{100 * value:.4g}\u00a0%" if self.is_share else f"{value:g}{self.unit}"


def _powers(low: float, high: float) -> list[float]:
    """Round numbers of a logarithmic axis: powers of ten, with 2 and 5 between them where there are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [f * 10.0**p for p in range(first, last + 1) for f in factors]
        found = [float(f"{value:.6g}") for value in found if low * 0.999 <= value <= high * 1.001]
        if len(found) >= 3:
            return found
    return found or [low, high]


@dataclass(frozen=True)
class Mark:
    """A value on two axes; `kind` is a class of the style sheet, `hint` is told when it is pointed at."""

    x: float | str
    y: float | str
    kind: str
    hint: str


Placed = tuple[float | str, float | str]


def marks_chart(
    title: str,
    marks: Sequence[Mark],
    *,
    x: Axis,
    y: Axis,
    lines: Sequence[tuple[str, Sequence[Placed]]] = (),
) -> Markup:
    """Marks on two axes, over lines of (kind, points); marks beyond the low end of `y` lie on it, as triangles."""

    def place(at_x: float | str, at_y: float | str) -> tuple[float, float]:
        across = x.at(at_x) * (_WIDTH - _LEFT - _RIGHT)
        return _LEFT + across, _HEIGHT - _BOTTOM - y.at(at_y) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_grid(x, y)]
    for kind, points in lines:
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (place(*point) for point in points))
        parts.append(f'<polyline class="line {escape(kind)}" points="{path}"/>')
    for mark in marks:
        px, py = place(mark.x, mark.y)
        is_below = not y.choices and float(mark.y) < y.low
        parts.append(_shape(mark.kind, px, py, is_below=is_below, hint=mark.hint))
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH,
        _HEIGHT,
        title,
        Markup("".join(parts)),  # noqa: S704 (numbers and escaped text only)
    )


def _grid(x: Axis, y: Axis) -> str:
    parts = []
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for share, told in y.ticks:
        at = bottom - share * (bottom - _TOP)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 7}" y="{at + 4:.1f}" text-anchor="end">{escape(told)}</text>')
    for share, told in x.ticks:
        at = _LEFT + share * (right - _LEFT)
        parts.append(f'<text x="{at:.1f}" y="{bottom + 17}" text-anchor="middle">{escape(told)}</text>')
    middle = (_LEFT + right) / 2
    parts.append(f'<line class="base" x1="{_LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>')
    parts.append(
        f'<text class="axis" x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">{escape(x.label)}</text>'
    )
    return "".join(parts)


def _shape(kind: str, x: float, y: float, *, is_below: bool, hint: str) -> str:
    told = f"<title>{escape(hint)}</title>"
    if is_below:
        points = f"{x - 3.6:.1f},{y - 6:.1f} {x + 3.6:.1f},{y - 6:.1f} {x:.1f},{y:.1f}"
        return f'<polygon class="mark {escape(kind)}" points="{points}">{told}</polygon>'
    if kind in ("failed", "diverged"):
        path = f"M{x - 3.4:.1f} {y - 3.4:.1f}l6.8 6.8m0 -6.8l-6.8 6.8"
        return f'<path class="mark {escape(kind)}" d="{path}">{told}</path>'
    radius = 4.4 if kind == "best" else 3.2
    return f'<circle class="mark {escape(kind)}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">{told}</circle>'


_TALL, _AXIS_TOP, _AXIS_BOTTOM = 330, 34, 18
_GAP, _SIDE = 118, 52


def parallel_chart(
    title: str, axes: Sequence[Axis], rows: Sequence[tuple[str, Sequence[float | str], str]]
) -> Markup:
    """Parallel coordinates: an upright axis for each setting and the score, a line for each trial.

    Args:
        title: what a screen reader says.
        axes: from left to right.
        rows: (kind, a value for each axis, hint), the most important last, since it is drawn on top.
    """
    width = 2 * _SIDE + _GAP * (len(axes) - 1)
    bottom = _TALL - _AXIS_BOTTOM
    parts = []
    for kind, values, hint in rows:
        at = [
            (_SIDE + _GAP * i, bottom - axis.at(value) * (bottom - _AXIS_TOP))
            for i, (axis, value) in enumerate(zip(axes, values, strict=True))
        ]
        path = f"M{at[0][0]:.0f} {at[0][1]:.1f}" + "".join(
            f"C{x - _GAP / 2:.0f} {before:.1f} {x - _GAP / 2:.0f} {y:.1f} {x:.0f} {y:.1f}"
            for (_, before), (x, y) in itertools.pairwise(at)
        )
        parts.append(f'<path class="thread {escape(kind)}" d="{path}"><title>{escape(hint)}</title></path>')
    for i, axis in enumerate(axes):
        x = _SIDE + _GAP * i
        parts.append(f'<line class="upright" x1="{x}" x2="{x}" y1="{_AXIS_TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="axis" x="{x}" y="16" text-anchor="middle">{escape(axis.label)}</text>')
        for share, told in axis.ticks:
            y = bottom - share * (bottom - _AXIS_TOP)
            parts.append(f'<text class="on" x="{x + 5}" y="{y + 4:.1f}">{escape(told)}</text>')
    return Markup(
        '<svg class="chart parallel" viewBox="0 0 {} {}" style="min-width:{}px" role="img" aria-label="{}">{}</svg>'
    ).format(width, _TALL, round(0.8 * width), title, Markup("".join(parts)))  # noqa: S704 (as above)
