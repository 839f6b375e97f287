"""How far the filling of a project is; a file keeps it over the server's restarts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from fudemoji.runs import write_beside
from fudemoji.server.filling.sources import Source
from fudemoji.server.store.tables import now

__all__ = ["MOST_PROBLEMS", "Filling", "FillingStatus", "Problem", "read_filling", "write_filling"]

FillingStatus = Literal["queued", "filling", "done", "failed", "cancelled"]
MOST_PROBLEMS = 200
_FILE = "filling.json"


@dataclass(frozen=True)
class Problem:
    """A file that did not become an image of the project, and why."""

    name: str
    message: str


@dataclass(frozen=True)
class Filling:
    """A job that fills a project from a source.

    Attributes:
        num_images: that lie in the source; None before it was looked into.
        num_done: that were dealt with: added, there already, or refused.
        num_new: that became images of the project.
        num_known: that it had already.
        num_refused: that could not be taken, and files that were passed over.
        problems: the first of those.
        note: why it failed.
        can_go_on: whether it failed over something that may pass, and can be taken up again.
        ended: when; None while it goes on.
    """

    id: str
    project_id: str
    source: Source
    status: FillingStatus = "queued"
    num_images: int | None = None
    num_done: int = 0
    num_new: int = 0
    num_known: int = 0
    num_refused: int = 0
    problems: tuple[Problem, ...] = ()
    note: str = ""
    can_go_on: bool = False
    created: datetime = field(default_factory=now)
    ended: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.status not in ("queued", "filling")

    def begun(self, num_images: int, problems: Iterable[Problem]) -> Filling:
        """The same when its source was looked into; one that was cut off before goes on where it was."""
        if self.num_images == num_images and self.num_done:
            return replace(self, status="filling")
        fresh = Filling(self.id, self.project_id, self.source, created=self.created)
        return replace(fresh, status="filling", num_images=num_images).without(problems)

    def without(self, problems: Iterable[Problem]) -> Filling:
        """The same with files that were refused."""
        more = list(problems)
        kept = (*self.problems, *more)[:MOST_PROBLEMS]
        return replace(self, num_refused=self.num_refused + len(more), problems=kept)

    def failed(self, note: str, *, may_pass: bool) -> Filling:
        """The same when it has failed; an archive that is itself at fault will not be better another time."""
        can_go_on = may_pass or self.source.kind != "archive"
        return replace(self.over("failed", note), can_go_on=can_go_on)

    def again(self) -> Filling:
        """The same when it waits to go on where it failed."""
        return replace(self, status="queued", note="", can_go_on=False, ended=None)

    def over(self, status: FillingStatus, note: str = "") -> Filling:
        """The same when it has ended."""
        return replace(self, status=status, note=note, ended=now())


def write_filling(folder: Path, filling: Filling) -> None:
    """Keep it in its folder."""
    told = asdict(filling)
    for name in ("created", "ended"):
        told[name] = told[name] and told[name].isoformat()
    with write_beside(folder / _FILE) as file:
        file.write(json.dumps(told).encode())


def read_filling(folder: Path) -> Filling | None:
    """The one that is kept in a folder; None where there is none that can be read."""
    try:
        told = json.loads((folder / _FILE).read_bytes())
        told["source"] = Source(**told["source"])
        told["problems"] = tuple(Problem(**one) for one in told["problems"])
        for name in ("created", "ended"):
            told[name] = told[name] and datetime.fromisoformat(told[name]).astimezone(UTC)
        return Filling(**told)
    except (OSError, ValueError, TypeError, KeyError):
        return None
