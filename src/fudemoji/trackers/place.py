"""A tracker that is called where the training runs, because it shows something there."""

from __future__ import annotations

from collections import deque

from fudemoji.events import Event, Note
from fudemoji.trackers.thread import failure
from fudemoji.trackers.tracker import Tracker

__all__ = ["InPlaceTracker"]


class InPlaceTracker:
    """Calls the tracker at once; once it has raised an error it is called no more."""

    def __init__(self, tracker: Tracker) -> None:
        self.name = type(tracker).__name__
        self._tracker = tracker
        self._heard: deque[Note] = deque()
        self._is_off = False

    def __call__(self, event: Event) -> None:
        """Hand the event on."""
        if not self._is_off:
            try:
                self._tracker(event)
            except Exception as error:
                self._is_off = True
                self._heard.append(failure(self.name, error))

    def notes(self) -> list[Note]:
        """What there is to say since the last call."""
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def close(self) -> None:
        """Close the tracker, and call it no more."""
        try:
            self._tracker.close()
        except Exception as error:
            if not self._is_off:
                self._heard.append(failure(self.name, error))
        self._is_off = True
