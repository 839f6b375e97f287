"""Images of a project: found, selected, counted, listed for a training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Select, func
from sqlalchemy import select as select_rows
from sqlalchemy.orm import Session, selectinload

from fudemoji.server.store.ids import canonical
from fudemoji.server.store.images.query import ImageQuery
from fudemoji.server.store.tables import Image, ImageTag, Project, Tag
from fudemoji.serving.errors import ApiError

__all__ = [
    "Listed",
    "count",
    "find",
    "find_all",
    "fingerprint",
    "identities",
    "ids",
    "listing",
    "select",
    "sha256s",
    "with_tags",
]

_ALL = ImageQuery()


@dataclass(frozen=True)
class Listed:
    """A tagged image, as a training wants it."""

    image_id: str
    sha256: str
    name: str
    tag_ids: tuple[str, ...]


def find(session: Session, project: Project, image_id: str) -> Image:
    """The image of an id, with its tags.

    Raises:
        ApiError: the project has no such image.
    """
    return find_all(session, project, [image_id])[0]


def find_all(session: Session, project: Project, image_ids: Iterable[str]) -> list[Image]:
    """The images of ids, with their tags, in the order of the ids.

    Raises:
        ApiError: the project has no such image.
    """
    wanted = [canonical(one) or "" for one in image_ids]
    query = with_tags(select_rows(Image).where(Image.project_id == project.id, Image.id.in_(set(wanted))))
    found = {image.id: image for image in session.scalars(query)}
    if len(found) < len(set(wanted)):
        raise ApiError(404, "NotFoundImage", "the project has no such image")
    return [found[one] for one in wanted]


def select(
    session: Session, project: Project, query: ImageQuery = _ALL, *, take: int = 50, skip: int = 0
) -> list[Image]:
    """Some of the images that are wanted, with their tags.

    Args:
        session: the transaction.
        project: of the images.
        query: which are wanted.
        take: at most so many.
        skip: so many are left out first.
    """
    rows = query.in_order(select_rows(Image), project).offset(skip).limit(take)
    return list(session.scalars(with_tags(rows)))


def count(session: Session, project: Project, query: ImageQuery = _ALL) -> int:
    """How many images are wanted."""
    return session.scalar(query.of(select_rows(func.count()).select_from(Image), project)) or 0


def ids(session: Session, project: Project, query: ImageQuery = _ALL) -> list[str]:
    """The ids of all images that are wanted."""
    return list(session.scalars(query.in_order(select_rows(Image.id), project)))


def identities(session: Session, project: Project, query: ImageQuery = _ALL) -> dict[str, str]:
    """The ids of all images that are wanted, with the SHA-256 of their files."""
    rows = query.in_order(select_rows(Image), project).with_only_columns(Image.id, Image.sha256)
    return {row.id: row.sha256 for row in session.execute(rows)}


def sha256s(session: Session, project: Project, image_ids: Iterable[str]) -> dict[str, str]:
    """The contents of those of the images that the project has, by their ids, in the order of these."""
    wanted = [canonical(one) or "" for one in image_ids]
    query = select_rows(Image.id, Image.sha256).where(Image.project_id == project.id, Image.id.in_(wanted))
    found = {row.id: row.sha256 for row in session.execute(query)}
    return {one: found[one] for one in wanted if one in found}


def listing(session: Session, project: Project) -> Iterator[Listed]:
    """Every tagged image with the ids of its tags, sorted, in the order in which they came."""
    query = (
        select_rows(Image.id, Image.sha256, Image.name, ImageTag.tag_id)
        .join(ImageTag, ImageTag.image_id == Image.id)
        .where(Image.project_id == project.id)
        .order_by(Image.id, ImageTag.tag_id)
    )
    for image_id, rows in groupby(session.execute(query), key=lambda row: row.id):
        first, *others = rows
        tag_ids = (first.tag_id, *(row.tag_id for row in others))
        yield Listed(image_id, first.sha256, first.name, tag_ids)


def fingerprint(session: Session, project: Project) -> str:
    """SHA-256 over what a training learns from: contents and tags, their kinds, and the kind of the project.

    Names of tags and the order in which images came do not count.
    """
    digest = hashlib.sha256(f"{project.kind}\n".encode())
    kinds = select_rows(Tag.id, Tag.kind).where(Tag.project_id == project.id, Tag.deleted_at.is_(None))
    for tag_id, kind in session.execute(kinds.order_by(Tag.id)):
        digest.update(f"{tag_id} {kind}\n".encode())
    pairs = (
        select_rows(Image.sha256, ImageTag.tag_id)
        .join(ImageTag, ImageTag.image_id == Image.id)
        .where(Image.project_id == project.id)
        .order_by(Image.sha256, ImageTag.tag_id)
    )
    for sha256, tag_id in session.execute(pairs):
        digest.update(f"{sha256} {tag_id}\n".encode())
    return digest.hexdigest()


def with_tags(query: Select[Image]) -> Select[Image]:
    """The tags of all images in one more question."""
    return query.options(selectinload(Image.tags).joinedload(ImageTag.tag))
