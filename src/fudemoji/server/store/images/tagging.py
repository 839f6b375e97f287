"""Which tags an image may have, giving them and taking them away.

A negative tag stands alone: it says that the image is none of the others. A multiclass project has one tag an image;
a second one is refused, unless it is said to replace the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from fudemoji.server.store import projects, tags
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.images.finding import find_all
from fudemoji.server.store.images.intake import Status
from fudemoji.server.store.tables import Image, ImageTag, Project, Suggestion, Tag
from fudemoji.serving.errors import ApiError

__all__ = ["Tagged", "drop_suggestions", "refusal", "tag", "untag"]

Pair = tuple[str, str]  # the ids of an image and of a tag


@dataclass
class Tagged:
    """What became of the pairs of images and tags.

    Attributes:
        created: the image has the tag now.
        duplicated: it had it before.
        exceeded: it cannot have it beside the one that it has.
    """

    created: list[Pair] = field(default_factory=list)
    duplicated: list[Pair] = field(default_factory=list)
    exceeded: list[Pair] = field(default_factory=list)


def refusal(project: Project, wanted: Iterable[Tag]) -> Status | None:
    """Why an image of the project cannot have these tags together; None if it can."""
    together = {one.id: one.kind for one in wanted}
    if len(set(together.values())) > 1:
        return "ErrorNegativeAndRegularTagOnSameImage"
    if project.kind == "multiclass" and len(together) > 1:
        return "ErrorTagLimitExceed"
    return None


def tag(session: Session, project: Project, pairs: Sequence[Pair], *, replace: bool = False) -> Tagged:
    """Give tags to images.

    Args:
        session: the transaction.
        project: of the images and tags.
        pairs: ids of an image and of a tag.
        replace: tags that an image cannot have beside the new one give way to it.

    Raises:
        ApiError: the project has no such image or tag, or an image would have the negative tag beside others.
    """
    projects.lock(session, project)
    images = {one.id: one for one in find_all(session, project, {image_id for image_id, _ in pairs})}
    known = {one.id: one for one in tags.find_all(session, project, {tag_id for _, tag_id in pairs})}
    told = Tagged()
    for image_id, tag_id in pairs:
        pair = (canonical(image_id) or "", canonical(tag_id) or "")
        outcome = _give(project, images[pair[0]], known[pair[1]], replace=replace)
        getattr(told, outcome).append(pair)
    drop_suggestions(session, [image_id for image_id, _ in told.created])
    session.flush()
    return told


def untag(session: Session, project: Project, image_ids: Iterable[str], tag_ids: Iterable[str]) -> None:
    """Take each of the tags from each of the images that has it.

    Raises:
        ApiError: the project has no such image or tag.
    """
    projects.lock(session, project)
    images = find_all(session, project, set(image_ids))
    unwanted = {one.id for one in tags.find_all(session, project, set(tag_ids))}
    for image in images:
        image.tags = [one for one in image.tags if one.tag_id not in unwanted]
    session.flush()


def drop_suggestions(session: Session, image_ids: Iterable[str]) -> None:
    """Forget what iterations took these images for: now it is known."""
    session.execute(delete_rows(Suggestion).where(Suggestion.image_id.in_(set(image_ids))))


def _give(project: Project, image: Image, new: Tag, *, replace: bool) -> str:
    if any(one.tag_id == new.id for one in image.tags):
        return "duplicated"
    reason = refusal(project, [*(one.tag for one in image.tags), new])
    if reason and replace:
        image.tags = []
    elif reason == "ErrorNegativeAndRegularTagOnSameImage":
        raise ApiError(
            400,
            "BadRequestNegativeAndRegularTagOnSameImage",
            "a negative tag stands alone; take the other tags from the image first",
        )
    elif reason:
        return "exceeded"
    image.tags.append(ImageTag(tag_id=new.id, tag=new))
    return "created"
