"""An import from its first question to the numbers at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from fudemoji.server.importing.downloading import Downloads, Fetched
from fudemoji.server.importing.outcome import Outcome, compare
from fudemoji.server.importing.source import ImportFailed, Source, SourceImage, SourceProject, SourceTag

__all__ = ["Destination", "bring_over"]

_MOST_FAILED = 8  # images in a row that no patience could fetch: the network is gone

Progress = Callable[[int, int | None], None]


class Destination(Protocol):
    """Where images are brought to, with a record of what is there, so that an import can be broken off at any time."""

    place: str

    def begin(self, project: SourceProject, tags: Sequence[SourceTag]) -> set[str]:
        """Make room, or find the room made by an earlier call; the ids (at the source) of the images there."""

    def keep(self, group: Sequence[Fetched]) -> Mapping[str, str]:
        """Keep files for good, and record them; why some of them were refused, by their ids."""

    def settle(self, listed: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """Give all images that are there the tags of the source; which tags they have then, both by source ids."""


def bring_over(
    source: Source, project: SourceProject, destination: Destination, *, progress: Progress
) -> Outcome:
    """Bring a project's tags and images over, but for what an earlier call has brought.

    Args:
        source: the service.
        project: one of its projects.
        destination: where to.
        progress: called with the images that are there, and all.

    Raises:
        ImportFailed: the network is gone, or the disk is full; what was brought stays, and is not fetched again.
        SettingsError: the destination belongs to something else.
    """
    tags, num_images = source.tags(project), source.num_images(project)
    known = destination.begin(project, tags)
    listed: dict[str, Sequence[str]] = {}
    missing: dict[str, str] = {}
    num_new, failed = 0, 0

    def unknown() -> Iterator[SourceImage]:
        for page in source.pages(project):
            for image in page:
                is_new = image.id not in listed and image.id not in known
                listed[image.id] = image.tag_ids
                if is_new:
                    yield image

    progress(len(known), num_images)
    for group in Downloads(source, project).groups(unknown()):
        come = [one for one in group if one.content is not None]
        refused = dict(destination.keep(come)) if come else {}
        refused |= {one.image.id: one.reason for one in group if one.content is None}
        missing |= refused
        num_new += len(group) - len(refused)
        failed = _failed_in_a_row(failed, group, source)
        progress(len(known) + num_new, num_images)
    return compare(
        listed,
        destination.settle(listed),
        tags=tags,
        num_images=num_images,
        missing=missing,
        place=destination.place,
        num_new=num_new,
    )


def _failed_in_a_row(before: int, group: Sequence[Fetched], source: Source) -> int:
    """How many images in a row no patience could fetch.

    Raises:
        ImportFailed: so many that the next one is not worth a try.
    """
    for one in group:
        before = before + 1 if one.is_passing else 0
        if before >= _MOST_FAILED:
            raise ImportFailed(
                f"{before} images in a row could not be fetched from {source.host} ({one.reason}); what has come is "
                "kept: give the same command again once the network is back"
            )
    return before
