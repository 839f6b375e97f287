"""The process in which a named tracker lives: `python -m fudemoji.trackers.worker NAME RUN`.

It follows events.jsonl until its stdin ends, which happens when the training closes it and when the training dies,
however it dies. What it has to say goes to stdout as lines of JSON; whatever else prints goes to stderr.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TextIO

from fudemoji.errors import RunError
from fudemoji.events import Note, to_json
from fudemoji.locks import folder_lock
from fudemoji.runs import Run
from fudemoji.trackers.following import Follower
from fudemoji.trackers.memory import folder_of
from fudemoji.trackers.named import NamedTracker, open_tracker

__all__ = ["main"]

_INTERVAL = 1.0  # seconds between two looks at events.jsonl
_LOCK_SECONDS = 60.0  # for the tracker of an attempt that was killed a moment ago
_NICER = 10


def main(name: str, path: str) -> int:
    """Hand a run's events to a tracker until stdin ends; returns the exit code."""
    out = _own_stdout()
    run = Run(Path(path))
    folder = folder_of(run, name)
    ended = threading.Event()
    threading.Thread(target=_until_stdin_ends, args=(ended,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICER)  # the training goes first
    try:
        refusal = RunError("an earlier one for the same run still goes on")
        with folder_lock(folder, refusal=refusal, wait=_LOCK_SECONDS):
            tracker = open_tracker(name, run)
            _say(out, Note(text=tracker.told))
            _follow(run, tracker, ended)
    except BaseException as error:  # a package may even exit
        text = " ".join(f"{type(error).__name__}: {error}".split())
        text = text if len(text) <= 300 else f"{text[:299]}…"
        told = f"tracker {name} failed and was switched off ({text}); its log is {folder / 'log.txt'}"
        _say(out, Note(text=told, level="warning"))
        sys.excepthook(type(error), error, error.__traceback__)
        sys.stderr.flush()
        os._exit(1)  # not what the package wants to do at exit
    return 0


def _follow(run: Run, tracker: NamedTracker, ended: threading.Event) -> None:
    follower, is_last = Follower(run.events_path), False
    while not is_last:
        is_last = ended.wait(_INTERVAL)
        for event in follower.new():
            tracker(event)
        if follower.file_number > 1:
            raise RunError("the run was resumed by another process")
        tracker.flush()
    tracker.close()


def _own_stdout() -> TextIO:
    """What was stdout; in its place is stderr, for whatever prints."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _until_stdin_ends(ended: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    ended.set()


def _say(out: TextIO, note: Note) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        out.write(f"{to_json(note)}\n")
        out.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
