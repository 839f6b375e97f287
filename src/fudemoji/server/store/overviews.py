"""What is told of each project beside the others: counts, a sample, what was trained last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from fudemoji.server.store import projects
from fudemoji.server.store.tables import Image, ImageTag, Iteration, Project, Tag

__all__ = ["Overview", "overviews", "sample"]


@dataclass(frozen=True)
class Overview:
    """A project beside others.

    Attributes:
        project: the project.
        num_images: that it has.
        num_tags: that it has.
        num_iterations: of any status.
        busy: the newest iteration that waits or is trained, if there is one.
        trained: the newest iteration that was completed, if there is one.
    """

    project: Project
    num_images: int
    num_tags: int
    num_iterations: int
    busy: Iteration | None
    trained: Iteration | None


def overviews(session: Session) -> list[Overview]:
    """All projects, the newest first, with a few questions for all of them together."""
    images = _counted(session, select(Image.project_id, func.count()).group_by(Image.project_id))
    living = select(Tag.project_id, func.count()).where(Tag.deleted_at.is_(None))
    tags = _counted(session, living.group_by(Tag.project_id))
    iterations = _counted(session, select(Iteration.project_id, func.count()).group_by(Iteration.project_id))
    busy = _newest(session, ("queued", "training"))
    trained = _newest(session, ("completed",))
    return [
        Overview(
            project=one,
            num_images=images.get(one.id, 0),
            num_tags=tags.get(one.id, 0),
            num_iterations=iterations.get(one.id, 0),
            busy=busy.get(one.id),
            trained=trained.get(one.id),
        )
        for one in reversed(projects.every(session))
    ]


def sample(session: Session, project: Project, *, num: int) -> list[str]:
    """The ids of some images, of as many tags as there are; where no image has one, the newest."""
    tag_ids = session.scalars(
        select(Tag.id)
        .where(Tag.project_id == project.id, Tag.deleted_at.is_(None))
        .order_by(Tag.id)
        .limit(num)
    ).all()
    found: dict[str, None] = {}
    for tag_id in tag_ids:
        some = select(ImageTag.image_id).where(ImageTag.tag_id == tag_id).limit(-(-num // len(tag_ids)))
        found.update(dict.fromkeys(session.scalars(some)))
    if not found:
        newest = select(Image.id).where(Image.project_id == project.id).order_by(Image.id.desc()).limit(num)
        return list(session.scalars(newest))
    return list(found)[:num]


def _counted(session: Session, query: Select[str, int]) -> dict[str, int]:
    return dict(session.execute(query).all())


def _newest(session: Session, statuses: Iterable[str]) -> dict[str, Iteration]:
    """The newest iteration of these statuses of each project that has one."""
    last = (
        select(func.max(Iteration.number).label("number"), Iteration.project_id)
        .where(Iteration.status.in_(list(statuses)))
        .group_by(Iteration.project_id)
        .subquery()
    )
    query = select(Iteration).join(
        last, (Iteration.project_id == last.c.project_id) & (Iteration.number == last.c.number)
    )
    return {one.project_id: one for one in session.scalars(query)}
