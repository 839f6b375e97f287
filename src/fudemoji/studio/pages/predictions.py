"""The predictions that were received: looked at, and tagged for the next iteration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations, predictions, tags
from fudemoji.server.store.predictions import Query, TagRange
from fudemoji.server.store.tables import Project
from fudemoji.studio.addresses import given, with_query
from fudemoji.studio.elements import text
from fudemoji.studio.elements.dialogs import Act, dialog
from fudemoji.studio.elements.nothing import nothing
from fudemoji.studio.elements.review import Review, choices_of
from fudemoji.studio.elements.select import Select
from fudemoji.studio.frame import Here, page
from fudemoji.studio.words import Words

__all__ = ["show"]

_LOOK_SECONDS = 1.5
_ANY = "*"  # no program calls itself so: it stands for all
_LEAST = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)

Order = Literal["suggested", "newest", "oldest"]


@dataclass(frozen=True)
class _Wanted:
    """Which predictions are shown; it stands in the address of the page."""

    order: Order = "suggested"
    iteration: str = ""
    application: str = _ANY
    tag: str = ""
    least: float = 0.0

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> _Wanted:
        """What an address asks for; what makes no sense is left out."""
        order, least = asked.get("order", ""), asked.get("least", "")
        return cls(
            order=cast(Order, order) if order in get_args(Order) else "suggested",
            iteration=asked.get("iteration", ""),
            application=asked.get("application", _ANY),
            tag=asked.get("tag", ""),
            least=float(least) if least in map(str, _LEAST) else 0.0,
        )

    def address(self, project_id: str) -> str:
        """Of the page that shows them."""
        told = {name: value for name, value in vars(self).items() if value != getattr(_Wanted(), name)}
        return with_query(f"/projects/{project_id}/predictions", told)

    def source(self, project_id: str) -> str:
        """The address that lists them."""
        asked: dict[str, Any] = given({"order": self.order, "iteration_id": self.iteration})
        if self.application != _ANY:
            asked["application"] = self.application
        if self.tag:
            asked |= {"taken_for": self.tag, "least": self.least}
        return with_query(f"/api/v1/projects/{project_id}/predictions", asked)

    @property
    def query(self) -> Query:
        """The same for the store."""
        return Query(
            tags=[TagRange(self.tag, self.least)] if self.tag else [],
            taken_for=[self.tag] if self.tag else [],
            iteration_id=self.iteration or None,
            application=None if self.application == _ANY else self.application,
        )


@dataclass(frozen=True)
class _Known:
    """What the page shows beside the images."""

    tags: list[dict[str, Any]]
    iterations: dict[str, str]
    applications: list[str]
    num_all: int
    num_wanted: int


@page("/projects/{project_id}/predictions", title="Predictions")
async def show(here: Here) -> None:
    """Filters, and one image after another."""
    say, project = here.say, here.project
    wanted = _Wanted.of(here.request.query_params)
    known = await here.read(lambda session: _read(session, project, wanted))
    text(
        "p",
        say("Images that programs sent, with the answers. What you confirm becomes an image with this tag."),
    )
    sheet = _Sheet(here, wanted, known)
    store = here.context.store
    seen = store.changes

    async def look() -> None:
        nonlocal seen
        if seen != store.changes:
            seen = store.changes
            await sheet.read()

    ui.timer(_LOOK_SECONDS, look)


class _Sheet:
    """The filters and the images of the page."""

    def __init__(self, here: Here, wanted: _Wanted, known: _Known) -> None:
        say, project = here.say, here.project
        self._here, self._wanted, self._known = here, wanted, known
        self._nothing = nothing(
            say("No predictions have been kept yet."),
            act=say("How programs ask"),
            href=f"/projects/{project.id}/publish",
        )
        with ui.element("div") as self._around:
            with ui.element("div").classes("filters"):
                self._order = self._choice("order", say("Order"), _orders(say))
                self._tag = self._choice("tag", say("Taken for"), self._tags())
                self._least = self._choice(
                    "least", say("At least"), {str(one): f"{one:.0%}" for one in _LEAST}
                )
                self._iteration = self._choice("iteration", say("Iteration"), self._iterations())
                self._application = self._choice("application", say("Program"), self._applications())
                ui.button(say("Delete these …"), on_click=self._ask_for_all).props(
                    "flat no-caps color=negative"
                )
            self._review = Review(
                "predictions", project.id,
                source=wanted.source(project.id), tags=known.tags, is_multi=project.kind == "multilabel", say=say,
            )  # fmt: skip
        self._review.on_decided(self.read)
        self._review.on_create(self._give_new)
        self._review.on_remove(self._ask)
        self._put()

    async def read(self) -> None:
        """Show what may have changed."""
        project, wanted = self._here.project, self._wanted
        before, self._known = (
            self._known,
            await self._here.read(lambda session: _read(session, project, wanted)),
        )
        self._put()
        if self._known.num_wanted > before.num_wanted:
            self._review.refresh()

    def _put(self) -> None:
        known, wanted = self._known, self._wanted
        self._nothing.set_visibility(known.num_all == 0)
        self._around.set_visibility(known.num_all > 0)
        self._review.set_tags(known.tags)
        self._review.set_left(known.num_wanted)
        self._tag.offer(self._tags(), value=wanted.tag)
        self._least.set_visibility(bool(wanted.tag))
        self._iteration.offer(self._iterations(), value=wanted.iteration)
        self._application.offer(self._applications(), value=wanted.application)

    def _choice(self, name: str, label: str, options: dict[str, str]) -> Select:
        async def choose(value: str) -> None:
            project_id = self._here.project.id
            changed: dict[str, Any] = {name: float(value) if name == "least" else value}
            self._wanted = replace(self._wanted, **changed)
            ui.navigate.history.replace(self._wanted.address(project_id))
            self._review.show(self._wanted.source(project_id))
            await self.read()

        return Select(label, options, value=str(getattr(self._wanted, name)), on_change=choose)

    def _tags(self) -> dict[str, str]:
        return {"": self._here.say("any tag"), **{one["id"]: one["name"] for one in self._known.tags}}

    def _iterations(self) -> dict[str, str]:
        return {"": self._here.say("any"), **self._known.iterations}

    def _applications(self) -> dict[str, str]:
        say = self._here.say
        return {_ANY: say("any"), **{one: one or say("without a name") for one in self._known.applications}}

    async def _give_new(self, name: str) -> None:
        here = self._here
        tag = await here.write(lambda session: tags.create(session, here.project, name=name))
        await self.read()
        self._review.give(tag.id)

    def _ask(self) -> None:
        def delete() -> None:
            self._review.delete_shown()

        _ask_to_delete(self._here, 1, delete)

    def _ask_for_all(self) -> None:
        here, wanted = self._here, self._wanted

        async def delete() -> None:
            await here.write(lambda session: predictions.delete_all(session, here.project, wanted.query))
            self._review.begin()
            await self.read()

        _ask_to_delete(here, self._known.num_wanted, delete)


def _ask_to_delete(here: Here, count: int, delete: Callable[[], Awaitable[None] | None]) -> None:
    say = here.say
    act = Act(say("Delete"), delete, is_dangerous=True)
    with dialog(say("Delete one prediction?|Delete {count} predictions?", count=count), act, say=say):
        text("p", say("Nothing brings them back."))


def _orders(say: Words) -> dict[str, str]:
    return {
        "suggested": say("most uncertain first"),
        "newest": say("newest first"),
        "oldest": say("oldest first"),
    }


def _read(session: Session, project: Project, wanted: _Wanted) -> _Known:
    trained = [one for one in iterations.every(session, project) if one.status == "completed"]
    return _Known(
        tags=choices_of(tags.every(session, project)),
        iterations={one.id: one.name for one in reversed(trained)},
        applications=predictions.applications(session, project),
        num_all=predictions.count(session, project, Query()),
        num_wanted=predictions.count(session, project, wanted.query),
    )
