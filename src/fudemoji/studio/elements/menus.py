"""Menus behind a button."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

__all__ = ["Item", "menu"]


@dataclass(frozen=True)
class Item:
    """A line of a menu.

    Attributes:
        word: what it says.
        do: what follows.
        language: of the word, where it is not the page's.
    """

    word: str
    do: Callable[[], Awaitable[object] | object]
    language: str = ""


def menu(about: str, *groups: Sequence[Item], icon: str = "more_horiz") -> ui.button:
    """A round button, and the menu that it opens.

    Args:
        about: what the menu is, for those who do not see.
        *groups: lines, a rule between two groups.
        icon: on the button.
    """
    with ui.button(icon=icon, color=None).props("flat round dense aria-haspopup=menu") as button:
        button.props["aria-label"] = about
        with ui.menu():
            for number, group in enumerate(groups):
                if number:
                    ui.separator()
                for item in group:
                    line = ui.menu_item(item.word, item.do)
                    line.props["role"] = "menuitem"
                    if item.language:
                        line.props["lang"] = item.language
    return button
