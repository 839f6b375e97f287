"""A text with a button that copies it."""

from __future__ import annotations

from nicegui.element import Element

from fudemoji.studio.words import Words

__all__ = ["Copied"]


class Copied(Element, component="copied.js"):
    """A text with a button that copies it.

    Args:
        content: the text; `{origin}` in it becomes the address under which the browser knows the studio.
        label: what it is.
        say: the visitor's words.
    """

    def __init__(self, content: str, *, label: str, say: Words) -> None:
        super().__init__()
        self._props["label"] = label
        self._props["words"] = {"copy": say("Copy"), "done": say("Copied"), "chosen": say("Now press Ctrl+C")}
        self.show(content)

    def show(self, content: str) -> None:
        """Another text in its place."""
        if self._props.get("text") != content:
            self._props["text"] = content
            self.update()
