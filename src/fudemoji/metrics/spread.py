"""A figure over several trainings."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Spread"]


@dataclass(frozen=True)
class Spread:
    """A figure over several seeds: mean, standard deviation (n - 1; None for a single one), and each value."""

    mean: float
    deviation: float | None
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float | None]) -> Spread | None:
        """The spread of values, or None where one is missing.

        >>> Spread.of([0.5, 1.0]).mean, Spread.of([0.5, None])
        (0.75, None)
        """
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        deviation = statistics.stdev(known) if len(known) > 1 else None
        return cls(statistics.fmean(known), deviation, tuple(known))
