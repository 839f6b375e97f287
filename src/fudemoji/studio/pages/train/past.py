"""The trainings that have ended: what came of them, and what can be done with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element
from sqlalchemy.orm import Session

from fudemoji.report.words import duration, percent
from fudemoji.server.store import iterations, projects
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings import Outcome, log_of, resume
from fudemoji.studio.elements import text
from fudemoji.studio.elements.dialogs import Act, dialog
from fudemoji.studio.elements.menus import Item, menu
from fudemoji.studio.frame import Here
from fudemoji.studio.words.figures import moment

__all__ = ["Ended", "Past"]

_STATES = {"completed": "trained", "failed": "failed", "cancelled": "cancelled"}


@dataclass(frozen=True)
class Ended:
    """A training that has ended.

    Attributes:
        iteration: the training.
        outcome: what came of a completed one.
        published_as: the name under which it answers.
        can_resume: whether it can go on from a checkpoint, or from its beginning.
        has_report: whether it has written one.
    """

    iteration: Iteration
    outcome: Outcome | None
    published_as: str
    can_resume: bool
    has_report: bool

    @property
    def key(self) -> tuple[str, ...]:
        """What is shown of it."""
        one = self.iteration
        return (one.name, one.status, one.note, self.published_as, str(self.has_report))


class Past:
    """The list, the newest first; a row stays the same element as long as what it shows does.

    Args:
        here: the page.
        on_change: called when something was done.
    """

    def __init__(self, here: Here, *, on_change: Callable[[], Awaitable[None]]) -> None:
        self._here = here
        self._on_change = on_change
        self._rows: dict[str, tuple[tuple[str, ...], Element]] = {}

    def build(self) -> None:
        """Fill the element that is being filled."""
        with ui.element("section") as self._section:
            text("h2", self._here.say("Iterations"))
            self._list = ui.element("ol").classes("rows")
        self._section.set_visibility(False)

    def show(self, found: Sequence[Ended]) -> None:
        """Tell of these, the newest first."""
        for gone in self._rows.keys() - {one.iteration.id for one in found}:
            self._rows.pop(gone)[1].delete()
        for place, one in enumerate(found):
            known = self._rows.get(one.iteration.id)
            if known and known[0] == one.key:
                continue
            if known:
                known[1].delete()
            with self._list, ui.element("li").classes("iteration") as row:
                self._fill(one)
            row.move(target_index=place)
            self._rows[one.iteration.id] = (one.key, row)
        self._section.set_visibility(bool(found))

    def _fill(self, one: Ended) -> None:
        say, iteration = self._here.say, one.iteration
        with ui.element("div").classes("grows"):
            with ui.element("div").classes("bar tight"):
                text("h3", iteration.name)
                text("span", say(_STATES[iteration.status]), classes=f"state {iteration.status}")
                if one.published_as:
                    text("span", say("published as {name}", name=one.published_as), classes="state")
            text("p", " · ".join(self._facts(one)), classes="faint")
            if iteration.status == "failed":
                text("p", say.told(iteration.note) or say("Nobody knows why."), classes="problem")
        with ui.element("div").classes("bar tight"):
            self._actions(one)

    def _facts(self, one: Ended) -> list[str]:
        say, iteration, came = self._here.say, one.iteration, one.outcome
        told = [moment(iteration.trained_at or iteration.last_modified)]
        if came and came.accuracy is not None:
            told.insert(
                0,
                say(
                    "{share} of {count} held-out images right",
                    share=percent(came.accuracy),
                    count=came.num_valid,
                ),
            )
        if came:
            told += [say("one image|{count} images", count=came.num_train + came.num_valid), came.model]
        told.append(say("recipe {name}", name=iteration.recipe))
        if iteration.seconds >= 1:
            told.append(say("learned for {time}", time=duration(iteration.seconds)))
        return told

    def _actions(self, one: Ended) -> None:
        say, iteration = self._here.say, one.iteration
        base = f"/api/v1/projects/{iteration.project_id}/iterations/{iteration.id}"
        if one.outcome and one.outcome.num_valid:
            page = f"/projects/{iteration.project_id}/performance?iteration={iteration.id}"
            text("a", say("Performance"), href=page)
        if one.has_report:
            text("a", say("Report"), href=f"{base}/report", target="_blank", rel="noopener")
        if one.can_resume:
            go_on = ui.button(say("Go on"), on_click=lambda: self._resume(iteration)).props(
                "flat dense no-caps"
            )
            go_on.props["aria-label"] = say("Go on with {name}", name=iteration.name)
        items = [
            Item(say("Rename"), lambda: self._ask_for_name(iteration)),
            Item(say("What it said"), lambda: self._show_log(iteration)),
            Item(say("Delete"), lambda: self._ask_whether_to_delete(iteration)),
        ]
        menu(say("More about {name}", name=iteration.name), items)

    async def _resume(self, iteration: Iteration) -> None:
        store = self._here.context.store

        def change(session: Session, project: Project, one: Iteration) -> None:
            resume(session, store, project, one, queues=True)

        await self._change(iteration, change)
        self._here.context.trainer.wake()
        await self._on_change()

    def _ask_for_name(self, iteration: Iteration) -> None:
        say = self._here.say

        async def rename() -> None:
            await self._change(
                iteration,
                lambda session, project, one: iterations.rename(session, project, one, name=name.value),
            )
            await self._on_change()

        with dialog(say("Rename"), Act(say("Rename"), rename), say=say):
            name = ui.input(say("Name"), value=iteration.name).props("autofocus outlined")

    def _ask_whether_to_delete(self, iteration: Iteration) -> None:
        say = self._here.say

        async def delete() -> None:
            await self._change(iteration, iterations.delete)
            await self._on_change()

        act = Act(say("Delete"), delete, is_dangerous=True)
        with dialog(say("Delete {name}?", name=iteration.name), act, say=say):
            text("p", say("Its model, its report and its exports are gone for good; the images stay."))

    async def _show_log(self, iteration: Iteration) -> None:
        say, store = self._here.say, self._here.context.store
        told = await self._here.read(lambda _: log_of(store, iteration))
        with dialog(say("What {name} said", name=iteration.name), say=say, back=say("Close"), is_wide=True):
            text("pre", told or say("Nothing."), tabindex="0").props["aria-label"] = say("Output")

    async def _change(
        self, iteration: Iteration, change: Callable[[Session, Project, Iteration], object]
    ) -> None:
        def work(session: Session) -> None:
            project = projects.find(session, iteration.project_id)
            change(session, project, iterations.find(session, project, iteration.id))

        await self._here.write(work)
