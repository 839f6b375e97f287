"""Images are deleted, and what clients remember of them changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store import leftovers, projects
from fudemoji.server.store.images.finding import find_all
from fudemoji.server.store.images.intake import check_about
from fudemoji.server.store.tables import Image, Project

__all__ = ["delete", "delete_all", "update"]


def delete(session: Session, project: Project, image_ids: Iterable[str]) -> None:
    """Delete images; their files go after the commit, if nobody else needs them.

    Raises:
        ApiError: the project has no such image.
    """
    projects.lock(session, project)
    images = find_all(session, project, set(image_ids))
    leftovers.leave_blobs(session, [one.sha256 for one in images])
    session.execute(delete_rows(Image).where(Image.id.in_([one.id for one in images])))


def delete_all(session: Session, project: Project) -> int:
    """Delete all images of the project.

    Returns:
        Their number.
    """
    projects.lock(session, project)
    sha256s = session.scalars(select(Image.sha256).where(Image.project_id == project.id)).all()
    leftovers.leave_blobs(session, sha256s)
    session.execute(delete_rows(Image).where(Image.project_id == project.id))
    return len(sha256s)


def update(session: Session, image: Image, *, about: Mapping[str, str]) -> Image:
    """Remember these facts of the image too; those of the same key are replaced.

    Raises:
        ApiError: a key or a value is too long, or there are more than ten facts then.
    """
    assert image in session
    together = {**image.about, **about}
    check_about(together)
    image.about = together
    session.flush()
    return image
