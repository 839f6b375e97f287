"""How far a pass over many files is: a bar on a terminal, plain lines where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from fudemoji.trackers.console import console_on

__all__ = ["QUIET_SECONDS", "DecodingBar", "decoding_bar"]

QUIET_SECONDS = 15.0  # without a bar, what takes long gives a line this often


class DecodingBar:
    """Called with the files done so far and all there are; nothing is shown before the first call."""

    def __init__(self, stream: TextIO | None = None, *, word: str = "decoding") -> None:
        self._word = word
        self._console = console_on(stream)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._last_line = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        """Show how far it is."""
        if self._console.is_terminal and not self._console.is_jupyter:
            self._move(done, total)
        elif time.monotonic() - self._last_line > QUIET_SECONDS:
            self._last_line = time.monotonic()
            self._console.print(
                f"{self._word}: {done:,} of {total:,} files" if total else f"{self._word}: {done:,} files"
            )

    def _move(self, done: int, total: int | None) -> None:
        if self._progress is None or self._task is None:
            self._progress = Progress(
                TextColumn(self._word), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                console=self._console, transient=True,
            )  # fmt: skip
            self._progress.start()
            self._task = self._progress.add_task("", total=total)
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Take the bar away; a further call brings a new one."""
        if self._progress:
            self._progress.stop()
            self._progress = None


@contextmanager
def decoding_bar(*, word: str = "decoding") -> Iterator[DecodingBar]:
    """A bar on stderr that is gone after the block; `word` says what is done to the files."""
    bar = DecodingBar(word=word)
    try:
        yield bar
    finally:
        bar.close()
