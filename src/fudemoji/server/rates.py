"""How many requests somebody may make: a bucket that fills again as time goes by."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["Buckets"]

_MOST = 10_000  # buckets that are remembered; a forgotten one is full again


class Buckets:
    """A bucket of tokens for each name; a request takes one, and is refused where there is none.

    Args:
        per_second: tokens that come back in a second; 0: nobody is refused.
        at_once: tokens of a full bucket.
        clock: seconds, rising.
    """

    def __init__(
        self, per_second: float, *, at_once: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._at_once, self._clock = per_second, max(1.0, at_once), clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when that was

    def take(self, name: str) -> float:
        """Take a token.

        Returns:
            0 where there was one, else the seconds until there will be.
        """
        if not self._per_second:
            return 0.0
        now = self._clock()
        level = self._level(name, now)
        has_one = level >= 1.0
        self._levels[name] = (level - has_one, now)
        self._levels.move_to_end(name)
        if len(self._levels) > _MOST:
            self._levels.popitem(last=False)
        return 0.0 if has_one else (1.0 - level) / self._per_second

    def _level(self, name: str, now: float) -> float:
        level, then = self._levels.get(name, (self._at_once, now))
        return min(self._at_once, level + (now - then) * self._per_second)
