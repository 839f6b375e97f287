"""Images on their way from the visitor's machine to a project."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui.element import Element

from fudemoji.studio.elements.scripts import MODULES
from fudemoji.studio.words import Words

__all__ = ["Uploads"]


class Uploads(Element, component="uploads.js", esm=MODULES):
    """Takes files, folders and archives that are dropped anywhere on the page, pasted or chosen, and sends them.

    Args:
        project_id: that the images become part of.
        most: bytes that an image's file may have.
        tags: `{"id", "name"}` of all tags; folders may stand for them.
        invites: whether the project is empty, and the page invites to fill it.
        say: the visitor's words.
        on_arrived: called when the first images are there, and again when all are.
        on_choose: called when what has come is to be chosen; `hand_over` does it.
    """

    def __init__(
        self,
        project_id: str,
        *,
        most: int,
        tags: Sequence[Mapping[str, Any]],
        invites: bool,
        say: Words,
        on_arrived: Callable[[], Awaitable[None] | None],
        on_choose: Callable[[], Awaitable[None] | None],
    ) -> None:
        super().__init__()
        self.props["project"] = f"/api/v1/projects/{project_id}"
        self.props["most"] = most
        self.props["words"] = _words(say, most)
        self.props["invites"] = invites
        self.props["tags"] = list(tags)
        self.on("arrived", lambda _: on_arrived())
        self.on("choose", lambda _: on_choose())
        self.on("told", lambda event: self._tell(event.args, say))

    def set_tags(self, tags: Sequence[Mapping[str, Any]]) -> None:
        """The tags, as they are now."""
        self.props["tags"] = list(tags)

    def set_invites(self, *, invites: bool) -> None:
        """Whether the project is empty."""
        if invites != self.props["invites"]:
            self.props["invites"] = invites

    def hand_over(self) -> None:
        """Let the gallery choose what has come."""
        self.run_method("hand_over")

    def _tell(self, told: Mapping[str, Any], say: Words) -> None:
        """Show in the visitor's language what the server told the browser."""
        problems = [{**one, "reason": say.told(one["message"])} for one in told["problems"]]
        self.run_method("tell", problems, say.told(told["note"]))


def _words(say: Words, most: int) -> dict[str, Any]:
    """What the browser says; of two the first is for one."""
    mebibytes = f"{most / 2**20:.4g}"
    return {
        "title": say("Upload"),
        "invitation": say("Drop images, folders or archives anywhere on this page, or paste a picture."),
        "files": say("Upload files"),
        "folder": say("Upload a folder"),
        "drop": say("Drop them to add them to this project."),
        "ask": [
            say(
                "Is the folder {names} a tag of the images in it?|Are the {count} folders, {names}, tags of the "
                "images in them?",
                count=1,
                names="{names}",
            ),
            say(
                "Is the folder {names} a tag of the images in it?|Are the {count} folders, {names}, tags of the "
                "images in them?"
            ),
        ],
        "ask_archive": say("Are the folders in the archive tags of the images in them?"),
        "by_folder": say("Folders are tags"),
        "without": say("Add them without tags"),
        "cancel": say("Cancel"),
        "stop": say("Stop"),
        "close": say("Close"),
        "looking": say("Looking through the folders: {count} files so far"),
        "sending": say("{name} is being sent …"),
        "progress": say("{done} of {count} …"),
        "done": [
            say("One file looked at|{count} files looked at", count=1),
            say("One file looked at|{count} files looked at"),
        ],
        "fresh": say("{count} new"),
        "known": say("{count} here already"),
        "refused": say("{count} refused"),
        "choose": [
            say("Choose the new image|Choose the {count} new images", count=1),
            say("Choose the new image|Choose the {count} new images"),
        ],
        "listed": [
            say("One file that was not added|{count} files that were not added", count=1),
            say("One file that was not added|{count} files that were not added"),
        ],
        "offline": say("The studio does not answer; what is left is sent when it does."),
        "cut": say("The upload was cut off. Choose the same files again: what is here already is left out."),
        "signed_out": say("The session has ended. Sign in again; nothing is lost."),
        "reasons": {
            "OKDuplicate": say("is here already"),
            "ErrorImageFormat": say("is no image, or damaged"),
            "ErrorImageSize": say("is larger than {mebibytes} MiB", mebibytes=mebibytes),
            "ErrorImageDimensions": say("has too many pixels, or is too narrow"),
            "ErrorLimitExceed": say("the project is full"),
            "ErrorStorage": say("the disk of the studio is full"),
            "ErrorInvalidTag": say("its tag has been deleted"),
            "ErrorTagLimitExceed": say("is here already, with another tag"),
            "ErrorNegativeAndRegularTagOnSameImage": say("is here already, with another tag"),
            "Unreadable": say("cannot be read"),
        },
    }
