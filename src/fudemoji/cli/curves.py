"""Curves drawn with braille characters, eight dots a cell, for a terminal."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from rich.text import Text

from fudemoji.report.svg import nice_ticks

__all__ = ["Curve", "draw_curves", "smooth"]

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a cell, by row and column
_BRAILLE = 0x2800
_LABEL = 8  # columns left of the axis


@dataclass(frozen=True)
class Curve:
    """Points (x, y) in the order of x, a name for the key, and a colour of rich."""

    name: str
    points: Sequence[tuple[float, float]]
    style: str


def draw_curves(
    curves: Sequence[Curve],
    *,
    width: int,
    height: int,
    right: float,
    from_zero: bool = False,
    shares: bool = False,
    ascii_only: bool = False,
) -> Text:
    """Lines of text: all curves over one axis from 0 to `right`, the later ones over the earlier.

    Args:
        curves: what to draw; none has no line.
        width: of all, in columns.
        height: of the curves, in lines.
        right: where the x axis ends.
        from_zero: the y axis starts at 0.
        shares: the y axis is told in per cent.
        ascii_only: one sign a cell, where the terminal knows no braille.
    """
    ys = [y for curve in curves for _, y in curve.points]
    if not ys:
        return Text()
    ticks = nice_ticks(0.0 if from_zero else min(ys), max(ys), count=4)
    columns, low, high = max(8, width - _LABEL), ticks[0], ticks[-1]
    cells = [[0] * columns for _ in range(height)]
    styles = [[""] * columns for _ in range(height)]
    for curve in curves:
        for x, y in _dots(curve.points, right=right, low=low, high=high, wide=2 * columns, tall=4 * height):
            row, column = y // 4, x // 2
            if styles[row][column] != curve.style:
                cells[row][column], styles[row][column] = 0, curve.style
            cells[row][column] |= _DOTS[y % 4][x % 2]
    text = Text()
    for row in range(height):
        text.append(_label(row, height, ticks, shares=shares), style="dim")
        signs = zip(cells[row], styles[row], strict=True)
        for style, run in itertools.groupby(signs, key=itemgetter(1)):
            text.append("".join(_sign(dots, ascii_only=ascii_only) for dots, _ in run), style=style)
        text.append("\n")
    end = f"{right:g}"
    text.append(f"{'':{_LABEL}}0{end:>{columns - 1}}", style="dim")
    return text


def _sign(dots: int, *, ascii_only: bool) -> str:
    return " " if not dots else "*" if ascii_only else chr(_BRAILLE + dots)


def _dots(
    points: Sequence[tuple[float, float]], *, right: float, low: float, high: float, wide: int, tall: int
) -> list[tuple[int, int]]:
    """The dots of the lines between the points, from the left and the top."""
    placed = [
        (
            min(wide - 1, max(0, round(x / (right or 1.0) * (wide - 1)))),
            min(tall - 1, max(0, round((high - y) / (high - low) * (tall - 1)))),
        )
        for x, y in points
    ]
    found = placed[:1]
    for (x0, y0), (x1, y1) in itertools.pairwise(placed):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        found += [
            (round(x0 + (x1 - x0) * i / steps), round(y0 + (y1 - y0) * i / steps))
            for i in range(1, steps + 1)
        ]
    return found


def _label(row: int, height: int, ticks: Sequence[float], *, shares: bool) -> str:
    """The tick that lies nearest to the middle of a row, if one lies in it."""
    scale = (height - 1) / (ticks[-1] - ticks[0])
    distance, tick = min((abs((ticks[-1] - tick) * scale - row), tick) for tick in ticks)
    told = f"{100 * tick:.4g} %" if shares else f"{tick:.4g}"
    return f"{told:>{_LABEL - 1}} " if distance <= 0.5 else " " * _LABEL


def smooth(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points with each y averaged over its neighbours, a fiftieth of them all, so that the eye finds the trend."""
    reach = len(points) // 100
    if reach == 0:
        return list(points)
    return [
        (x, math.fsum(y for _, y in near) / len(near))
        for i, (x, _) in enumerate(points)
        if (near := points[max(0, i - reach) : i + reach + 1])
    ]
