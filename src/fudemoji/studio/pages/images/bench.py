"""What the parts of the page share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import tags
from fudemoji.server.store.tables import Project
from fudemoji.studio.elements.gallery import Gallery
from fudemoji.studio.elements.tags import TagList
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.images.filtering import Filter

__all__ = ["Bench", "read_tags"]


@dataclass
class Bench:
    """A page of images, and what is shown on it.

    Attributes:
        here: the page.
        gallery: the images.
        tag_list: the tags.
        filter: which images are shown.
        tags: of the project, as the elements want them.
        chosen: the selection, as the gallery tells it.
        on_filter: called after the filter has changed.
        on_tags: called after the tags, or their counts, have changed.
        on_refresh: called when there may be other images than before.
    """

    here: Here
    gallery: Gallery
    tag_list: TagList
    filter: Filter
    tags: list[dict[str, Any]]
    chosen: dict[str, Any] = field(default_factory=lambda: {"count": 0})
    on_filter: list[Callable[[], None]] = field(default_factory=list)
    on_tags: list[Callable[[], None]] = field(default_factory=list)
    on_refresh: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def choose(self, wanted: Filter) -> None:
        """Show other images; the address tells which."""
        project = self.here.project
        self.filter = wanted
        ui.navigate.history.replace(wanted.address(project.id))
        self.gallery.show(wanted.source(project.id))
        self.tag_list.set_shown(wanted.tag_id)
        for hear in self.on_filter:
            hear()

    async def refresh(self) -> None:
        """Read anew what others may have changed too."""
        self.gallery.refresh()
        await self.read_tags()
        for hear in self.on_refresh:
            await hear()

    async def read_tags(self) -> None:
        """The tags and their counts, as they are now."""
        project = self.here.project
        found = await self.here.read(lambda session: read_tags(session, project))
        if found != self.tags:
            self.tags = found
            self.gallery.set_tags(found)
            self.tag_list.set_tags(found)
            for hear in self.on_tags:
                hear()


def read_tags(session: Session, project: Project) -> list[dict[str, Any]]:
    """All tags of a project, the oldest first, with how many images have each."""
    counts = tags.counts(session, project)
    return [
        {
            "id": tag.id,
            "name": tag.name,
            "description": tag.description,
            "kind": tag.kind,
            "num_images": counts[tag.id],
        }
        for tag in tags.every(session, project)
    ]
