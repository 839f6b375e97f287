"""Images become part of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store import leftovers, projects, tags
from fudemoji.server.store.blobs import Blobs
from fudemoji.server.store.ids import canonical, new_id
from fudemoji.server.store.images.finding import count, with_tags
from fudemoji.server.store.images.intake import Entry, Kept, Limits, Status, keep
from fudemoji.server.store.images.tagging import drop_suggestions, refusal
from fudemoji.server.store.tables import Image, ImageTag, Project, Tag

if TYPE_CHECKING:
    from fudemoji.server.store.store import Store

__all__ = ["Added", "add", "upload"]

_LONGEST_NAME = 1000
_REASONS: dict[Status, str] = {
    "ErrorInvalidTag": "the project has no such tag",
    "ErrorLimitExceed": "the project has as many images as are possible",
    "ErrorNegativeAndRegularTagOnSameImage": "a negative tag stands alone on an image",
    "ErrorTagLimitExceed": "an image of a multiclass project has one tag",
}


@dataclass(frozen=True)
class Added:
    """What became of an image.

    Attributes:
        status: `OK`, `OKDuplicate`, or why it is refused.
        image: as it is now; where a duplicate's tags are refused, the one that is there; else None.
        message: why it is refused, for people.
    """

    status: Status
    image: Image | None = None
    message: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the image is there, with the tags that were wanted."""
        return self.status in ("OK", "OKDuplicate")


def upload(
    store: Store, project_id: str, entries: Sequence[Entry], *, limits: Limits | None = None
) -> list[Added]:
    """Add images to a project in a transaction of its own; no other waits while they are looked at.

    When it returns, those that are `OK` are on the disk.

    Raises:
        ApiError: there is no such project.
    """
    with store.session(reads_only=True) as session:
        projects.find(session, project_id)
    kept = keep(store.blobs, entries, limits=limits)
    with store.session() as session:
        return add(session, store.blobs, projects.find(session, project_id), kept, limits=limits)


def add(
    session: Session, blobs: Blobs, project: Project, kept: Sequence[Kept], *, limits: Limits | None = None
) -> list[Added]:
    """Add images that `keep` has looked at.

    A content that the project has already is not added again: its image gets the new tags beside its own.

    Args:
        session: the transaction.
        blobs: where the contents lie.
        project: that they become images of.
        kept: the images.
        limits: how many images a project may have; None: the defaults.

    Returns:
        One a given image, in their order.

    Raises:
        ApiError: the project has been deleted meanwhile.
    """
    leftovers.hold_blobs(session)
    projects.lock(session, project)
    known = tags.known(session, project, {tag_id for one in kept for tag_id in one.entry.tag_ids})
    query = select(Image).where(
        Image.project_id == project.id, Image.sha256.in_({one.sha256 for one in kept if one.status == "OK"})
    )
    present = {image.sha256: image for image in session.scalars(with_tags(query))}
    free = (limits or Limits()).num_images - count(session, project)
    added = []
    for one in kept:
        added.append(_added(session, project, one, known, present, is_full=free <= 0))
        free -= added[-1].status == "OK"
    session.flush()
    drop_suggestions(session, [one.image.id for one in added if one.image and one.image.tags])
    for one in kept:
        if (
            one.status == "OK" and not blobs.path(one.sha256).exists()
        ):  # removed since `keep`, with its last image
            blobs.put(one.entry.content)
    return added


def _added(
    session: Session,
    project: Project,
    kept: Kept,
    known: dict[str, Tag],
    present: dict[str, Image],
    *,
    is_full: bool,
) -> Added:
    if kept.status != "OK":
        return Added(kept.status, None, kept.message)
    image = present.get(kept.sha256)
    wanted = [known.get(canonical(one) or "") for one in kept.entry.tag_ids]
    tags_wanted = [one for one in wanted if one is not None]
    has = [one.tag for one in image.tags] if image else []
    reason = refusal(project, [*has, *tags_wanted])
    if len(tags_wanted) < len(wanted):
        reason = "ErrorInvalidTag"
    elif image is None and is_full:
        reason = "ErrorLimitExceed"
    if reason:
        return Added(reason, image, _REASONS[reason])
    status: Status = "OKDuplicate" if image else "OK"
    if image is None:
        image = _new(project, kept)
        session.add(image)
        present[kept.sha256] = image
    missing = {one.id: one for one in tags_wanted if one.id not in {tag.id for tag in has}}
    image.tags.extend(ImageTag(tag_id=one.id, tag=one) for one in missing.values())
    return Added(status, image)


def _new(project: Project, kept: Kept) -> Image:
    return Image(
        id=new_id(),
        project_id=project.id,
        sha256=kept.sha256,
        name=_cleaned(kept.entry.name),
        format=kept.format,
        width=kept.width,
        height=kept.height,
        about=dict(kept.entry.about),
        tags=[],
    )


def _cleaned(name: str) -> str:
    """The name of a file as far as it is text."""
    return name.replace("\0", "").encode("utf-8", "replace").decode()[:_LONGEST_NAME]
