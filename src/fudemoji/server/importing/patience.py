"""Trying again where that may help: a service that is busy, a network that is away for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

__all__ = ["PassingError", "Patience", "is_passing", "seconds_of"]

T = TypeVar("T")

_LONGEST_SECONDS = 60.0


class PassingError(Exception):
    """What another try may mend.

    Attributes:
        after: seconds that the other side asks to be left alone for.
    """

    def __init__(self, message: str, *, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True)
class Patience:
    """How often, and how long apart, something is tried again.

    Attributes:
        waits: seconds before the second try, the third, and so on.
        stopped: ends every wait at once.
    """

    waits: Sequence[float] = (1.0, 2.0, 4.0, 8.0, 16.0)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def num_tries(self) -> int:
        """Tries in all."""
        return len(self.waits) + 1

    def __call__(self, call: Callable[[], T]) -> T:
        """What `call` returns in the first of its tries that ends well.

        Raises:
            PassingError: of the last try.
        """
        for wait in self.waits:
            try:
                return call()
            except PassingError as error:
                if self.stopped.wait(min(max(wait, error.after), _LONGEST_SECONDS)):
                    raise
        return call()


def is_passing(status: int) -> bool:
    """Whether an HTTP status may be another one in a while.

    >>> [is_passing(status) for status in (401, 429, 501, 503)]
    [False, True, False, True]
    """
    return status in (408, 425, 429) or (status >= 500 and status not in (501, 505))


def seconds_of(header: str | None) -> float:
    """The seconds that a Retry-After header names; 0 where it names none (a date is not worth the trouble).

    >>> seconds_of("7"), seconds_of(None), seconds_of("soon")
    (7.0, 0.0, 0.0)
    """
    return float(header) if header and header.isascii() and header.isdigit() and len(header) < 6 else 0.0
