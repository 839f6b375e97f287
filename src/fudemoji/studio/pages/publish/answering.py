"""The iterations that answer, and how another one comes to."""

from __future__ import annotations

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations, publications
from fudemoji.server.store.tables import Publication
from fudemoji.studio.elements import text
from fudemoji.studio.elements.dialogs import Act, dialog
from fudemoji.studio.elements.fields import on_enter
from fudemoji.studio.elements.part import Part
from fudemoji.studio.pages.publish.desk import Desk
from fudemoji.studio.pages.publish.known import Answering, Known
from fudemoji.studio.words.figures import moment, quality

__all__ = ["Answers"]

_FIRST_NAME = "production"


class Answers:
    """The part of the page that says what answers, and lets an iteration be published.

    Args:
        desk: of the page.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk, self._say = desk, desk.say
        self._known: Known | None = None
        with ui.element("section"):
            text("h2", self._say("What answers"))
            self._list = Part[tuple[Answering, ...]](self._build)
            with ui.element("div").classes("bar"):
                self._iteration = ui.select({}, label=self._say("Iteration")).props("outlined dense")
                self._iteration.classes("publish-iteration")
                self._name = ui.input(self._say("Name for programs"), value=_FIRST_NAME)
                self._name.props("outlined dense maxlength=255")
                on_enter(self._name, self._publish)
                ui.button(self._say("Publish"), on_click=self._publish).props("unelevated no-caps")

    def show(self, known: Known) -> None:
        """Follow what there is now; what is being chosen and typed stays."""
        self._list.show(known.answering)
        chosen = self._iteration.value if self._iteration.value in known.names else None
        if self._known is None and known.answering:
            self._name.set_value(known.answering[0].name)
        if self._known is None or self._known.iterations != known.iterations:
            self._iteration.set_options(known.names, value=chosen or _next_to_publish(known))
        self._known = known

    def _build(self, answering: tuple[Answering, ...]) -> None:
        say = self._say
        if not answering:
            text("p", say("Nothing is published: programs get no answer yet."), classes="faint")
        for one in answering:
            with ui.element("div").classes("answering"):
                with ui.element("div"):
                    text("strong", one.name)
                    text(
                        "div",
                        say(
                            "{iteration} answers since {moment}",
                            iteration=one.iteration,
                            moment=moment(one.since),
                        ),
                    )
                    told = say(
                        "On held-out images: {quality}",
                        quality=quality(say, one.quality.kind, one.quality.value),
                    )
                    text("div", told, classes="faint")
                with ui.element("div").classes("bar"):
                    if one.before:
                        back = say("Roll back to {iteration}", iteration=one.before)
                        ui.button(back, on_click=lambda name=one.name: self._roll_back(name)).props(
                            "outline no-caps"
                        )
                    ui.button(say("Unpublish"), on_click=lambda one=one: self._unpublish(one)).props(
                        "flat no-caps"
                    )

    async def _publish(self) -> None:
        say, name, iteration_id = self._say, self._name.value.strip(), self._iteration.value
        assert self._known is not None
        there = next((one for one in self._known.answering if one.name == name), None)

        def change(session: Session) -> Publication:
            project = self._desk.here.project
            iteration = iterations.find(session, project, iteration_id)
            return publications.publish(session, project, iteration, name=name, overwrite=there is not None)

        async def publish() -> None:
            await self._desk.act(change)
            ui.notify(say("It answers as {name} from now on.", name=name), type="positive")

        if there is None or there.iteration_id == iteration_id:
            await publish()
            return
        question = say(
            "Let {iteration} answer as {name}?", iteration=self._known.names[iteration_id], name=name
        )
        with dialog(question, Act(say("Publish"), publish), say=say):
            way_back = "{name}, which answers now, gives way; a roll back brings it back."
            text("p", say(way_back, name=there.iteration))

    async def _roll_back(self, name: str) -> None:
        project = self._desk.here.project
        await self._desk.act(lambda session: publications.roll_back(session, project, name=name))

    def _unpublish(self, one: Answering) -> None:
        say, project = self._say, self._desk.here.project

        async def unpublish() -> None:
            await self._desk.act(
                lambda session: publications.unpublish(
                    session, project, publications.named(session, project, one.name)
                )
            )

        act = Act(say("Unpublish"), unpublish, is_dangerous=True)
        with dialog(say("Let nothing answer as {name}?", name=one.name), act, say=say):
            text(
                "p",
                say(
                    "Programs that ask for it are refused until something is published under this name again."
                ),
            )


def _next_to_publish(known: Known) -> str:
    """The newest iteration that answers under no name, else the newest."""
    busy = {one.iteration_id for one in known.answering}
    return next(
        (iteration_id for iteration_id in known.names if iteration_id not in busy), known.iterations[0][0]
    )
