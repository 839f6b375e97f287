"""All trainings of this machine that wait or run, those of other projects too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from fudemoji.server.store.tables import Iteration
from fudemoji.server.trainings import Progress
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.train.live import phase
from fudemoji.studio.words.figures import clock

__all__ = ["Queue"]


@dataclass(frozen=True)
class _Row:
    element: Element
    state: TextElement


class Queue:
    """The list; a row stays the same element as long as it is there.

    Args:
        here: the page.
        on_cancel: stops the training of an id.
    """

    def __init__(self, here: Here, *, on_cancel: Callable[[str], Awaitable[None]]) -> None:
        self._here = here
        self._on_cancel = on_cancel
        self._rows: dict[str, _Row] = {}

    def build(self) -> None:
        """Fill the element that is being filled."""
        with ui.element("section") as self._section:
            text("h2", self._here.say("Also under way"))
            self._list = ui.element("ul").classes("rows")
        self._section.set_visibility(False)

    def show(self, found: Sequence[tuple[Iteration, str]]) -> None:
        """Tell of these trainings, each with the name of its project, in the order of their turns."""
        wanted = {iteration.id for iteration, _ in found}
        for gone in self._rows.keys() - wanted:
            self._rows.pop(gone).element.delete()
        for iteration, project in found:
            if iteration.id not in self._rows:
                self._rows[iteration.id] = self._row(iteration, project)
            progress = self._here.context.trainer.progress(iteration.id)
            self._rows[iteration.id].state.text = self._state(progress)
        self._section.set_visibility(bool(found))

    def _row(self, iteration: Iteration, project: str) -> _Row:
        say = self._here.say
        with self._list, ui.element("li") as row:
            text("a", project, href=f"/projects/{iteration.project_id}/train")
            text("span", iteration.name)
            state = text("span", "", classes="faint grows")
            button = ui.button(say("Cancel"), on_click=lambda: self._on_cancel(iteration.id))
            button.props("flat dense no-caps")
            button.props["aria-label"] = say("Cancel {name}", name=f"{project}, {iteration.name}")
        return _Row(row, state)

    def _state(self, progress: Progress) -> str:
        told = phase(self._here, progress)
        if progress.phase == "training":
            told = f"{told}, {round(100 * progress.share)} %"
        if progress.seconds_left is not None and progress.phase == "training":
            told = f"{told}, {self._here.say('{time} left', time=clock(progress.seconds_left))}"
        return told
