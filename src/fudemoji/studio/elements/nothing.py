"""What a page shows as long as there is nothing to show."""

from __future__ import annotations

from nicegui import ui

from fudemoji.studio.elements.plain import text

__all__ = ["nothing"]


def nothing(why: str, *, act: str, href: str, is_passing: bool = False) -> ui.element:
    """Why there is nothing, and where that can be changed.

    Args:
        why: it is so.
        act: the words of the link.
        href: where it leads.
        is_passing: whether it changes by itself, so that it is told to those who do not see it.
    """
    with ui.element("div").classes("nothing") as box:
        told = text("p", why)
        if is_passing:
            told.props["role"] = "status"
        text("a", act, href=href, classes="as-button")
    return box
