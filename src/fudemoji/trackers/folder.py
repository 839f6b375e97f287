"""events.jsonl in the run folder: one line an event, on the disk before the next one happens."""

from __future__ import annotations

from typing import IO

from fudemoji.events import Evaluated, Event, FilesDecoded, Note, RunFinished, RunStarted, to_json
from fudemoji.runs import Run, write_beside

__all__ = ["FolderTracker", "append_event"]


class FolderTracker:
    """Appends to events.jsonl; a run that goes on from a checkpoint first forgets what happened after it."""

    def __init__(self, run: Run, *, from_step: int) -> None:
        kept = [event for event in run.events() if _stays(event, from_step)] if from_step else []
        with write_beside(run.events_path) as file:
            file.write("".join(f"{to_json(event)}\n" for event in kept).encode())
        self._file: IO[str] = run.events_path.open("a", encoding="utf-8")

    def __call__(self, event: Event) -> None:
        """Append one line."""
        self._file.write(f"{to_json(event)}\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def append_event(run: Run, event: Event) -> None:
    """One line more in events.jsonl, from whoever drives the training and has something to say between two events."""
    with run.events_path.open("a", encoding="utf-8") as file:
        file.write(f"{to_json(event)}\n")


def _stays(event: Event, from_step: int) -> bool:
    """Whether an event lies before a checkpoint; the end of a run comes after all of them, and comes again."""
    if isinstance(event, Note | RunStarted | FilesDecoded):
        return True
    is_end = isinstance(event, RunFinished) or (isinstance(event, Evaluated) and event.split == "test")
    return not is_end and event.step <= from_step
