"""How to read a learning rate off the curve of a range test: every known rule, and a verdict on the curve."""

# S steps, one rate each

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
_WIDTH = 3.0  # of the centred average: standard deviation of its bell, in steps
_REST = (
    0.02  # of the fall that may still lie ahead of the turning point: a plateau is not followed to its end
)
_BEARS = 1.5  # best peak of a short 1cycle over the turning point: 0.7 to 3.4 in six cases
_FALL = 0.02  # a curve that falls by less than this share tells nothing
_NOISE = 0.5  # scatter around the centred average, as a share of its whole fall, that calls for a repeat


def turning_point(rates_S: Floats, raw_losses_S: Floats, _: Floats) -> float:
    """The rate at which the loss, averaged around each step, has stopped falling: 98 % of its fall lie behind.

    The usual average looks back only, so that its minimum comes 3 to 8 times too late; centred on each step it does
    not, and nothing need be divided by 10 (docs/finders.md has the measurements).
    """
    centred_S = centred(raw_losses_S)
    lowest, start = _lowest(centred_S), np.median(raw_losses_S[:_SKIP_FIRST])
    reached_S = centred_S[_SKIP_FIRST : lowest + 1] <= centred_S[lowest] + _REST * (start - centred_S[lowest])
    return float(rates_S[_SKIP_FIRST + int(np.argmax(reached_S))])


def steepest(rates_S: Floats, _: Floats, losses_S: Floats) -> float:
    """The rate at which the loss falls fastest per factor of rate (fastai's "steep")."""
    slopes_S = np.gradient(losses_S, np.log(rates_S))
    # only up to the minimum can the loss be said to fall
    last = max(_SKIP_FIRST + 3, min(len(losses_S) - _SKIP_LAST, _lowest(losses_S) + 1))
    return float(rates_S[_SKIP_FIRST + int(np.argmin(slopes_S[_SKIP_FIRST:last]))])


def minimum_over_10(rates_S: Floats, _: Floats, losses_S: Floats) -> float:
    """A tenth of the rate with the lowest loss: the 2019 article's rule."""
    return float(rates_S[_lowest(losses_S)] / 10)


def valley(rates_S: Floats, _: Floats, losses_S: Floats) -> float:
    """Two thirds into the longest stretch over which the loss keeps falling (fastai's default)."""
    lengths = np.ones(len(losses_S), dtype=int)
    for i in range(1, len(losses_S)):
        falls = [lengths[j] for j in range(i) if losses_S[j] > losses_S[i]]
        lengths[i] = 1 + max(falls, default=0)
    end = int(np.argmax(lengths))
    start = end - int(lengths[end])
    third = (end - start) // 3
    return float(rates_S[max(0, start) + third + third // 2])


def slide(rates_S: Floats, _: Floats, losses_S: Floats) -> float:
    """Where the curve is about to turn, found from its right end (fastai's "slide").

    A window of 15 points slides left while the slopes at its ends differ by more than 0.005 a step; the rate at the
    window's left end is the answer.
    """
    slopes_S = np.gradient(losses_S)
    left = max(0, len(losses_S) - 1 - _WINDOW)
    while left > 0 and abs(slopes_S[left + _WINDOW] - slopes_S[left]) > _STILL:
        left -= 1
    return float(rates_S[left])


RULES: dict[str, Callable[[Floats, Floats, Floats], float]] = {
    "turning-point": turning_point,
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


def judge(rates_S: Floats, raw_losses_S: Floats, losses_S: Floats, *, chance: float | None = None) -> Verdict:
    """Read every rule off a curve and recommend one and a half times the turning point's rate.

    A schedule comes to its peak slowly and leaves it soon, and bears more than the test, which arrives cold.

    Args:
        rates_S: rising learning rates.
        raw_losses_S: training loss at each.
        losses_S: the same, smoothed as the known rules want it: an average of the past.
        chance: loss of a model that knows how often each class occurs and nothing else, in nats; a fall that ends
            above it is no learning.
    """
    if len(losses_S) < _SKIP_FIRST + _SKIP_LAST + 10:
        return Verdict(
            "diverged", f"the loss exploded after {len(losses_S)} steps; start at a lower rate", {}, None
        )
    start, centred_S = float(np.median(raw_losses_S[:_SKIP_FIRST])), centred(raw_losses_S)
    lowest = _lowest(centred_S)
    low, ground = float(centred_S[lowest]), start if chance is None else min(start, chance)
    if not ground - low >= _FALL * abs(ground) > 0:
        text = (
            f"the loss never falls to {1 - _FALL:.0%} of {ground:.3g}, where it would begin to tell something"
        )
        return Verdict("flat", text, {}, None)
    rules = {name: rule(rates_S, raw_losses_S, losses_S) for name, rule in RULES.items()}
    recommended = _BEARS * rules["turning-point"]
    scatter = float(np.median(np.abs(raw_losses_S - centred_S)[: lowest + 1])) / (start - low)
    if scatter > _NOISE:
        text = f"single steps scatter by {scatter:.0%} of the whole fall; try a larger batch"
        return Verdict("noisy", text, rules, recommended)
    return Verdict("clear", f"the loss falls by {(start - low) / start:.0%}, then turns", rules, recommended)


def centred(losses_S: Floats) -> Floats:
    """The losses averaged around each step under a bell; an explosion is cut off, lest it colour what lies before."""
    reach = math.ceil(3 * _WIDTH)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _WIDTH) ** 2)
    cut_S = np.minimum(losses_S, 1.5 * np.median(losses_S[:_SKIP_FIRST]))
    return np.convolve(np.pad(cut_S, reach, mode="edge"), bell / bell.sum(), "valid")


def _lowest(losses_S: Floats) -> int:
    """The place of the minimum, the first points left out: a lucky first batch is no fall."""
    return _SKIP_FIRST + int(np.argmin(losses_S[_SKIP_FIRST:]))
