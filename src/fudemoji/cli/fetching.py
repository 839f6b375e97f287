"""What the verbs that fetch share: options, a progress bar on stderr (on a terminal only), and words for the end."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fudemoji.data import Fetched

__all__ = ["DataDir", "Mirror", "Timeout", "fetching", "state_of"]

DataDir = Annotated[
    Path | None, typer.Option(help="folder of the named sets; else $FUDEMOJI_DATA or the user's cache")
]
Mirror = Annotated[
    list[str] | None, typer.Option(help="address or folder with copies of the files, tried first")
]
Timeout = Annotated[float, typer.Option(min=0.1, help="seconds without an answer before the next try")]

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


def state_of(file: Fetched) -> str:
    """Whether a file is the published one, and whether it had to be fetched."""
    state = "verified" if file.verified else f"unverified, SHA-256 {file.sha256}"
    return state if file.fetched else f"{state}, was there"
