"""Boxes that scroll where what they hold is wider."""

from __future__ import annotations

from nicegui import ui

__all__ = ["scrolling"]


def scrolling(about: str) -> ui.element:
    """A box for a table or the like, which can be scrolled by keyboard too.

    Args:
        about: what is in it.
    """
    box = ui.element("div").classes("scrolls").props("tabindex=0 role=region")
    box.props["aria-label"] = about
    return box
