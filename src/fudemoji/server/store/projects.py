"""Projects: made, found, changed and deleted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exc, func, select
from sqlalchemy.orm import Session

from fudemoji.server.store import keys, leftovers
from fudemoji.server.store.checking import check_name, check_text
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import (
    Image,
    ImageTag,
    Iteration,
    Prediction,
    Project,
    ProjectKind,
    Publication,
)
from fudemoji.serving.errors import ApiError

__all__ = ["create", "delete", "every", "find", "lock", "lock_by_id", "update"]


def create(
    session: Session,
    *,
    name: str,
    domain_id: str,
    description: str = "",
    kind: ProjectKind = "multiclass",
    export_platforms: Sequence[str] = (),
) -> Project:
    """A new project.

    Raises:
        ApiError: the name is taken, blank or too long, or the description is too long.
    """
    project = Project(
        name=_checked_name(name),
        description=_checked_description(description),
        kind=kind,
        domain_id=domain_id,
        export_platforms=list(export_platforms),
    )
    session.add(project)
    _flush(session, name)
    return project


def find(session: Session, project_id: str) -> Project:
    """The project of an id.

    Raises:
        ApiError: there is none.
    """
    wanted = canonical(project_id)
    project = session.get(Project, wanted) if wanted else None
    if project is None:
        raise ApiError(404, "NotFoundProject", "there is no such project")
    return project


def every(session: Session, *, only: str | None = None) -> list[Project]:
    """All projects, the oldest first.

    Args:
        session: the transaction.
        only: the id of the one that the caller may see; None: all.
    """
    query = select(Project).order_by(Project.id)
    return list(session.scalars(query if only is None else query.where(Project.id == only)))


def update(
    session: Session,
    project: Project,
    *,
    name: str | None = None,
    description: str | None = None,
    kind: ProjectKind | None = None,
    domain_id: str | None = None,
    export_platforms: Sequence[str] | None = None,
) -> Project:
    """Change what is given.

    Raises:
        ApiError: the name is taken, blank or too long, the description is too long, or the project is to have one
            tag an image and has images with several.
    """
    assert project in session
    lock(session, project)
    if kind is not None:
        if kind == "multiclass" and project.kind == "multilabel":
            _check_single_tags(session, project)
        project.kind = kind
    if name is not None:
        project.name = _checked_name(name)
    if description is not None:
        project.description = _checked_description(description)
    if domain_id is not None:
        project.domain_id = domain_id
    if export_platforms is not None:
        project.export_platforms = list(export_platforms)
    _flush(session, project.name)
    return project


def delete(session: Session, project: Project) -> None:
    """Delete a project with all that it owns: images, tags, iterations, predictions, and their files; revoke its keys.

    Raises:
        ApiError: one of its iterations is published, or is being trained.
    """
    lock(session, project)
    published = select(Publication.name).where(
        Publication.project_id == project.id, Publication.withdrawn_at.is_(None)
    )
    if name := session.scalars(published.limit(1)).first():
        raise ApiError(
            400,
            "BadRequestIterationIsPublished",
            f"an iteration of the project is published as {name}; unpublish it first",
        )
    busy = select(Iteration.name).where(
        Iteration.project_id == project.id, Iteration.status.in_(["queued", "training"])
    )
    if name := session.scalars(busy.limit(1)).first():
        raise ApiError(409, "Conflict", f"{name} of the project is being trained; cancel it first")
    for table in (Image, Prediction):
        leftovers.leave_blobs(
            session, session.scalars(select(table.sha256).where(table.project_id == project.id))
        )
    leftovers.leave_iterations(
        session, session.scalars(select(Iteration.id).where(Iteration.project_id == project.id))
    )
    leftovers.leave_jobs(session, project.id)
    keys.revoke_of(session, project)
    session.delete(project)
    session.flush()


def lock(session: Session, project: Project) -> None:
    """Be the only one to change the project until the transaction ends.

    Raises:
        ApiError: it has been deleted meanwhile.
    """
    lock_by_id(session, project.id)


def lock_by_id(session: Session, project_id: str) -> None:
    """As `lock`.

    Raises:
        ApiError: there is no such project.
    """
    wanted = select(Project.id).where(Project.id == project_id).with_for_update(key_share=True)
    if session.scalar(wanted) is None:
        raise ApiError(404, "NotFoundProject", "there is no such project")


def _check_single_tags(session: Session, project: Project) -> None:
    several = (
        select(ImageTag.image_id)
        .join(Image, Image.id == ImageTag.image_id)
        .where(Image.project_id == project.id)
        .group_by(ImageTag.image_id)
        .having(func.count() > 1)
    )
    if num := session.scalar(select(func.count()).select_from(several.subquery())):
        raise ApiError(
            400,
            "BadRequestImageTags",
            f"{num:,} images of the project have several tags; take away all but one, then make it multiclass",
        )


def _checked_name(name: str) -> str:
    return check_name(name, what="the project", code="BadRequestProjectName")


def _checked_description(description: str) -> str:
    return check_text(description, what="the description of the project", code="BadRequestProjectDescription")


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except exc.IntegrityError as error:
        raise ApiError(
            400, "BadRequestProjectNameNotUnique", f"there is a project {name!r} already; choose another name"
        ) from error
