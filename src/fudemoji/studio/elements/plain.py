"""Plain HTML elements with a text."""

from __future__ import annotations

from nicegui.elements.mixins.text_element import TextElement

__all__ = ["text"]


class _Text(TextElement):
    """An element of any tag."""


def text(tag: str, content: str, *, classes: str = "", **attributes: str) -> TextElement:
    """An element with a text, which is never taken for HTML.

    Args:
        tag: `h2`, `p`, `strong`, ...
        content: the text.
        classes: of CSS, separated by spaces.
        **attributes: further attributes, `_` for `-`.
    """
    made = _Text(tag=tag, text=content).classes(classes)
    for name, value in attributes.items():
        made.props[name.replace("_", "-")] = value
    return made
