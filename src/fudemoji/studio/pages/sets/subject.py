"""What is looked at: a named set or a project, told alike."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from fudemoji.server.exploring import By

__all__ = ["Alike", "Facts", "Group", "Grouped", "Kind", "Seen", "Subject"]


@dataclass(frozen=True)
class Kind:
    """A class of a set, or a tag of a project.

    Attributes:
        id: names it in addresses.
        name: for people; its romanisation where it is a character.
        glyph: where it is a character; else empty.
        counts: images by split; of a project all of them under an empty name.
    """

    id: str
    name: str
    glyph: str
    counts: dict[str, int]

    @property
    def num_images(self) -> int:
        """In all splits."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        return " ".join(part for part in (self.glyph, self.name) if part)


@dataclass(frozen=True)
class Facts:
    """A set or project as a whole.

    Attributes:
        title: its name.
        about: a sentence on it, and the line to print wherever it is used; or empty.
        kinds: its classes or tags.
        num_untagged: images without a tag.
        models: trained iterations that can compare images, by id, the newest first.
        sharp: whether its images are so small that their pixels are shown as squares.
    """

    title: str
    about: str
    kinds: tuple[Kind, ...]
    num_untagged: int = 0
    models: dict[str, str] = field(default_factory=dict)
    sharp: bool = False

    @cached_property
    def kind_of(self) -> dict[str, Kind]:
        """The classes by their ids; there may be thousands."""
        return {one.id: one for one in self.kinds}

    def found(self, text: str) -> tuple[Kind, ...]:
        """The classes whose glyph is in a text, or whose name or id has it; of no text all."""
        wanted = unicodedata.normalize("NFKC", text).strip().casefold()
        if not wanted:
            return self.kinds
        return tuple(
            one
            for one in self.kinds
            if (one.glyph and one.glyph in text) or wanted in f"{one.name} {one.id}".casefold()
        )


@dataclass(frozen=True)
class Seen:
    """An image.

    Attributes:
        key: names it in addresses.
        src: where it is shown small.
        large: where it is shown large.
        kinds: ids of its classes or tags.
        split: that it belongs to, where there are any.
        likeness: to the one that was asked about.
    """

    key: str
    src: str
    large: str
    kinds: tuple[str, ...]
    split: str = ""
    likeness: float | None = None


@dataclass(frozen=True)
class Alike:
    """An image and those that are like it, among `num_images` of `total` that have been compared so far."""

    image: Seen
    found: tuple[Seen, ...]
    by: By
    num_images: int
    total: int


@dataclass(frozen=True)
class Group:
    """Images of a class that are like each other, the most typical ones first, and how many there are in all."""

    num_images: int
    images: tuple[Seen, ...]


@dataclass(frozen=True)
class Grouped:
    """A class in groups, of `num_images` of `total` that have been compared so far."""

    groups: tuple[Group, ...]
    num_images: int
    total: int


class Subject(Protocol):
    """What the pages ask; `by` is a key of `Facts.models`, or empty for pixels."""

    async def sample(self, kind: Kind, *, take: int, seed: int) -> list[Seen]:
        """Some images of a class."""
        ...

    async def alike(self, key: str, *, take: int, by: str) -> Alike:
        """Images that are like one."""
        ...

    async def forms(self, kind: Kind, *, count: int, by: str) -> Grouped:
        """The images of a class by their form."""
        ...
