"""What the fields of forms have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element

__all__ = ["on_enter"]

_IN_A_FIELD = """(event) => {
  if (!event.isComposing && event.target.matches("input:not([type=checkbox], [type=radio])")) emit();
}"""


def on_enter(around: Element, do: Callable[[], Awaitable[None] | None]) -> None:
    """Do it at Enter in a field of one line, unless this Enter ends the conversion of kana.

    Args:
        around: the field, or what it stands in.
        do: what is done.
    """
    around.on("keydown.enter", lambda _: do(), js_handler=_IN_A_FIELD)
