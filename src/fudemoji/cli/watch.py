"""`fudemoji watch`: the curves of a run in the terminal, from its folder alone, while it runs and afterwards."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fudemoji.trackers.watching import Watched

__all__ = ["watch"]

_INTERVAL = 0.5  # seconds between two looks


def watch(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")],
    *,
    once: Annotated[bool, typer.Option("--once", help="show how it stands and leave")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="wait for a run folder that is not there yet")] = False,
) -> None:
    """Show the curves of a run while it goes on; it may run anywhere that writes to the same folder."""
    from rich.console import Console

    from fudemoji.cli.picture import Picture
    from fudemoji.trackers.watching import Watched

    console = Console()
    try:
        watched = Watched(_opened(run, wait=wait and not once))
        if once:
            watched.look()
            console.print(Picture(watched))
        elif console.is_terminal:
            _live(watched, console)
        else:
            _lines(watched)
    except KeyboardInterrupt:
        pass  # whoever has seen enough leaves; the training goes on


def _opened(path: Path, *, wait: bool) -> Path:
    from fudemoji.runs import open_run

    while wait and not (path / "config.json").is_file():
        time.sleep(_INTERVAL)
    return open_run(path).path


def _live(watched: Watched, console: Console) -> None:
    """Drawn anew at each look, to the size that the terminal has then, until the run has ended."""
    from rich.live import Live

    from fudemoji.cli.picture import Picture

    with Live(Picture(watched), console=console, auto_refresh=False, vertical_overflow="crop") as live:
        while not watched.look().has_ended:
            live.update(Picture(watched), refresh=True)
            time.sleep(_INTERVAL)
        live.update(Picture(watched), refresh=True)


def _lines(watched: Watched) -> None:
    """What a run that is piped prints, a line an epoch, until the run has ended or stands still."""
    from fudemoji.trackers import TerminalTracker

    tracker = TerminalTracker(sys.stdout)
    while True:
        stands = watched.look()
        for event in watched.fresh():
            tracker(event)
        if stands.has_ended or stands.has_stopped:
            break
        time.sleep(_INTERVAL)
    tracker.close()
    print(stands.told, flush=True)
