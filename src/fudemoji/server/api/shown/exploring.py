"""Named sets, images that are alike, and forms of a character, as the API answers them."""

from __future__ import annotations

from pydantic import Field

from fudemoji.data import NamedSet as Catalogued
from fudemoji.server import exploring
from fudemoji.server.api.shown.base import Shown
from fudemoji.server.api.shown.collecting import Image
from fudemoji.server.store import tables

__all__ = ["Forms", "NamedSet", "Neighbours", "OpenedSet", "SetForm", "SetImage"]


class NamedSet(Shown):
    """A set that goes by a name."""

    name: str
    title: str
    num_classes: int
    num_images: int
    licence: str
    credit: str
    is_here: bool = Field(description="whether its files lie on the server's machine")

    @classmethod
    def of(cls, named: Catalogued, *, is_here: bool) -> NamedSet:
        """An entry of the catalogue."""
        fields = {name: getattr(named, name) for name in cls.model_fields if name != "is_here"}
        return cls(**fields, is_here=is_here)


class SetClass(Shown):
    """A class of a named set."""

    id: str
    glyph: str
    romanisation: str
    counts: dict[str, int] = Field(description="images by split")


class OpenedSet(Shown):
    """What a named set holds."""

    name: str
    num_images: int
    classes: list[SetClass]

    @classmethod
    def of(cls, opened: exploring.Opened) -> OpenedSet:
        """A set that was read."""
        data, counts = opened.data, opened.counts()
        classes = [
            SetClass(
                id=one.id,
                glyph=one.glyph,
                romanisation=one.romanisation,
                counts={split: int(count_K[label]) for split, count_K in counts.items()},
            )
            for label, one in enumerate(data.classes)
        ]
        return cls(name=data.name, num_images=len(data), classes=classes)


class SetImage(Shown):
    """An image of a named set."""

    place: int = Field(description="in the set; it names the image")
    class_id: str
    split: str
    likeness: float | None = Field(description="to the image that was asked about, 1 for the same")

    @classmethod
    def of(cls, opened: exploring.Opened, place: int, *, likeness: float | None = None) -> SetImage:
        """The image at a place."""
        label = int(opened.data.labels[place])
        split = opened.splits[opened.split_N[place]]
        return cls(place=place, class_id=opened.data.classes[label].id, split=split, likeness=likeness)


class SetForm(Shown):
    """Images of a class that are like each other."""

    num_images: int
    places: list[int] = Field(description="of the most typical ones")


class Neighbour(Shown):
    """An image, and how much it is like another."""

    image: Image
    likeness: float = Field(description="1 for the same")


class Neighbours(Shown):
    """Images of a project that are like one of them."""

    by: exploring.By = Field(description="what compared them")
    num_images: int = Field(description="images that were compared; ask again until these are all")
    total: int
    neighbours: list[Neighbour]

    @classmethod
    def of(cls, found: exploring.Neighbours, images: dict[str, tables.Image]) -> Neighbours:
        """What was found, with the rows of those that are still there."""
        alike = [
            Neighbour(image=Image.of(images[one]), likeness=likeness)
            for one, likeness in found.found
            if one in images
        ]
        return cls(by=found.by, num_images=found.num_images, total=found.total, neighbours=alike)


class Forms(Shown):
    """The forms that a tag's images have."""

    by: exploring.By = Field(description="what compared them")
    num_images: int = Field(description="images that were compared; ask again until these are all")
    total: int
    groups: list[list[str]] = Field(description="ids of images, the most typical of each form first")
