"""Durations with units, turned into optimiser steps in one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

__all__ = ["Duration"]

_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(ep|st|%)?")


@dataclass(frozen=True)
class Duration:
    """A length of training: `10ep` epochs (a plain number means the same), `3000st` steps, `25%` of the run."""

    amount: float
    unit: Literal["ep", "st", "%"] = "ep"

    @classmethod
    def parse(cls, value: object) -> Duration:
        """The duration that a number or a text such as `10ep`, `3000st`, `25%` stands for.

        Raises:
            ValueError: the text has no such form, or a number of steps is not whole.

        >>> Duration.parse("3000st"), Duration.parse(10)
        (Duration(amount=3000.0, unit='st'), Duration(amount=10.0, unit='ep'))
        """
        if isinstance(value, Duration):
            return value
        match = _FORM.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
        if match is None:
            raise ValueError(
                f"{value!r} is no duration; write 10ep (epochs), 3000st (steps) or 25% (of the run)"
            )
        amount, unit = float(match[1]), match[2] or "ep"
        if unit == "st" and amount != int(amount):
            raise ValueError(f"{value!r} is no whole number of steps")
        if unit == "%" and amount > 100:
            raise ValueError(f"{value!r} is more than the whole run")
        return cls(amount, unit)  # type: ignore[arg-type]

    def steps(self, *, steps_per_epoch: int, total: int | None = None) -> int:
        """The number of optimiser steps, rounded to the nearest; a share needs the run's `total`.

        >>> Duration.parse("2.5ep").steps(steps_per_epoch=100)
        250
        >>> Duration.parse("25%").steps(steps_per_epoch=100, total=1000)
        250
        """
        if self.unit == "%":
            assert total is not None, "a share of the run needs the run's length"
            return round(self.amount / 100 * total)
        return round(self.amount * steps_per_epoch) if self.unit == "ep" else int(self.amount)

    def epochs(self, *, steps_per_epoch: int) -> float:
        """The length in epochs; not defined for a share of the run.

        >>> Duration.parse("250st").epochs(steps_per_epoch=100)
        2.5
        """
        assert self.unit != "%", "a share of the run is no length by itself"
        return self.amount if self.unit == "ep" else self.amount / steps_per_epoch

    def __str__(self) -> str:
        amount = int(self.amount) if self.amount == int(self.amount) else Decimal(repr(self.amount))
        return f"{amount:f}{self.unit}" if isinstance(amount, Decimal) else f"{amount}{self.unit}"
