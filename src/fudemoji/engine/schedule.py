"""Rate and momentum as functions of the step, counted from 0: they can be plotted, tested and resumed for nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["Schedule", "constant", "cosine", "exponential", "in_turn", "momentum_cycle", "one_cycle"]

Schedule = Callable[[int], float]


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0))) / 2


def one_cycle(
    *, peak: float, total: int, warmup: int, start_div: float = 25, final_div: float = 1e5
) -> Schedule:
    """Up on a cosine from peak / start_div, then down on a cosine to peak / final_div (Smith 2018, fastai's form).

    >>> lr_at = one_cycle(peak=1.0, total=1000, warmup=250)
    >>> [round(lr_at(step), 6) for step in (0, 250, 1000)]
    [0.04, 1.0, 1e-05]
    """

    def lr_at(step: int) -> float:
        if step < warmup:
            return _cosine(peak / start_div, peak, step / warmup)
        return _cosine(peak, peak / final_div, (step - warmup) / max(1, total - warmup))

    return lr_at


def cosine(
    *, peak: float, total: int, warmup: int, start_div: float = 25, final_div: float = 1e5
) -> Schedule:
    """Up on a straight line from peak / start_div, then down on a cosine to peak / final_div.

    >>> lr_at = cosine(peak=1.0, total=100, warmup=10, start_div=10)
    >>> lr_at(0), lr_at(10), round(lr_at(55), 6)
    (0.1, 1.0, 0.500005)
    """

    def lr_at(step: int) -> float:
        if step < warmup:
            return peak / start_div + (peak - peak / start_div) * step / warmup
        return _cosine(peak, peak / final_div, (step - warmup) / max(1, total - warmup))

    return lr_at


def constant(
    *, peak: float, warmup: int = 0, start_div: float = 25, decay: float = 1.0, decay_every: int = 1
) -> Schedule:
    """The peak rate, times `decay` after each `decay_every` steps; a straight line up to it if there is a warm-up.

    >>> lr_at = constant(peak=1.0, decay=0.5, decay_every=100)
    >>> lr_at(0), lr_at(99), lr_at(100), lr_at(250)
    (1.0, 1.0, 0.5, 0.25)
    """

    def lr_at(step: int) -> float:
        if step < warmup:
            return peak / start_div + (peak - peak / start_div) * step / warmup
        return peak * decay ** (step // max(1, decay_every))

    return lr_at


def exponential(*, start: float, end: float, total: int) -> Schedule:
    """Evenly on a logarithmic scale from `start` to `end`: the LR range test.

    >>> lr_at = exponential(start=1e-4, end=1.0, total=4)
    >>> [round(lr_at(step), 6) for step in range(5)]
    [0.0001, 0.001, 0.01, 0.1, 1.0]
    """
    return lambda step: start * (end / start) ** (step / total)


def momentum_cycle(*, low: float, high: float, total: int, warmup: int) -> Schedule:
    """From `high` down to `low` while the rate rises, and back up while it falls.

    >>> momentum_at = momentum_cycle(low=0.85, high=0.95, total=100, warmup=25)
    >>> momentum_at(0), momentum_at(25), momentum_at(100)
    (0.95, 0.85, 0.95)
    """

    def momentum_at(step: int) -> float:
        if step < warmup:
            return _cosine(high, low, step / warmup)
        return _cosine(low, high, (step - warmup) / max(1, total - warmup))

    return momentum_at


def in_turn(first: Schedule, then: Schedule, *, at: int) -> Schedule:
    """`first` up to step `at`, from there on `then`, counted from 0 again.

    >>> lr_at = in_turn(constant(peak=1.0), constant(peak=0.5, decay=0.1, decay_every=2), at=3)
    >>> [lr_at(step) for step in range(6)]
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.05]
    """
    return lambda step: first(step) if step < at else then(step - at)
