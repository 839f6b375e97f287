"""The one thing a tracker must be."""

from __future__ import annotations

from typing import Protocol

from fudemoji.events import Event

__all__ = ["Tracker"]


class Tracker(Protocol):
    """Takes every event of a run, in order."""

    def __call__(self, event: Event) -> None:
        """Take note of `event`."""

    def close(self) -> None:
        """The run has ended, one way or another."""
