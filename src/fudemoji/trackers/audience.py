"""All trackers of a run together: none of them can stop it or hold it up."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fudemoji.events import Event, Note, RunStarted
from fudemoji.runs import Run
from fudemoji.trackers.folder import append_event
from fudemoji.trackers.named import check_tracker, lacking
from fudemoji.trackers.place import InPlaceTracker
from fudemoji.trackers.process import ProcessTracker
from fudemoji.trackers.thread import ThreadTracker
from fudemoji.trackers.tracker import Tracker

__all__ = ["DISPLAY", "Audience"]

DISPLAY = "display"  # the name of what shows a run to whoever started it
_PATIENCE = 60.0  # seconds that the trackers together may take after the end
_SILENT = 3.0  # of it, before the wait is told


class Audience:
    """Hands each event to every tracker.

    Those that say `in_place = True` are called at once; other objects in a thread, and those given by name in a
    process of their own. What they have to say goes to all others as notes, and into events.jsonl.
    """

    def __init__(
        self,
        trackers: Sequence[Tracker | str],
        *,
        display: Callable[[], Tracker],
        before: Sequence[str] = (),
        patience: float = _PATIENCE,
    ) -> None:
        """Check that every name is one, and its packages are there, before anything is trained.

        Args:
            trackers: objects, names, and `display`.
            before: names of those that the run has had so far; one whose package is gone now is left out, and told of.
            display: makes what shows the run where it was started.
            patience: seconds that the trackers may take for what is left when the run has ended.

        Raises:
            SettingsError: no such tracker, or a package is missing.
        """
        self._notes = [_left_out(name) for name in before if lacking(name)]
        asked = [one for one in trackers if isinstance(one, str) and one != DISPLAY]
        names = dict.fromkeys([*(name for name in before if not lacking(name)), *map(check_tracker, asked)])
        self._aside: list[ThreadTracker | ProcessTracker] = [ProcessTracker(name) for name in names]
        objects = [display() if one == DISPLAY else one for one in trackers if one not in asked]
        self._in_place: list[InPlaceTracker] = []
        for tracker in objects:
            assert not isinstance(tracker, str)
            if getattr(tracker, "in_place", False):
                self._in_place.append(InPlaceTracker(tracker))
            else:
                self._aside.append(ThreadTracker(tracker))
        self._patience = patience
        self._run: Run | None = None

    def __call__(self, event: Event) -> None:
        """Hand an event to all, and what they have to say to the others."""
        if isinstance(event, RunStarted):
            self._run = Run(Path(event.run))
        self._tell(event)
        self._pass_on()

    def close(self) -> None:
        """Let all finish what they have, within the patience; whatever is left then is stopped and told of."""
        start = time.monotonic()
        try:
            for tracker in self._aside:
                tracker.end()
            slow = [one.name for one in self._aside if not one.ends(by=start + min(_SILENT, self._patience))]
            self._pass_on()
            if slow and self._patience > _SILENT:
                text = f"waiting for {', '.join(slow)} to take the rest, {self._patience:g} seconds at most"
                self._show(Note(text=text))
            for tracker in self._aside:
                tracker.ends(by=start + self._patience)
        finally:
            for tracker in self._aside:
                tracker.stop()
            self._pass_on()
            for shown in self._in_place:
                shown.close()
            self._pass_on()

    def _tell(self, event: Event) -> None:
        self._show(event)
        for tracker in self._aside:
            tracker(event)

    def _show(self, event: Event) -> None:
        for tracker in self._in_place:
            tracker(event)

    def _pass_on(self) -> None:
        """Each tracker fails once at most, so this comes to an end."""
        if self._run is None:
            return
        while notes := self._collect():
            for note in notes:
                with contextlib.suppress(OSError):  # a full disk ends the run by itself
                    append_event(self._run, note)
                self._tell(note)

    def _collect(self) -> list[Note]:
        found, self._notes = self._notes, []
        return found + [note for tracker in (*self._in_place, *self._aside) for note in tracker.notes()]


def _left_out(name: str) -> Note:
    needs = " and ".join(lacking(name))
    text = f"tracker {name}, which this run has had, needs {needs}; install it with `pip install 'fudemoji[{name}]'`"
    return Note(text=f"{text}; the training goes on without it", level="warning")
