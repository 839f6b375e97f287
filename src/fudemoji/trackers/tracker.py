"""The one thing a tracker must be."""

from __future__ import annotations

from typing import Protocol

from fudemoji.events import Event

__all__ = ["Tracker"]


class Tracker(Protocol):
    """Takes every event of a run, in order.

    It is called in a thread of its own, so that it cannot hold up the training, unless it has an attribute `in_place`
    that is true. One that raises an error is told of and called no more.
    """

    def __call__(self, event: Event) -> None:
        """Take note of `event`."""

    def close(self) -> None:
        """The run has ended, one way or another."""
