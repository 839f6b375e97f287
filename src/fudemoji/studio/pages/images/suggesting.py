"""What an iteration takes the untagged images for, to be confirmed one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import images, iterations, suggestions, tags
from fudemoji.server.store.tables import Project
from fudemoji.studio.elements import text
from fudemoji.studio.elements.review import Review, choices_of
from fudemoji.studio.elements.select import Select
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.images.looking import Looking, look_at_untagged

__all__ = ["show"]

_LOOK_SECONDS = 1.5
_UNCERTAIN, _CERTAIN = "uncertain", "certain"


@dataclass(frozen=True)
class _Wanted:
    """Which suggestions are shown; it stands in the address of the page."""

    iteration: str
    order: str = _UNCERTAIN
    tag: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str], known: Mapping[str, str]) -> _Wanted:
        """What an address asks for; without an iteration, the newest."""
        iteration = asked.get("iteration", "")
        return cls(
            iteration=iteration if iteration in known else next(iter(known), ""),
            order=_CERTAIN if asked.get("order") == _CERTAIN else _UNCERTAIN,
            tag=asked.get("tag", ""),
        )

    def address(self, project_id: str) -> str:
        """Of the page that shows them."""
        told = {name: value for name, value in vars(self).items() if value}
        return f"/projects/{project_id}/images/suggestions?{urlencode(told)}"

    def source(self, project_id: str) -> str:
        """The address that lists them."""
        asked: dict[str, Any] = {"most_uncertain_first": self.order == _UNCERTAIN}
        if self.tag:
            asked["taken_for"] = self.tag
        base = f"/api/v1/projects/{project_id}/iterations/{self.iteration}/suggestions"
        return f"{base}?{urlencode(asked)}"


@dataclass(frozen=True)
class _Known:
    """What the page shows beside the images."""

    iterations: dict[str, str]
    tags: list[dict[str, Any]]
    num_untagged: int = 0
    num_suggested: int = 0
    num_wanted: int = 0

    @property
    def num_left(self) -> int:
        """Untagged images that have no suggestion."""
        return self.num_untagged - self.num_suggested


@page("/projects/{project_id}/images/suggestions", title="Suggested tags")
async def show(here: Here) -> None:
    """One untagged image after another, the most uncertain first."""
    say, project = here.say, here.project
    trained = await here.read(lambda session: _trained(session, project))
    if not trained:
        text("p", say("No iteration of this project is trained yet."))
        text("a", say("Train one"), href=f"/projects/{project.id}/train")
        return
    text(
        "p",
        say("What an iteration takes untagged images for. Those that it is least sure of teach the most."),
    )
    wanted = _Wanted.of(here.request.query_params, trained)
    sheet = _Sheet(here, wanted, await here.read(lambda session: _read(session, project, wanted)))
    ui.timer(_LOOK_SECONDS, sheet.look, immediate=False)


class _Sheet:
    """The choices, how far the iteration has looked, and the images of the page."""

    def __init__(self, here: Here, wanted: _Wanted, known: _Known) -> None:
        say, project = here.say, here.project
        self._here, self._wanted, self._known = here, wanted, known
        self._seen = here.context.store.changes
        with ui.element("div").classes("filters"):
            self._choice("order", say("Order"), {
                _UNCERTAIN: say("most uncertain first"), _CERTAIN: say("most certain first"),
            })  # fmt: skip
            self._tags = self._choice("tag", say("Taken for"), self._tag_options())
            self._iterations = self._choice("iteration", say("Iteration"), known.iterations)
            text("a", say("All images"), href=f"/projects/{project.id}/images")
        self._progress = text("p", "", classes="faint", role="status")
        self._done = text("p", say("All images have tags."))
        self._review = Review(
            "suggestions", project.id,
            source=wanted.source(project.id), tags=known.tags, is_multi=project.kind == "multilabel", say=say,
        )  # fmt: skip
        self._review.on_decided(self.read)
        self._review.on_create(self._give_new)
        self._looking = self._begin()
        self._put()

    async def look(self) -> None:
        """Show what has changed meanwhile."""
        store = self._here.context.store
        if self._seen != store.changes or self._looking.is_running:
            self._seen = store.changes
            await self.read()

    async def read(self) -> None:
        """Read anew what is shown."""
        project, wanted = self._here.project, self._wanted
        before = self._known
        self._known = await self._here.read(lambda session: _read(session, project, wanted))
        self._looking = self._begin()
        self._put()
        if self._known.num_suggested > before.num_suggested:
            self._review.refresh()

    def _begin(self) -> Looking:
        return look_at_untagged(
            self._here.context,
            project_id=self._here.project.id,
            iteration_id=self._wanted.iteration,
            num_left=self._known.num_left,
        )

    def _put(self) -> None:
        known, wanted = self._known, self._wanted
        self._review.set_tags(known.tags)
        self._review.set_left(known.num_wanted)
        self._review.set_visibility(known.num_untagged > 0)
        self._done.set_visibility(known.num_untagged == 0)
        self._tags.offer(self._tag_options(), value=wanted.tag)
        self._iterations.offer(known.iterations, value=wanted.iteration)
        self._progress.set_text(self._told())
        self._progress.set_visibility(bool(self._told()))

    def _told(self) -> str:
        say, known, looking = self._here.say, self._known, self._looking
        if looking.is_running:
            return say(
                "The iteration has looked at {done} of {count} untagged images.",
                done=known.num_suggested,
                count=known.num_untagged,
            )
        if looking.problem:
            return say(str(looking.problem))
        if known.num_left:
            return say(
                "One image could not be read; it has no suggestion."
                "|{count} images could not be read; they have no suggestion.",
                count=known.num_left,
            )
        return ""

    def _choice(self, name: str, label: str, options: Mapping[str, str]) -> Select:
        async def choose(value: str) -> None:
            project_id = self._here.project.id
            changed: dict[str, Any] = {name: value}
            self._wanted = replace(self._wanted, **changed)
            ui.navigate.history.replace(self._wanted.address(project_id))
            self._review.show(self._wanted.source(project_id))
            await self.read()

        return Select(label, options, value=getattr(self._wanted, name), on_change=choose)

    def _tag_options(self) -> dict[str, str]:
        return {"": self._here.say("any tag"), **{one["id"]: one["name"] for one in self._known.tags}}

    async def _give_new(self, name: str) -> None:
        here = self._here
        tag = await here.write(lambda session: tags.create(session, here.project, name=name))
        await self.read()
        self._review.give(tag.id)


def _trained(session: Session, project: Project) -> dict[str, str]:
    """The names of the trained iterations by their ids, the newest first."""
    return {
        one.id: one.name for one in reversed(iterations.every(session, project)) if one.status == "completed"
    }


def _read(session: Session, project: Project, wanted: _Wanted) -> _Known:
    iteration = iterations.find(session, project, wanted.iteration)
    return _Known(
        iterations=_trained(session, project),
        tags=choices_of(tags.every(session, project)),
        num_untagged=images.count(session, project, images.ImageQuery(tagged=False)),
        num_suggested=suggestions.num_kept(session, iteration),
        num_wanted=suggestions.num_kept(session, iteration, taken_for=[wanted.tag] if wanted.tag else []),
    )
