"""Curves and matrices as inline SVG: a few lines, no script, colours from the page's style sheet."""

# K classes

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

__all__ = ["Line", "line_chart", "matrix", "nice_ticks", "small_curve"]

Points = list[tuple[float, float]]
_WIDTH, _HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 38


@dataclass(frozen=True)
class Line:
    """One curve; `kind` is a class of the style sheet (train, valid, test), `dots` marks each point.

    With `weights`, shares in 0..1, the dots are the larger the more a point weighs.
    """

    name: str
    points: Points
    kind: str
    dots: bool = False
    weights: tuple[float, ...] = ()


def nice_ticks(low: float, high: float, *, count: int = 5) -> list[float]:
    """About `count` round numbers that reach from at or below `low` to at or above `high`.

    >>> nice_ticks(0, 0.93)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # means of one value differ in their last digits
        high = low + (abs(low) * 0.1 or 1.0)
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def line_chart(
    title: str,
    lines: Sequence[Line],
    *,
    right: float,
    y_ticks: list[float],
    x_label: str,
    say: Callable[[float], str],
    tell: Callable[[float], str],
) -> Markup:
    """A chart of curves from 0 to `right`; `say` writes a tick of the y axis, `tell` a point's value."""
    right = right or 1.0
    x_ticks = [tick for tick in nice_ticks(0.0, right, count=6) if tick <= right * 1.0001]

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x / right) * (_WIDTH - _LEFT - _RIGHT)
        up = (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (_HEIGHT - _TOP - _BOTTOM)
        return _LEFT + across, _HEIGHT - _BOTTOM - up

    parts = [_axes(x_ticks, y_ticks, place, say=say, x_label=x_label)]
    parts += [_curve(line, place, tell=tell) for line in lines]
    told = "; ".join(f"{line.name}: {tell(line.points[-1][1])} at the end" for line in lines if line.points)
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, _HEIGHT, f"{title}. {told}", Markup("").join(parts)
    )


def _axes(
    x_ticks: list[float],
    y_ticks: list[float],
    place: Callable[[float, float], tuple[float, float]],
    *,
    say: Callable[[float], str],
    x_label: str,
) -> Markup:
    parts = []
    for tick in y_ticks:
        y = place(0, tick)[1]
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{escape(say(tick))}</text>')
    for tick in x_ticks:
        x = place(tick, y_ticks[0])[0]
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 17}" text-anchor="middle">{tick:g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text class="axis" x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">{escape(x_label)}</text>'
    )
    return Markup("".join(parts))  # noqa: S704 (numbers and escaped text only)


