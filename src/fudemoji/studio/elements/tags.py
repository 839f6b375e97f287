"""The tags of a project beside its images."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from fudemoji.studio.elements.scripts import MODULES
from fudemoji.studio.words import Words

__all__ = ["TagList"]


class TagList(Element, component="tags.js", esm=MODULES):
    """Tags with their counts, what the chosen images have of them, and how they are changed.

    Args:
        tags: `{"id", "name", "description", "kind", "num_images"}` of each.
        say: the visitor's words.
        on_pick: hears the id of the tag that was clicked.
        on_edit: hears the id of the tag that is to be changed.
        on_create: hears that a new one is wanted.
    """

    def __init__(
        self,
        tags: Sequence[Mapping[str, Any]],
        *,
        say: Words,
        on_pick: Callable[[str], Awaitable[None] | None],
        on_edit: Callable[[str], Awaitable[None] | None],
        on_create: Callable[[], Awaitable[None] | None],
    ) -> None:
        super().__init__()
        self.props["words"] = _words(say)
        self.props["tags"] = list(tags)
        self.props["chosen"] = {"count": 0}
        self.props["shown"] = ""

        def picked(told: GenericEventArguments) -> Awaitable[None] | None:
            return on_pick(told.args["id"])

        def edited(told: GenericEventArguments) -> Awaitable[None] | None:
            return on_edit(told.args["id"])

        self.on("pick", picked)
        self.on("edit", edited)
        self.on("create", lambda _: on_create())

    def set_tags(self, tags: Sequence[Mapping[str, Any]]) -> None:
        """The tags as they are now."""
        self.props["tags"] = list(tags)

    def set_chosen(self, chosen: Mapping[str, Any]) -> None:
        """What is chosen, as the gallery tells it."""
        self.props["chosen"] = dict(chosen)

    def set_shown(self, tag_id: str) -> None:
        """The tag whose images are shown; empty: none."""
        self.props["shown"] = tag_id


def _words(say: Words) -> dict[str, str | list[str]]:
    return {
        "tags": say("Tags"),
        "search": say("Search the tags"),
        "shows": say("A click shows the images of a tag."),
        "gives": [
            say(
                "A click gives the tag to the chosen image.|A click gives the tag to {count} images.", count=1
            ),
            say("A click gives the tag to the chosen image.|A click gives the tag to {count} images."),
        ],
        "negative": say("negative"),
        "change": say("Change {tag}"),
        "none": say("There are no tags yet."),
        "create": say("New tag"),
    }
