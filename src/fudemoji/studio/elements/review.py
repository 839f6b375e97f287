"""Images that a person decides on, one after another, with what a model takes them for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from fudemoji.server.store.tables import Tag
from fudemoji.studio.elements.quick import signs_of
from fudemoji.studio.elements.scripts import MODULES
from fudemoji.studio.words import Words

__all__ = ["Review", "choices_of"]

Handler = Callable[[], Awaitable[None] | None]


class Review(Element, component="review.js", esm=MODULES):
    """One image large with its likeliest tags, the next ones below; a key gives a tag, and the next image is there.

    What is decided goes from the browser to the API; the page hears of it.

    Args:
        kind: what is listed.
        project_id: of the images.
        source: the address that lists them.
        tags: of the project, as `choices_of` gives them.
        is_multi: whether an image may have several tags.
        say: the visitor's words.
    """

    def __init__(
        self,
        kind: Literal["suggestions", "predictions"],
        project_id: str,
        *,
        source: str,
        tags: Sequence[Mapping[str, Any]],
        is_multi: bool,
        say: Words,
    ) -> None:
        super().__init__()
        self.props["kind"] = kind
        self.props["project"] = f"/api/v1/projects/{project_id}"
        self.props["list"] = source
        self.props["tags"] = list(tags)
        self.props["multi"] = is_multi
        self.props["left"] = 0
        self.props["words"] = _words(say, kind)

    def show(self, source: str) -> None:
        """Begin with what another address lists."""
        self.props["list"] = source

    def begin(self) -> None:
        """Begin anew."""
        self.run_method("begin")

    def refresh(self) -> None:
        """There may be more by now."""
        self.run_method("refresh")

    def set_tags(self, tags: Sequence[Mapping[str, Any]]) -> None:
        """The tags, as they are now."""
        if list(tags) != self.props["tags"]:
            self.props["tags"] = list(tags)

    def set_left(self, count: int) -> None:
        """How many there are to decide on."""
        if count != self.props["left"]:
            self.props["left"] = count

    def give(self, tag_id: str) -> None:
        """Give the image that is shown a tag."""
        self.run_method("other", tag_id)

    def delete_shown(self) -> None:
        """Delete the prediction that is shown."""
        self.run_method("removed")

    def on_decided(self, handler: Handler) -> None:
        """Hear that something was decided, and kept."""
        self.on("decided", lambda _: handler())

    def on_create(self, handler: Callable[[str], Awaitable[None] | None]) -> None:
        """Hear that a tag of this name is wanted for the image that is shown."""

        def heard(told: GenericEventArguments) -> Awaitable[None] | None:
            return handler(told.args["name"])

        self.on("create", heard)

    def on_remove(self, handler: Handler) -> None:
        """Hear that the prediction that is shown is to be deleted; nothing is done yet."""
        self.on("remove", lambda _: handler())


def choices_of(tags: Iterable[Tag]) -> list[dict[str, Any]]:
    """Tags as they are chosen from: of signs the glyph, and the reading where the name is the glyph itself."""
    found = list(tags)
    known = {tag.id: tag.name for tag in found}
    negative = {tag.id for tag in found if tag.kind == "negative"}
    signs = signs_of(known)
    return [
        {
            "id": tag_id,
            "name": name,
            "glyph": (sign := signs.get(tag_id, {"glyph": "", "reading": ""}))["glyph"],
            "told": sign["reading"] if sign["glyph"] == name and sign["reading"] else name,
            "is_negative": tag_id in negative,
        }
        for tag_id, name in known.items()
    ]


def _words(say: Words, kind: str) -> dict[str, str | list[str]]:
    is_predictions = kind == "predictions"
    return {
        "title": say("Predictions") if is_predictions else say("Suggested tags"),
        "none": say("There is nothing to decide on here."),
        "left": [say("one left|{count} left", count=1), say("one left|{count} left")],
        "done": [say("one decided|{count} decided", count=1), say("one decided|{count} decided")],
        "image": say("Image"),
        "choices": say("The most probable tags"),
        "deleted_tag": say("a deleted tag"),
        "confirm": say("Confirm {tag}"),
        "choose": say("Choose a tag"),
        "other": say("Another tag"),
        "skip": say("Later"),
        "remove": say("Delete"),
        "removed": say("deleted"),
        "queue": say("The next ones"),
        "tag": say("Tag"),
        "tags": say("Tags"),
        "no_such_tag": say("There is no such tag."),
        "make": say("New tag “{tag}”"),
        "undo": say("Undo"),
        "undone": say("Undone."),
        "offline": say("The studio does not answer; it is asked again."),
        "signed_out": say("The session has ended. Sign in again; nothing is lost."),
        "overtaken": say("Somebody has tagged or deleted this image meanwhile; it stays as it is now."),
    }