def _curve(
    line: Line, place: Callable[[float, float], tuple[float, float]], *, tell: Callable[[float], str]
) -> Markup:
    placed = [place(x, y) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    kind = f"{line.kind} faint" if line.weights else line.kind
    parts = [f'<polyline class="line {escape(kind)}" points="{path}"/>'] if len(placed) > 1 else []
    if line.dots or len(placed) == 1:
        sizes = [2 + 7 * math.sqrt(weight) for weight in line.weights] or [3.4] * len(placed)
        parts += [
            f'<circle class="dot {escape(line.kind)}" cx="{x:.1f}" cy="{y:.1f}" r="{size:.2g}">'
            f"<title>{escape(line.name)}: {escape(tell(value))}</title></circle>"
            for (x, y), (_, value), size in zip(placed, line.points, sizes, strict=True)
        ]
    return Markup("".join(parts))  # noqa: S704 (numbers and escaped text only)


def _width(text: str) -> float:
    """The text's width in ems, roughly."""
    return sum(1.0 if ord(char) >= 0x2E80 else 0.68 for char in text)


def _cut(text: str, *, most: int = 14) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def matrix(
    counts_KK: NDArray[np.int64],
    names: Sequence[tuple[str, str]],
    *,
    support_K: NDArray[np.int64],
    title: str,
) -> Markup:
    """A confusion matrix: rows the truth, columns the prediction; right in ink, wrong in vermilion.

    Args:
        counts_KK: int64 counts.
        names: short name (written at the edges) and long name (in the hints) of each class.
        support_K: int64, images of each class, which the depth of a colour is relative to.
        title: what a screen reader says.
    """
    num = len(names)
    cell = min(46.0, max(12.0, 780 / num))
    size = min(17.0, cell * 0.84)
    labels = [_cut(short) for short, _ in names]
    widths = [_width(label) * size for label in labels]
    left = max(widths) + 10
    top = left if any(width > cell * 1.05 for width in widths) else size + 10
    parts = _edges(labels, widths, cell=cell, size=size, left=left, top=top)
    side = num * cell
    parts.append(f'<rect class="frame" x="{left:.1f}" y="{top:.1f}" width="{side:.1f}" height="{side:.1f}"/>')
    parts += _cells(counts_KK, names, support_K=support_K, cell=cell, left=left, top=top)
    body = Markup("".join(parts))  # noqa: S704 (numbers and escaped text only)
    wide, high, least = left + side + 2, top + side + 2, left + num * min(cell, 25)
    return Markup(
        '<svg class="matrix" viewBox="0 0 {:.0f} {:.0f}" style="font-size:{:.1f}px;width:{:.0f}px;'
        'min-width:{:.0f}px" role="img" aria-label="{}">{}</svg>'
    ).format(wide, high, size, wide, least, title, body)


def _edges(
    labels: Sequence[str], widths: Sequence[float], *, cell: float, size: float, left: float, top: float
) -> list[str]:
    """The names of the rows, and of the columns: upright where they fit."""
    parts = []
    for k, label in enumerate(labels):
        told, drop = escape(label), size * 0.36
        y = top + (k + 0.5) * cell + drop
        parts.append(f'<text x="{left - 6:.1f}" y="{y:.1f}" text-anchor="end">{told}</text>')
        x, y = left + (k + 0.5) * cell, top - 6
        if widths[k] > cell * 1.05:
            x += drop
            parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" transform="rotate(-90 {x:.1f} {y:.1f})">{told}</text>'
            )
        else:
            parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{told}</text>')
    return parts


def _cells(
    counts_KK: NDArray[np.int64],
    names: Sequence[tuple[str, str]],
    *,
    support_K: NDArray[np.int64],
    cell: float,
    left: float,
    top: float,
) -> list[str]:
    parts = []
    for i, j in zip(*np.nonzero(counts_KK), strict=True):
        count, share = int(counts_KK[i, j]), float(counts_KK[i, j] / support_K[i])
        kind = "right" if i == j else "wrong"
        depth = 0.12 + 0.78 * share if i == j else min(1.0, 0.22 + 1.6 * share**0.5)
        x, y = left + j * cell, top + i * cell
        taken = "rightly" if i == j else f"as {names[j][1]}"
        hint = f"{names[i][1]} read {taken}: {count}"
        parts.append(
            f'<rect class="{kind}" x="{x + 0.5:.1f}" y="{y + 0.5:.1f}" width="{cell - 1:.1f}" '
            f'height="{cell - 1:.1f}" fill-opacity="{depth:.2f}"><title>{escape(hint)}</title></rect>'
        )
        if cell >= 26:
            on = " on" if depth > 0.55 else ""
            parts.append(
                f'<text class="count{on}" x="{x + cell / 2:.1f}" y="{y + cell / 2 + 4:.1f}" '
                f'text-anchor="middle">{count}</text>'
            )
    return parts


def small_curve(title: str, points: Points) -> Markup:
    """A small square chart from 0 to 1 both ways, of a curve drawn in steps: precision (up) against recall."""
    side, pad = 120, 4
    path: list[str] = []
    for x, y in points:
        across, up = pad + x * (side - 2 * pad), side - pad - y * (side - 2 * pad)
        path.append(f"{'V' if path else f'M{pad},'}{up:.1f}H{across:.1f}")
    frame = f"M{pad},{pad}V{side - pad}H{side - pad}"
    half = f"M{pad},{side / 2}H{side - pad}M{side / 2},{pad}V{side - pad}"
    return Markup(
        '<svg class="small" viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="grid" d="{}"/>'
        '<path class="area" d="{}V{}H{}Z"/><path class="axis" d="{}"/><path class="line train" d="{}"/></svg>'
    ).format(side, side, title, half, " ".join(path), side - pad, pad, frame, " ".join(path))
