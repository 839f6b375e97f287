"""A progress bar for what is fetched, on stderr, and only on a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

__all__ = ["fetching"]

Progress = Callable[[int, int | None], None]
Say = Callable[[str], None]


@contextlib.contextmanager
def fetching(name: str, *, total: int | None) -> Iterator[tuple[Progress, Say]]:
    """What to call with the bytes so far and all of them, and with each line worth telling."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
    bar = Progress(BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(), console=console,
                   disable=not console.is_terminal, transient=True)  # fmt: skip
    with bar:
        task = bar.add_task(name, total=total)

        def progress(done: int, of_all: int | None) -> None:
            bar.update(task, completed=done, total=of_all)

        yield progress, lambda text: console.print(text, markup=False)
