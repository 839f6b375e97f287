"""Images as tiles: thousands of them, looked at, chosen and tagged in the browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from fudemoji.studio.elements.scripts import MODULES
from fudemoji.studio.words import Words

__all__ = ["Gallery"]

_PASSED_OVER = (
    "one was tagged, deleted or looked at anew meanwhile, and stays as it is"
    "|{count} were tagged, deleted or looked at anew meanwhile, and stay as they are"
)
Handler = Callable[[dict[str, Any]], Awaitable[None] | None]


class Gallery(Element, component="gallery.js", esm=MODULES):
    """The images that an address lists, made visible as they come into view.

    Selection, focus and changes of tags live in the browser, which asks the API; the page hears of them.

    Args:
        project_id: of the images.
        source: an address that answers `{"ids": [...], "notes": {id: text}}`; the notes, which stand below the images,
            may be missing.
        tags: `{"id", "name"}` of all tags; the digits stand for the first nine.
        say: the visitor's words.
        steps: whether the next image has its turn after one was tagged, because an image has one tag.
        keys: further keys, as browsers call them, that the page wants to hear of.
    """

    def __init__(
        self,
        project_id: str,
        *,
        source: str,
        tags: Sequence[Mapping[str, Any]],
        say: Words,
        steps: bool = True,
        keys: Iterable[str] = (),
    ) -> None:
        super().__init__()
        self.props["project"] = f"/api/v1/projects/{project_id}"
        self.props["words"] = _words(say)
        self.props["source"] = source
        self.props["tags"] = list(tags)
        self.props["steps"] = steps
        self.props["keys"] = list(keys)

    def show(self, source: str) -> None:
        """Show what another address lists, nothing chosen."""
        self.props["source"] = source

    def confirm_at(self, address: str, *, least: float) -> None:
        """Let what is shown be confirmed, because it is suggested.

        Args:
            address: that takes `image_ids` and `least`.
            least: of the certainty that each image has to have still.
        """
        self.props["confirms"] = {"address": address, "least": least}

    def refresh(self) -> None:
        """Ask again for what is shown; place and selection stay."""
        self.run_method("load")

    def set_tags(self, tags: Sequence[Mapping[str, Any]]) -> None:
        """The tags, as they are now."""
        self.props["tags"] = list(tags)

    def give(self, tag_id: str) -> None:
        """Give the chosen images a tag; where all of them have it, take it from them."""
        self.run_method("tagged", tag_id)

    def delete_chosen(self) -> None:
        """Delete the chosen images."""
        self.run_method("removed")

    def undo(self) -> None:
        """Take the last change of tags back, then the one before."""
        self.run_method("undo")

    def on_selected(self, handler: Handler) -> None:
        """Hear of the selection: its `count`, and of `known` images of it how many have each of the `tags`."""
        self._hear("selected", handler)

    def on_changed(self, handler: Handler) -> None:
        """Hear that tags of images were changed here, or images deleted; `failed` where not all were."""
        self._hear("changed", handler)

    def on_key(self, handler: Handler) -> None:
        """Hear of one of the further keys: `key`, and the `id` of the image with the focus."""
        self._hear("key", handler)

    def on_remove(self, handler: Handler) -> None:
        """Hear that the chosen images, `count` of them, are to be deleted; nothing is done yet."""
        self._hear("remove", handler)

    def _hear(self, event: str, handler: Handler) -> None:
        def heard(told: GenericEventArguments) -> Awaitable[None] | None:
            return handler(told.args)

        self.on(event, heard)


def _words(say: Words) -> dict[str, str | list[str]]:
    """What the browser says; of two the first is for one image."""
    return {
        "images": say("Images"),
        "image": say("Image"),
        "number": say("Image {number}"),
        "count": [say("one image|{count} images", count=1), say("one image|{count} images")],
        "chosen": [say("one chosen|{count} chosen", count=1), say("one chosen|{count} chosen")],
        "none": say("There are no images here."),
        "gone": say("deleted"),
        "size": say("Tile size"),
        "all": say("Choose all"),
        "clear": say("Choose none"),
        "open": say("Look at it"),
        "tag": say("Tag"),
        "give": say("Give a tag"),
        "tags": say("Tags"),
        "no_tag": say("no tag"),
        "no_such_tag": say("There is no such tag."),
        "make": say("New tag “{tag}”"),
        "take": say("Take the tag {tag} away"),
        "remove": say("Delete"),
        "undo": say("Undo"),
        "working": say("{done} of {count} …"),
        "tagged": [
            say("{tag}: given to one image|{tag}: given to {count} images", count=1, tag="{tag}"),
            say("{tag}: given to one image|{tag}: given to {count} images"),
        ],
        "untagged": [
            say("{tag}: taken from one image|{tag}: taken from {count} images", count=1, tag="{tag}"),
            say("{tag}: taken from one image|{tag}: taken from {count} images"),
        ],
        "removed": [
            say("one image deleted|{count} images deleted", count=1),
            say("one image deleted|{count} images deleted"),
        ],
        "confirm": [
            say("Confirm one image|Confirm {count} images", count=1),
            say("Confirm one image|Confirm {count} images"),
        ],
        "confirmed": [
            say("one image got its tags|{count} images got their tags", count=1),
            say("one image got its tags|{count} images got their tags"),
        ],
        "passed_over": [say(_PASSED_OVER, count=1), say(_PASSED_OVER)],
        "undone": say("Undone."),
        "offline": say("The studio does not answer; it is asked again."),
        "not_done": say("The studio does not answer. Nothing more was changed; try again."),
        "signed_out": say("The session has ended. Sign in again; nothing is lost."),
        "previous": say("Previous"),
        "next": say("Next"),
        "pixels": say("Pixels"),
        "format": say("Format"),
        "added": say("Added"),
        "download": say("Download the file"),
        "close": say("Close"),
    }
