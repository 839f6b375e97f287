"""One of several, chosen from a list that the browser shows as the machine does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from fudemoji.studio.elements.plain import text

__all__ = ["Select"]


class Select(Element):
    """A labelled list of options.

    Args:
        label: what is chosen.
        options: texts by their values.
        value: the one that is chosen; where there is no such option, the first.
        on_change: hears the value of another one.
    """

    def __init__(
        self,
        label: str,
        options: Mapping[str, str],
        *,
        value: str,
        on_change: Callable[[str], Awaitable[None] | None],
    ) -> None:
        super().__init__("div")
        self.classes("select")
        self._options: dict[str, str] = {}
        with self:
            told = text("label", label)
            self._select = ui.element("select")
        told.props["for"] = self._select.html_id

        async def heard(event: GenericEventArguments) -> None:
            self._select.props["value"] = event.args
            if (work := on_change(str(event.args))) is not None:
                await work

        self._select.on("change", heard, js_handler="(event) => emit(event.target.value)")
        self.offer(options, value=value)

    def offer(self, options: Mapping[str, str], *, value: str) -> None:
        """These options, and the one that is chosen, where they are others than before."""
        if dict(options) != self._options:
            self._options = dict(options)
            self._select.clear()
            with self._select:
                for one, name in options.items():
                    text("option", name, value=one)
        chosen = value if value in options else next(iter(options), "")
        if self._select.props.get("value") != chosen:
            self._select.props["value"] = chosen
