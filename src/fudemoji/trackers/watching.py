"""How a run stands that another process may be training, as far as its folder tells."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from fudemoji.errors import RunError
from fudemoji.events import Event, Note, RunStarted
from fudemoji.locks import is_held
from fudemoji.runs import Run
from fudemoji.trackers.following import Follower

__all__ = ["Standing", "Watched"]

_QUIET_SECONDS = 5.0  # without an event, before the lock is looked at


@dataclass(frozen=True)
class Standing:
    """The state of a run in a word, and in a sentence.

    `has_ended` is a run that is over; `has_stopped` one that could be resumed.
    """

    state: str
    told: str
    has_ended: bool = False
    has_stopped: bool = False


class Watched:
    """The events of a run so far, and how it stands."""

    def __init__(self, path: Path) -> None:
        self.run = Run(path)
        self.events: list[Event] = []
        self.standing = Standing("running", "")
        self._follower = Follower(self.run.events_path)
        self._file_number = 0
        self._num_told = 0
        self._last_event = -_QUIET_SECONDS

    def look(self) -> Standing:
        """Read what is new.

        Raises:
            RunError: events.jsonl or status.json is damaged, or the folder is gone.
        """
        standing = self._standing()  # before the events, so that none is missing once it has ended
        new = self._follower.new()
        if self._follower.file_number != self._file_number:
            self._file_number = self._follower.file_number
            self.events, self._num_told = [], self._resumed_at(new)
        self.events += new
        if new:
            self._last_event = time.monotonic()
        self.standing = standing
        return standing

    def fresh(self) -> list[Event]:
        """The events since the last call; of a run that was resumed only what is new."""
        found = self.events[self._num_told :]
        self._num_told = len(self.events)
        return found

    def _resumed_at(self, events: list[Event]) -> int:
        """How many events of a new file were told already: those before the start that wrote it."""
        if self._file_number <= 1:
            return 0
        starts = [i for i, event in enumerate(events) if isinstance(event, RunStarted)]
        return starts[-1] if starts else len(events)

    def _standing(self) -> Standing:
        path = self.run.path
        if not path.is_dir():
            raise RunError(f"{path} is gone")
        status = self.run.read_json("status")
        state, step = str(status.get("state")), status.get("step", 0)
        resume = f"go on with `fudemoji resume {path}`"
        if state == "finished":
            return Standing(state, f"finished; look at {self.run.report_path}", has_ended=True)
        if state == "failed":
            return Standing(state, f"failed at step {step}: {status.get('reason')}", has_ended=True)
        if state == "interrupted":
            return Standing(state, f"interrupted at step {step}; {resume}", has_stopped=True)
        is_quiet = time.monotonic() - self._last_event >= _QUIET_SECONDS
        if is_quiet and not is_held(path / ".fudemoji.lock"):
            text = f"no process on this machine is training it: it was killed, or runs on another; {resume}"
            return Standing("stopped", text, has_stopped=True)
        return Standing("running", "running")

    @property
    def warnings(self) -> list[str]:
        """The warnings so far, each once."""
        texts = [event.text for event in self.events if isinstance(event, Note) and event.level == "warning"]
        return list(dict.fromkeys(texts))
