"""Projects, tags and images as the API answers them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from fudemoji.server.api.shown.base import Shown
from fudemoji.server.store import images, tables
from fudemoji.server.store.images import Added, Status
from fudemoji.server.store.thumbnails import Thumbnail as Drawn

__all__ = [
    "Image",
    "ImageIds",
    "Project",
    "Tag",
    "Tagged",
    "Thumbnail",
    "Thumbnails",
    "Uploaded",
    "Uploads",
]


class Project(Shown):
    """A set of tagged images, and what was learned from it."""

    id: str
    name: str
    description: str
    kind: tables.ProjectKind = Field(description="one tag an image, or several")
    domain_id: str = Field(description="what it is for, by which a training is chosen; see /about")
    created: datetime
    last_modified: datetime


class Tag(Shown):
    """A class of a project; a negative one says: none of the others."""

    id: str
    name: str
    description: str
    kind: tables.TagKind
    created: datetime
    num_images: int

    @classmethod
    def of(cls, tag: tables.Tag, *, num_images: int) -> Tag:
        """A row, and how many images have it."""
        fields = {name: getattr(tag, name) for name in cls.model_fields if name != "num_images"}
        return cls(**fields, num_images=num_images)


class TagOfImage(Shown):
    """That an image has a tag."""

    id: str
    name: str


class Image(Shown):
    """An image of a project."""

    id: str
    name: str = Field(description="of its file, as the client called it")
    sha256: str = Field(description="of its file")
    format: str
    width: int
    height: int
    created: datetime
    tags: list[TagOfImage]
    about: dict[str, Any] = Field(description="what clients want to remember of it")

    @classmethod
    def of(cls, image: tables.Image) -> Image:
        """A row with its tags."""
        fields = {name: getattr(image, name) for name in cls.model_fields if name != "tags"}
        return cls(**fields, tags=[TagOfImage(id=one.tag_id, name=one.tag.name) for one in image.tags])


class ImageIds(Shown):
    """Images of a project, by their ids alone."""

    ids: list[str]
    notes: dict[str, str] = Field(
        description="by these ids, for people: the tag that the iteration that is named takes an image for, as far as "
        "that is kept"
    )


class Thumbnail(Shown):
    """A small version of an image."""

    id: str
    url: str = Field(description="a data: address, which holds the picture itself")


class Thumbnails(Shown):
    """Small versions of images."""

    thumbnails: list[Thumbnail]

    @classmethod
    def of(cls, drawn: Mapping[str, Drawn]) -> Thumbnails:
        """Pictures by the ids of their images."""
        return cls(thumbnails=[Thumbnail(id=key, url=_address(one)) for key, one in drawn.items()])


class Uploaded(Shown):
    """What became of an image that was sent."""

    status: Status
    message: str = Field(description="why it is refused; else empty")
    image: Image | None

    @classmethod
    def of(cls, added: Added) -> Uploaded:
        """What the store says of it."""
        shown = Image.of(added.image) if added.image else None
        return cls(status=added.status, message=added.message, image=shown)


class Uploads(Shown):
    """What became of the images that were sent, in their order."""

    images: list[Uploaded]


class Tagged(Shown):
    """What became of images that were to get tags: pairs of the ids of an image and a tag."""

    created: list[tuple[str, str]]
    duplicated: list[tuple[str, str]] = Field(description="it had it before")
    exceeded: list[tuple[str, str]] = Field(description="it cannot have it beside the one that it has")

    @classmethod
    def of(cls, tagged: images.Tagged) -> Tagged:
        """What the store says of them."""
        return cls(created=tagged.created, duplicated=tagged.duplicated, exceeded=tagged.exceeded)


def _address(drawn: Drawn) -> str:
    return f"data:{drawn.media_type};base64,{base64.b64encode(drawn.content).decode()}"
