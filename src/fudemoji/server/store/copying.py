"""A project becomes two."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store import leftovers, projects, tags
from fudemoji.server.store.ids import new_id
from fudemoji.server.store.tables import Image, ImageTag, Project

__all__ = ["copy"]


def copy(session: Session, project: Project, *, name: str | None = None) -> Project:
    """A new project with the settings, tags and images of another; its iterations stay where they are.

    The files of the images are shared, not copied.

    Args:
        session: the transaction.
        project: the one that is copied.
        name: of the new one; None: the old one's name with a number.

    Raises:
        ApiError: the name is taken, blank or too long.
    """
    leftovers.hold_blobs(session)
    projects.lock(session, project)
    made = projects.create(
        session,
        name=_free_name(session, project) if name is None else name,
        description=project.description,
        kind=project.kind,
        domain_id=project.domain_id,
        export_platforms=project.export_platforms,
    )
    new_tags = {
        one.id: tags.create(session, made, name=one.name, description=one.description, kind=one.kind).id
        for one in tags.every(session, project)
    }
    new_images = {}
    for one in session.scalars(select(Image).where(Image.project_id == project.id).order_by(Image.id)):
        new_images[one.id] = new_id()
        session.add(
            Image(
                id=new_images[one.id],
                project_id=made.id,
                sha256=one.sha256,
                name=one.name,
                format=one.format,
                width=one.width,
                height=one.height,
                about=one.about,
            )
        )
    session.flush()
    pairs = select(ImageTag).join(Image).where(Image.project_id == project.id)
    session.add_all(
        ImageTag(image_id=new_images[one.image_id], tag_id=new_tags[one.tag_id], created=one.created)
        for one in session.scalars(pairs)
    )
    session.flush()
    return made


def _free_name(session: Session, project: Project) -> str:
    """`Leaves (2)`, or the next number that is free."""
    taken = set(session.scalars(select(Project.name)))
    number = 2
    while f"{project.name[:240]} ({number})" in taken:
        number += 1
    return f"{project.name[:240]} ({number})"
