"""What a training left behind for people: its curves, its outcome in a few figures, its report."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fudemoji.errors import FudemojiError
from fudemoji.events import RunFinished, RunStarted
from fudemoji.report.course import Course, course_of
from fudemoji.runs import Run
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.serving.errors import ApiError

__all__ = ["Outcome", "course", "outcome", "report"]


@dataclass(frozen=True)
class Outcome:
    """What came of a training that was completed.

    Attributes:
        model: that was trained.
        num_train: images that it learned from.
        num_valid: images that were held out.
        accuracy: of these; with several tags an image the share of images with all of them right. None: none were.
        mean_average_precision: the same, with several tags an image.
    """

    model: str
    num_train: int
    num_valid: int
    accuracy: float | None
    mean_average_precision: float | None


def course(store: Store, iteration: Iteration) -> Course:
    """The curves of a training as far as it came; empty before it began.

    Raises:
        ApiError: its events are damaged.
    """
    try:
        return course_of(Run(store.runs / iteration.id).events())
    except (OSError, FudemojiError) as error:
        raise ApiError(500, "ErrorUnknown", f"what {iteration.name} has recorded is damaged") from error


def outcome(store: Store, iteration: Iteration) -> Outcome | None:
    """What came of a completed training; None where its files are gone."""
    return _outcome(store.runs / iteration.id) if iteration.status == "completed" else None


def report(store: Store, project: Project, iteration: Iteration) -> str:
    """The page that a training wrote about itself, at its end or when it was broken off.

    It calls the training as the project does, and names no folder of this machine.

    Raises:
        ApiError: there is none.
    """
    try:
        page = Run(store.runs / iteration.id).report_path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise ApiError(404, "NotFound", f"{iteration.name} has no report") from None
    for place in {store.folder, store.folder.absolute(), store.folder.resolve()}:
        page = page.replace(html.escape(f"{place}/"), "")
    name = html.escape(f"{project.name}, {iteration.name}")
    page = page.replace(f"<h1>{iteration.id} ", f"<h1>{name} ", 1)
    return re.sub("<title>.*?</title>", lambda _: f"<title>{name}</title>", page, count=1, flags=re.DOTALL)


@lru_cache(maxsize=1024)
def _outcome(path: Path) -> Outcome | None:
    try:
        events = Run(path).events()
    except (OSError, FudemojiError):
        return None
    started = [event for event in events if isinstance(event, RunStarted)]
    finished = [event for event in events if isinstance(event, RunFinished)]
    if not started or not finished:
        return None
    return Outcome(
        model=finished[-1].model,
        num_train=started[-1].num_train,
        num_valid=started[-1].num_valid,
        accuracy=finished[-1].valid_accuracy,
        mean_average_precision=finished[-1].valid_mean_average_precision,
    )
