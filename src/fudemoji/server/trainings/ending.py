"""What became of a training, read from its run folder and from the last words of its process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fudemoji.errors import RunError
from fudemoji.events import RunFinished
from fudemoji.runs import Run
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Iteration, IterationStatus
from fudemoji.server.trainings.child import Child

__all__ = ["CUT_OFF", "Ending", "ending_of", "log_of", "without_places"]

CUT_OFF = "the server stopped during this training; train again, or resume it"


@dataclass(frozen=True)
class Ending:
    """What an iteration becomes.

    Attributes:
        status: completed or failed.
        note: why it failed, in a line.
        tag_ids: in the order of the model's classes.
        seconds: of training.
    """

    status: IterationStatus
    note: str = ""
    tag_ids: tuple[str, ...] = ()
    seconds: float = 0.0


def ending_of(path: Path, child: Child, *, folder: Path) -> Ending:
    """How a training ended.

    Args:
        path: of its run, which may not be there.
        child: its process, which is over.
        folder: of the store, which no message names.
    """
    run = Run(path)
    try:
        status = run.read_json("status") if path.is_dir() else {}
        if status.get("state") == "finished":
            return _completed(run)
        if status.get("state") == "failed":
            return Ending("failed", _line(str(status.get("reason")), folder))
    except (OSError, RunError) as error:
        return Ending("failed", _line(str(error), folder))
    if status.get("state") == "interrupted":
        return Ending("failed", f"interrupted after step {status.get('step', 0)}; train again, or resume it")
    return Ending("failed", _line(child.last_words(), folder) or CUT_OFF)


def log_of(store: Store, iteration: Iteration) -> str:
    """The end of what a training's process has printed, without the folders of this machine; empty before it began."""
    return without_places(Child(store.runs, iteration.id).output(), folder=store.folder)


def without_places(text: str, *, folder: Path) -> str:
    """The text without the folders of this machine.

    >>> without_places("no file /srv/store/images/ab/cd (see /etc/x.conf)", folder=Path("/srv/store"))
    'no file images/ab/cd (see x.conf)'
    """
    for place in {str(folder), str(folder.absolute()), str(folder.resolve())}:
        text = text.replace(f"{place}/", "")
    return re.sub(r"(?<![\w.:/])/(?:[^\s/:,;'\"`()]+/)+", "", text)


def _line(text: str, folder: Path) -> str:
    return " ".join(without_places(text, folder=folder).split())


def _completed(run: Run) -> Ending:
    finished = [event for event in run.events() if isinstance(event, RunFinished)]
    classes = run.sheet()["classes"]
    return Ending(
        "completed",
        tag_ids=tuple(str(known["id"]) for known in classes),
        seconds=finished[-1].train_seconds if finished else 0.0,
    )
