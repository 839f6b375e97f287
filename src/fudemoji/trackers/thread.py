"""A tracker object in a thread of its own: it may raise, and it may take its time."""

from __future__ import annotations

import threading
import time
from collections import deque

from fudemoji.events import Event, Note, StepsDone
from fudemoji.trackers.tracker import Tracker

__all__ = ["ThreadTracker", "failure"]

_MOST_WAITING = 1000  # events, some three minutes of a training


class ThreadTracker:
    """Hands events over through a queue; while that is full, steps are left out."""

    def __init__(self, tracker: Tracker, *, most_waiting: int = _MOST_WAITING) -> None:
        self.name = type(tracker).__name__
        self._tracker, self._most_waiting = tracker, most_waiting
        self._waiting: deque[Event | None] = deque()
        self._arrived = threading.Semaphore(0)
        self._heard: deque[Note] = deque()
        self._num_left_out = 0
        self._is_off = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        """Put the event into the queue, and do not wait."""
        if self._is_off:
            return
        if isinstance(event, StepsDone) and len(self._waiting) >= self._most_waiting:
            if not self._num_left_out:
                text = f"tracker {self.name} is slower than the training: steps are left out for it"
                self._heard.append(Note(text=text, level="warning"))
            self._num_left_out += 1
            return
        self._put(event)

    def notes(self) -> list[Note]:
        """What there is to say since the last call."""
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def end(self) -> None:
        """Close it after the events that still wait."""
        self._put(None)

    def ends(self, *, by: float) -> bool:
        """Whether it ends by a time of the monotonic clock; waits until then at most."""
        self._thread.join(max(0.0, by - time.monotonic()))
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Leave it behind as it stands: a thread cannot be ended."""
        if self._thread.is_alive():
            self._is_off = True
            short = f"{len(self._waiting) - 1} events short"
            text = f"tracker {self.name} did not end in time and was left behind, {short}"
            self._heard.append(Note(text=text, level="warning"))

    def _put(self, event: Event | None) -> None:
        self._waiting.append(event)
        self._arrived.release()

    def _work(self) -> None:
        while self._arrived.acquire() and (event := self._waiting.popleft()) is not None:
            try:
                if not self._is_off:
                    self._tracker(event)
            except BaseException as error:  # an exit is a failure too
                self._is_off = True
                self._heard.append(failure(self.name, error))
        try:
            self._tracker.close()
        except BaseException as error:
            if not self._is_off:
                self._heard.append(failure(self.name, error))


def failure(name: str, error: BaseException) -> Note:
    """A warning that a tracker is switched off, and why."""
    why = " ".join(f"{type(error).__name__}: {error}".split())
    why = why if len(why) <= 300 else f"{why[:299]}…"
    return Note(text=f"tracker {name} failed and was switched off ({why})", level="warning")
