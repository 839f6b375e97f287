"""A folder or an archive that a person chooses, and that is sent when there is a project for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from fudemoji.data.listing import IMAGE_SUFFIXES
from fudemoji.studio.elements.scripts import MODULES
from fudemoji.studio.words import Words

__all__ = ["ChosenSource"]

Handler = Callable[[dict[str, Any]], Awaitable[None] | None]


class ChosenSource(Element, component="source.js", esm=MODULES):
    """A place to drop a folder, an archive or images; what of a folder is no image stays there.

    Args:
        most: bytes that may be sent.
        say: the visitor's words.
        on_picked: called with the `name` that suits a project; it is empty when nothing can be sent.
        on_sent: called with the filling that has begun.
        on_failed: called with the `message` why nothing was sent.
    """

    def __init__(
        self, *, most: int, say: Words, on_picked: Handler, on_sent: Handler, on_failed: Handler
    ) -> None:
        super().__init__()
        self.props["suffixes"] = sorted({*IMAGE_SUFFIXES, ".csv"})
        self.props["most"] = most
        self.props["words"] = _words(say, most)
        for event, handler in (("picked", on_picked), ("sent", on_sent), ("failed", on_failed)):
            self._hear(event, handler)

    def send(self, project_id: str) -> None:
        """Send what was picked to a project."""
        self.run_method("send", f"/api/v1/projects/{project_id}/fillings")

    def _hear(self, event: str, handler: Handler) -> None:
        def heard(told: GenericEventArguments) -> Awaitable[None] | None:
            return handler(told.args)

        self.on(event, heard)


def _words(say: Words, most: int) -> dict[str, str | list[str]]:
    """What the browser says; of two the first is for one file."""
    return {
        "drop": say("Drop a folder, a zip or a tar here, or choose one."),
        "archive": say("Choose an archive or images"),
        "folder": say("Choose a folder"),
        "sending": say("Sending"),
        "percent": say("Sending: {percent} %. Stay on this page until everything is sent."),
        "arrived": say("Sent; a moment more."),
        "cancel": say("Cancel"),
        "cancelled": say("Sending was cancelled."),
        "gone": say("The connection broke off. Try again."),
        "none": say("There is no image in it."),
        "large": say(
            "It has more than the {gigabytes} GiB that can be sent at once.", gigabytes=round(most / 2**30, 1)
        ),
        "loose": say("Images"),
        "count": [say("one file|{count} files", count=1), say("one file|{count} files")],
        "left": [
            say("one other file is left out|{count} other files are left out", count=1),
            say("one other file is left out|{count} other files are left out"),
        ],
    }
