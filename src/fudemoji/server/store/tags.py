"""Tags: the classes of a project, and how many images have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import delete as delete_rows
from sqlalchemy import exc, func, select
from sqlalchemy.orm import Session

from fudemoji.server.store import projects
from fudemoji.server.store.checking import check_name, check_text
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import ImageTag, Iteration, Project, Tag, TagKind, now
from fudemoji.serving.errors import ApiError

__all__ = [
    "counts",
    "create",
    "delete",
    "every",
    "find",
    "find_all",
    "known",
    "names",
    "of_iteration",
    "update",
]


def create(
    session: Session, project: Project, *, name: str, description: str = "", kind: TagKind = "regular"
) -> Tag:
    """A new tag.

    Raises:
        ApiError: the name is taken, blank or too long, the description is too long, or there is a negative tag
            already.
    """
    projects.lock(session, project)
    if kind == "negative":
        _check_no_negative(session, project)
    tag = Tag(
        project_id=project.id,
        name=_checked_name(name),
        description=_checked_description(description),
        kind=kind,
    )
    session.add(tag)
    _flush(session, name)
    return tag


def find(session: Session, project: Project, tag_id: str) -> Tag:
    """The tag of an id.

    Raises:
        ApiError: the project has no such tag.
    """
    return find_all(session, project, [tag_id])[0]


def find_all(session: Session, project: Project, tag_ids: Iterable[str]) -> list[Tag]:
    """The tags of ids, in their order.

    Raises:
        ApiError: the project has no such tag.
    """
    wanted = [canonical(one) or "" for one in tag_ids]
    found = known(session, project, wanted)
    if len(found) < len(set(wanted)):
        raise ApiError(404, "NotFoundTag", "the project has no such tag")
    return [found[one] for one in wanted]


def known(session: Session, project: Project, tag_ids: Iterable[str]) -> dict[str, Tag]:
    """Those of the tags that the project has, by their ids."""
    wanted = {canonical(one) or "" for one in tag_ids}
    query = select(Tag).where(Tag.project_id == project.id, Tag.deleted_at.is_(None), Tag.id.in_(wanted))
    return {tag.id: tag for tag in session.scalars(query)}


def every(session: Session, project: Project) -> list[Tag]:
    """All tags of the project, the oldest first."""
    query = select(Tag).where(Tag.project_id == project.id, Tag.deleted_at.is_(None)).order_by(Tag.id)
    return list(session.scalars(query))


def names(session: Session, project: Project) -> dict[str, str]:
    """The names of all tags by their ids; of deleted ones too."""
    return {
        row.id: row.name
        for row in session.execute(select(Tag.id, Tag.name).where(Tag.project_id == project.id))
    }


def of_iteration(session: Session, iteration: Iteration) -> list[Tag]:
    """The classes of its model, in the model's order; deleted tags too."""
    query = select(Tag).where(Tag.project_id == iteration.project_id, Tag.id.in_(iteration.tag_ids))
    found = {tag.id: tag for tag in session.scalars(query)}
    return [found[one] for one in iteration.tag_ids if one in found]


def counts(session: Session, project: Project) -> Counter[str]:
    """How many images have each tag, by its id."""
    query = (
        select(ImageTag.tag_id, func.count())
        .join(Tag, Tag.id == ImageTag.tag_id)
        .where(Tag.project_id == project.id)
        .group_by(ImageTag.tag_id)
    )
    found: Counter[str] = Counter()
    for tag_id, num in session.execute(query):
        found[tag_id] = num
    return found


def update(
    session: Session,
    project: Project,
    tag: Tag,
    *,
    name: str | None = None,
    description: str | None = None,
    kind: TagKind | None = None,
) -> Tag:
    """Change what is given; a new name is that of the class in all models too.

    Raises:
        ApiError: the name is taken, blank or too long, the description is too long, there is a negative tag
            already, or images with the tag have others.
    """
    assert tag in session
    projects.lock(session, project)
    if kind is not None and kind != tag.kind:
        if kind == "negative":
            _check_no_negative(session, project)
            _check_alone(session, tag)
        tag.kind = kind
    if name is not None:
        tag.name = _checked_name(name)
    if description is not None:
        tag.description = _checked_description(description)
    _flush(session, tag.name)
    return tag


def delete(session: Session, tag: Tag) -> None:
    """Take the tag from all images and from the project; models that know it keep its name."""
    assert tag in session
    session.execute(delete_rows(ImageTag).where(ImageTag.tag_id == tag.id))
    tag.deleted_at = now()
    session.flush()


def _check_no_negative(session: Session, project: Project) -> None:
    query = select(Tag.name).where(
        Tag.project_id == project.id, Tag.deleted_at.is_(None), Tag.kind == "negative"
    )
    if name := session.scalars(query).first():
        raise ApiError(
            400, "BadRequestMultipleNegativeTag", f"the project has a negative tag already, {name!r}"
        )


def _check_alone(session: Session, tag: Tag) -> None:
    has_it = select(ImageTag.image_id).where(ImageTag.tag_id == tag.id)
    others = select(ImageTag.image_id).where(ImageTag.tag_id != tag.id, ImageTag.image_id.in_(has_it))
    if session.scalars(others.limit(1)).first():
        raise ApiError(
            400,
            "BadRequestNegativeAndRegularTagOnSameImage",
            "images with the tag have other tags too; take those away, then make it negative",
        )


def _checked_name(name: str) -> str:
    return check_name(name, what="the tag", code="BadRequestTagName")


def _checked_description(description: str) -> str:
    return check_text(description, what="the description of the tag", code="BadRequestTagDescription")


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except exc.IntegrityError as error:
        raise ApiError(
            400, "BadRequestTagNameNotUnique", f"the project has a tag {name!r} already; choose another name"
        ) from error
