"""What an import comes to, held against what the service says that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fudemoji.server.importing.source import SourceTag

__all__ = ["Count", "Outcome", "compare"]


@dataclass(frozen=True)
class Count:
    """How many images of a tag there are: at the source, and of those here."""

    name: str
    at_source: int
    here: int


@dataclass(frozen=True)
class Outcome:
    """What an import comes to.

    Attributes:
        place: where the images are now: the project of the store, or the folder.
        num_new: images that this call brought.
        images: all of them.
        tags: of each tag.
        missing: why an image of the source is not here, by its id there.
    """

    place: str
    num_new: int
    images: Count
    tags: tuple[Count, ...]
    missing: Mapping[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether everything is here."""
        return not self.missing and all(one.here >= one.at_source for one in (self.images, *self.tags))

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self) | {"is_whole": self.is_whole}


def compare(
    listed: Mapping[str, Sequence[str]],
    held: Mapping[str, Sequence[str]],
    *,
    tags: Sequence[SourceTag],
    num_images: int,
    missing: Mapping[str, str],
    place: str,
    num_new: int,
) -> Outcome:
    """Hold what is here against what the source lists, and against the numbers that it states.

    Args:
        listed: ids of the tags of each image, as the source lists them.
        held: the same of the images that are here.
        tags: of the source, with the numbers that it states.
        num_images: that it states.
        missing: why images are not here.
        place: where they are now.
        num_new: images that this call brought.
    """
    counts = []
    for tag in tags:
        having = [image for image, its_tags in listed.items() if tag.id in its_tags]
        here = sum(tag.id in held.get(image, ()) for image in having)
        counts.append(Count(tag.name, max(tag.num_images, len(having)), here))
    return Outcome(
        place=place,
        num_new=num_new,
        images=Count("", max(num_images, len(listed)), len(held.keys() & listed.keys())),
        tags=tuple(counts),
        missing=missing,
    )
