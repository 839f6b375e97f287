"""One of several things, each told in a line or two: radio buttons with room for words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from fudemoji.studio.elements.plain import text

__all__ = ["Option", "radios"]

_numbers = itertools.count()


@dataclass(frozen=True)
class Option:
    """One of them.

    Attributes:
        value: for the code.
        title: for people.
        told: more of it; a line each.
        is_possible: whether it can be chosen.
    """

    value: str
    title: str
    told: Sequence[str] = ()
    is_possible: bool = True


def radios(
    legend: str, options: Sequence[Option], *, value: str, on_change: Callable[[str], None], classes: str = ""
) -> None:
    """Radio buttons of the browser's own.

    Args:
        legend: what is chosen, for those who do not see.
        options: to choose from.
        value: of the one that is chosen first.
        on_change: called with the value of another one.
        classes: of CSS, separated by spaces.
    """
    name = f"radios-{next(_numbers)}"
    with ui.element("fieldset").classes(f"radios {classes}"):
        text("legend", legend)
        for one in options:
            with ui.element("label"):
                button = ui.element("input").props(f"type=radio name={name}")
                button.props["value"] = one.value
                button.props["checked"] = one.value == value
                button.props["disabled"] = not one.is_possible
                button.on("change", lambda _, chosen=one.value: on_change(chosen), [])
                with ui.element("span"):
                    text("strong", one.title)
                    for line in one.told:
                        text("span", line, classes="faint")
