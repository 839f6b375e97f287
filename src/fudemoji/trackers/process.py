"""A named tracker as the training sees it: a process beside it that reads events.jsonl, and cannot hold it up."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from fudemoji.errors import RunError
from fudemoji.events import Event, Note, RunStarted, from_json
from fudemoji.runs import Run
from fudemoji.trackers.memory import folder_of

__all__ = ["ProcessTracker"]


class ProcessTracker:
    """Starts the process when the run folder is known; whatever becomes of it, the training goes on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._heard: deque[Note] = deque()
        self._has_failed = False
        self._log = Path()

    def __call__(self, event: Event) -> None:
        """Start with the run; the events are read from its folder."""
        if isinstance(event, RunStarted) and self._process is None:
            self._start(Run(Path(event.run)))

    def notes(self) -> list[Note]:
        """What it has had to say since the last call, and that it has died if it has."""
        code = self._process.poll() if self._process else None
        if code is not None and self._listener:
            self._listener.join()  # its last words
        found = [self._heard.popleft() for _ in range(len(self._heard))]
        if code and not self._has_failed and not any(note.level == "warning" for note in found):
            text = f"tracker {self.name} died (exit code {code}) and was switched off; its log is {self._log}"
            found.append(Note(text=text, level="warning"))
        self._has_failed = self._has_failed or any(note.level == "warning" for note in found)
        return found

    def end(self) -> None:
        """Say that no event comes any more."""
        if self._process and self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def ends(self, *, by: float) -> bool:
        """Whether it ends by a time of the monotonic clock; waits until then at most."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._process:
                self._process.wait(max(0.0, by - time.monotonic()))
            return True
        return False

    def stop(self) -> None:
        """End it as it stands, and what it has started."""
        if self._process and self._process.poll() is None:
            text = f"tracker {self.name} did not end in time and was stopped; its log is {self._log}"
            self._heard.append(Note(text=text, level="warning"))
            if hasattr(os, "killpg"):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)  # it leads a group of its own
            self._process.kill()
            self._process.wait()

    def _start(self, run: Run) -> None:
        folder = folder_of(run, self.name)
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "log.txt"
        package = str(Path(__file__).parents[2])
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")]),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "fudemoji.trackers.worker", self.name, str(run.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the training, which then tells the tracker
            )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                with contextlib.suppress(RunError):
                    if isinstance(note := from_json(line.decode(errors="replace")), Note):
                        self._heard.append(note)
