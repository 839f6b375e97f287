"""How to read a learning rate off the curve of a range test: every known rule, and a verdict on the curve."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["RULES", "Verdict", "judge"]

Floats = NDArray[np.float64]

_SKIP_FIRST, _SKIP_LAST = 10, 5  # points at both ends that no rule looks at
_WINDOW, _STILL = 15, 0.005  # of the slide rule: points, and difference of slopes
_FALL = 0.05  # a curve that falls by less than this share of its start tells nothing
_NOISE = 0.5  # scatter around the smoothed curve, as a share of its whole fall, that calls for a repeat


def steepest(rates: Floats, losses: Floats) -> float:
    """The rate at which the loss falls fastest per factor of rate (fastai's "steep")."""
    slopes = np.gradient(losses, np.log(rates))
    return float(rates[_core(losses)][np.argmin(slopes[_core(losses)])])


def minimum_over_10(rates: Floats, losses: Floats) -> float:
    """A tenth of the rate with the lowest loss: the 2019 article's rule."""
    return float(rates[np.argmin(losses)] / 10)


def valley(rates: Floats, losses: Floats) -> float:
    """Two thirds into the longest stretch over which the loss keeps falling (fastai's default)."""
    lengths = np.ones(len(losses), dtype=int)
    for i in range(1, len(losses)):
        falls = [lengths[j] for j in range(i) if losses[j] > losses[i]]
        lengths[i] = 1 + max(falls, default=0)
    end = int(np.argmax(lengths))
    start = end - int(lengths[end])
    third = (end - start) // 3
    return float(rates[max(0, start) + third + third // 2])


def slide(rates: Floats, losses: Floats) -> float:
    """Where the curve is about to turn, found from its right end (fastai's "slide").

    A window of 15 points slides left while the slopes at its ends differ by more than 0.005 a step; the rate at the
    window's left end is the answer.
    """
    slopes = np.gradient(losses)
    left = max(0, len(losses) - 1 - _WINDOW)
    while left > 0 and abs(slopes[left + _WINDOW] - slopes[left]) > _STILL:
        left -= 1
    return float(rates[left])


RULES: dict[str, Callable[[Floats, Floats], float]] = {
    "steepest": steepest,
    "minimum/10": minimum_over_10,
    "valley": valley,
    "slide": slide,
}


@dataclass(frozen=True)
class Verdict:
    """What a curve tells.

    Attributes:
        kind: `clear`; `noisy`, still usable; `flat` or `diverged`, which tell nothing.
        text: the same for a person.
        rules: rule to rate, empty where the curve tells nothing.
        recommended: the rate to use as the peak of a schedule, None where the curve tells nothing.
    """

    kind: Literal["clear", "noisy", "flat", "diverged"]
    text: str
    rules: dict[str, float]
    recommended: float | None


def judge(rates: Floats, raw_losses: Floats, losses: Floats) -> Verdict:
    """Read every rule off a curve and recommend the geometric mean of the steepest fall and minimum / 10.

    Args:
        rates: rising learning rates.
        raw_losses: training loss at each.
        losses: the same, smoothed.
    """
    if len(losses) < _SKIP_FIRST + _SKIP_LAST + 10:
        return Verdict(
            "diverged", f"the loss exploded after {len(losses)} steps; start at a lower rate", {}, None
        )
    start = float(np.median(losses[3:_SKIP_FIRST]))
    low = float(losses.min())
    fall = (start - low) / abs(start)
    if not math.isfinite(fall) or fall < _FALL:
        text = f"the loss never falls by more than {max(fall, 0):.1%}; nothing is learned at any rate"
        return Verdict("flat", text, {}, None)
    rules = {name: rule(rates, losses) for name, rule in RULES.items()}
    recommended = math.sqrt(rules["steepest"] * rules["minimum/10"])
    before = slice(3, int(np.argmin(losses)) + 1)
    scatter = float(np.median(np.abs(raw_losses[before] - losses[before]))) / (start - low)
    if scatter > _NOISE:
        text = f"noisy: single steps scatter by {scatter:.0%} of the whole fall; try a larger batch"
        return Verdict("noisy", text, rules, recommended)
    return Verdict("clear", f"the loss falls by {fall:.0%}, then explodes or flattens", rules, recommended)


def _core(losses: Floats) -> slice:
    """The points between the ignored ends, up to the minimum: only there can the loss be said to fall."""
    last = max(_SKIP_FIRST + 3, min(len(losses) - _SKIP_LAST, int(np.argmin(losses)) + 1))
    return slice(_SKIP_FIRST, last)
