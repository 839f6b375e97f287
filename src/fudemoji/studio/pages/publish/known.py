"""What the page Publish shows, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fudemoji.server.store import Store, exports, iterations, keys, publications
from fudemoji.server.store.tables import ExportStatus, Iteration, Project, ProjectKind
from fudemoji.server.trainings.headline import headline

__all__ = ["Answering", "Exported", "Key", "Known", "Past", "Quality", "read"]


@dataclass(frozen=True)
class Quality:
    """How good an iteration is on the images that were held out; None where none were."""

    kind: ProjectKind
    value: float | None


@dataclass(frozen=True)
class Answering:
    """An iteration that answers under a name; `before` is what a roll back leads to, or empty."""

    name: str
    iteration_id: str
    iteration: str
    quality: Quality
    since: datetime
    before: str


@dataclass(frozen=True)
class Past:
    """That an iteration answered, or answers, under a name."""

    name: str
    iteration: str
    quality: Quality
    since: datetime
    until: datetime | None
    is_roll_back: bool


@dataclass(frozen=True)
class Key:
    """A key that lets programs ask."""

    id: str
    name: str
    hint: str
    created: datetime
    is_of_all: bool


@dataclass(frozen=True)
class Exported:
    """A model as a file, or on its way to be one."""

    id: str
    platform: str
    flavor: str
    status: ExportStatus
    note: str


@dataclass(frozen=True)
class Known:
    """All that the page shows.

    Attributes:
        iterations: ids and names of those that are trained, the newest first.
        answering: what answers, the oldest first.
        past: what answers and answered, the newest first.
        keys: with which programs may ask, the oldest first.
        needs_key: whether programs need one.
        exports: by the id of the iteration.
    """

    iterations: tuple[tuple[str, str], ...]
    answering: tuple[Answering, ...]
    past: tuple[Past, ...]
    keys: tuple[Key, ...]
    needs_key: bool
    exports: dict[str, tuple[Exported, ...]]

    @property
    def names(self) -> dict[str, str]:
        """The names of the trained iterations by their ids."""
        return dict(self.iterations)


def read(session: Session, store: Store, project: Project, *, is_local: bool) -> Known:
    """All that the page shows of a project, as it is now."""
    trained = {
        one.id: one for one in reversed(iterations.every(session, project)) if one.status == "completed"
    }

    def before(name: str) -> str:
        found = publications.before(session, project, name=name)
        return trained[found.iteration_id].name if found else ""

    def told(iteration_id: str) -> tuple[str, Quality]:
        iteration = trained[iteration_id]
        return iteration.name, _quality(store, iteration)

    there = sorted(publications.every(session, project).values(), key=lambda one: one.id)
    opening = [
        one
        for one in keys.every(session)
        if one.kind == "prediction" and one.revoked_at is None and one.project_id in (None, project.id)
    ]
    return Known(
        iterations=tuple((one.id, one.name) for one in trained.values()),
        answering=tuple(
            Answering(one.name, one.iteration_id, *told(one.iteration_id), one.published_at, before(one.name))
            for one in there
        ),
        past=tuple(
            Past(one.name, *told(one.iteration_id), one.published_at, one.withdrawn_at, one.is_roll_back)
            for one in publications.history(session, project)
        ),
        keys=tuple(Key(one.id, one.name, one.hint, one.created, one.project_id is None) for one in opening),
        needs_key=not is_local or keys.exist(session),
        exports={
            one.id: tuple(
                Exported(file.id, file.platform, file.flavor, file.status, file.note)
                for file in exports.every(session, one)
            )
            for one in trained.values()
        },
    )


def _quality(store: Store, iteration: Iteration) -> Quality:
    return Quality(iteration.kind, headline(store, iteration))
