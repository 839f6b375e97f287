"""A part of a page that follows what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import ui

__all__ = ["Part"]

_T = TypeVar("_T")


class Part(Generic[_T]):
    """A part of a page that is built anew when what it shows is another, and else is left alone, focus and all.

    Args:
        build: makes the elements.
    """

    def __init__(self, build: Callable[[_T], None]) -> None:
        self._build = build
        self._box = ui.element("div")
        self._shown: _T | None = None

    def show(self, what: _T) -> None:
        """Show it; two that are equal look the same."""
        if what == self._shown:
            return
        self._shown = what
        self._box.clear()
        with self._box:
            self._build(what)
