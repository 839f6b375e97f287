"""Questions that stand before the page until they are answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

from fudemoji.studio.elements.fields import on_enter
from fudemoji.studio.elements.plain import text
from fudemoji.studio.words import Words

__all__ = ["Act", "dialog"]


@dataclass(frozen=True)
class Act:
    """What a person can do about the question; the dialog is closed when it is done, and stays where it is refused.

    Attributes:
        word: on the button.
        do: does it.
        is_dangerous: whether something is lost by it; Enter then means the way back.
    """

    word: str
    do: Callable[[], Awaitable[object] | object]
    is_dangerous: bool = False


@contextmanager
def dialog(
    title: str, *acts: Act, say: Words, back: str = "", is_wide: bool = False, is_persistent: bool = False
) -> Iterator[None]:
    """Ask a question, whose body is built in the block; it is gone from the page when it is closed.

    Enter in a field does the first act, Escape closes.

    Args:
        title: the question, which also names the dialog for those who do not see it.
        *acts: what can be done, the usual one first.
        say: the visitor's words.
        back: on the button that only closes; else it is cancelled.
        is_wide: whether there is much to read.
        is_persistent: whether nothing but a button closes it.
    """
    with ui.context.client.content:  # not within another one, which takes it along when it goes
        shown = ui.dialog().props("persistent" if is_persistent else "")
    shown.on("hide", shown.delete)
    with shown, ui.card().classes("ask wide" if is_wide else "ask") as card:
        shown.props["aria-labelledby"] = text("h2", title).html_id
        with ui.element("div").classes("ask-body") as body:
            yield
        has_fields = any(isinstance(one, ui.input) for one in body.descendants())
        _show_ways_out(shown, card, acts, back or say("Cancel"), has_fields=has_fields)
    shown.open()


def _show_ways_out(
    shown: ui.dialog, card: ui.card, acts: tuple[Act, ...], back: str, *, has_fields: bool
) -> None:
    buttons = list[ui.button]()

    async def do(act: Act) -> None:
        for button in buttons:
            button.disable()
        try:
            if isinstance(work := act.do(), Awaitable):
                await work
        finally:
            for button in buttons:
                button.enable()
        shown.close()

    with ui.element("div").classes("bar"):
        for number, act in enumerate(acts):
            color = "negative" if act.is_dangerous else "primary"
            button = ui.button(act.word, color=color, on_click=lambda act=act: do(act))
            button.props("flat no-caps" if number else "unelevated no-caps")
            buttons.append(button)
        way_back = ui.button(back, color=None if acts else "primary", on_click=shown.close)
        way_back.props("flat no-caps" if acts else "unelevated no-caps")
        way_back.move(target_index=min(1, len(acts)))
    if acts:
        on_enter(card, lambda: do(acts[0]))
    if not has_fields:
        (way_back if not acts or acts[0].is_dangerous else buttons[0]).props("autofocus")
