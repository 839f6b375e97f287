"""A command in a process that outlives the server which started it, and is known again by the next one."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from fudemoji.locks import hold_shared, is_held

__all__ = ["Child"]

# the process itself writes its id down: a server that is killed right after the start leaves none without one
_WITH_ID = 'echo $$ >"$0" && exec "$@"'
_NICER = 10  # a training leaves the processor to what answers requests
_MOST_READ = 64_000  # bytes of the end of a log


class Child:
    """A process with its output in `NAME.log` and its id in `NAME.pid`.

    It leads a session of its own, so that no signal meant for the server reaches it, and writes to a file, so that
    it goes on when the server ends, however that ends. As long as it lives it holds a lock on its log: the system frees
    it with the process, which makes an id that another process has by now no danger.

    Attributes:
        name: of its files, in `folder`.
        exit_code: of a process of this server that has ended; None of one that was adopted.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.exit_code: int | None = None
        self._log = folder / f"{name}.log"
        self._pid = folder / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_at = 0.0

    @staticmethod
    def names(folder: Path) -> list[str]:
        """Those that were started in a folder and are not forgotten yet."""
        return sorted(path.stem for path in folder.glob("*.pid"))

    def start(self, command: Sequence[str]) -> None:
        """Run the command; its log begins anew.

        Raises:
            OSError: the log cannot be written, or no process be made.
        """
        with self._log.open("wb") as log, hold_shared(self._log) as held:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, its arguments apart
                ["/bin/sh", "-c", _WITH_ID, str(self._pid), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(held.fileno(),),
            )
        with contextlib.suppress(OSError):  # it may be over already
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICER)

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        if self._process is None:
            return is_held(self._log)
        self.exit_code = self._process.poll()
        return self.exit_code is None

    def end(self, *, grace_seconds: float) -> None:
        """Ask it to stop, once; kill it when it has not by `grace_seconds` after that. Returns at once."""
        if not self._asked_at:
            self._asked_at = time.monotonic()
            self._signal(signal.SIGTERM)
        elif time.monotonic() - self._asked_at > grace_seconds:
            self._signal(signal.SIGKILL)

    def forget(self) -> None:
        """Its end is written down: the next server need not look for it."""
        self._pid.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Why it ended, in a line: what the command says is wrong, its signal, a traceback's end, or the last line.

        Empty where it ended well, or where nobody knows how.
        """
        lines = [line for line in self.output().splitlines() if line.strip()]
        told = [line for line in lines if line.startswith("fudemoji: ")]
        crashes = [line for line in lines if re.match(r"\w[\w.]*(Error|Exception|Interrupt|Exit)\b", line)]
        if told:
            return told[-1].removeprefix("fudemoji: ")
        if self.exit_code is not None and self.exit_code < 0:
            hint = "; is there enough memory?" if self.exit_code == -signal.SIGKILL else ""
            return f"it was killed by {_name_of(-self.exit_code)}{hint}"
        if crashes:
            return f"it crashed: {crashes[-1]}"
        return lines[-1] if lines and self.exit_code else ""

    def output(self) -> str:
        """The end of what it has printed; empty where there is no log."""
        try:
            with self._log.open("rb") as file:
                file.seek(max(0, self._log.stat().st_size - _MOST_READ))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def _signal(self, number: signal.Signals) -> None:
        """To the process and all that it started, if it is still there."""
        with contextlib.suppress(OSError, ValueError):
            if self.is_alive:
                leader = self._process.pid if self._process else int(self._pid.read_text())
                os.killpg(leader, number)


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
