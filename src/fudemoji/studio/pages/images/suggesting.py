"""What an iteration takes the untagged images for, to be confirmed one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nicegui import ui

from fudemoji.server.store import tags
from fudemoji.studio.elements import text
from fudemoji.studio.elements.gallery import Gallery
from fudemoji.studio.elements.nothing import nothing
from fudemoji.studio.elements.review import Review
from fudemoji.studio.elements.select import Select
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.images.looking import Looking, look_at_untagged
from fudemoji.studio.pages.images.suggested import (
    CERTAIN,
    LEAST,
    UNCERTAIN,
    Known,
    Wanted,
    read,
    trained,
)
from fudemoji.studio.pages.images.tagging import ask_to_delete

__all__ = ["show"]

_LOOK_SECONDS = 1.5


@page("/projects/{project_id}/images/suggestions", title="Suggested tags")
async def show(here: Here) -> None:
    """One untagged image after another, the most uncertain first; or all that are certain, together."""
    say, project = here.say, here.project
    found = await here.read(lambda session: trained(session, project))
    if not found:
        why = say("No iteration of this project is trained yet.")
        nothing(why, act=say("Train one"), href=f"/projects/{project.id}/train")
        return
    text(
        "p",
        say("What an iteration takes untagged images for. Those that it is least sure of teach the most."),
    )
    wanted = Wanted.of(here.request.query_params, found)
    sheet = _Sheet(here, wanted, await here.read(lambda session: read(session, project, wanted)))
    ui.timer(_LOOK_SECONDS, sheet.look, immediate=False)


class _Sheet:
    """The choices, how far the iteration has looked, and the images of the page."""

    def __init__(self, here: Here, wanted: Wanted, known: Known) -> None:
        say, project = here.say, here.project
        self._here, self._wanted, self._known = here, wanted, known
        self._seen = here.context.store.changes
        with ui.element("div").classes("filters"):
            self._least = self._choice("least", say("Confirm"), self._ways())
            self._order = self._choice("order", say("Order"), {
                UNCERTAIN: say("most uncertain first"), CERTAIN: say("most certain first"),
            })  # fmt: skip
            self._tags = self._choice("tag", say("Taken for"), self._tag_options())
            self._iterations = self._choice("iteration", say("Iteration"), known.iterations)
            text("a", say("All images"), href=f"/projects/{project.id}/images")
        self._progress = text("p", "", classes="faint", role="status")
        self._done = text("p", say("All images have tags."))
        self._together = ui.element("div")
        self._gallery: Gallery | None = None
        self._review = Review(
            "suggestions", project.id,
            source=replace(wanted, least="").source(project.id), tags=known.tags,
            is_multi=project.kind == "multilabel", say=say,
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
        self._known = await self._here.read(lambda session: read(session, project, wanted))
        self._looking = self._begin()
        self._put()
        if self._known.num_suggested > before.num_suggested:
            self._review.refresh()
        if self._gallery and self._known != before:
            self._gallery.refresh()

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
        self._review.set_visibility(known.num_untagged > 0 and not wanted.least)
        self._together.set_visibility(bool(wanted.least))
        self._order.set_visibility(not wanted.least)
        self._least.offer(self._ways(), value=wanted.least)
        if wanted.least:
            self._show_together()
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
            return say.told(str(looking.problem))
        if known.num_left:
            return say(
                "One image could not be read; it has no suggestion."
                "|{count} images could not be read; they have no suggestion.",
                count=known.num_left,
            )
        return ""

    def _show_together(self) -> None:
        """All that are certain as small pictures, the least certain first."""
        here, say, wanted, project_id = self._here, self._here.say, self._wanted, self._here.project.id
        source = wanted.source(project_id)
        if self._gallery is None:
            with self._together:
                told = say(
                    "The least certain come first. One that is wrong is chosen and gets its right tag (/ and its "
                    "name), then leaves. Where some are chosen, only those are confirmed."
                )
                text("p", told, classes="faint")
                gallery = Gallery(project_id, source=source, tags=self._known.tags, say=say, steps=False)
            gallery.on_remove(lambda asked: ask_to_delete(here, gallery, asked["count"]))
            gallery.on_changed(lambda _: self.read())
            self._gallery = gallery
        if self._gallery.props["source"] != source:
            self._gallery.show(source)
        self._gallery.confirm_at(f"{wanted.base(project_id)}/confirm", least=float(wanted.least))
        self._gallery.set_tags(self._known.tags)

    def _ways(self) -> dict[str, str]:
        say, certain = self._here.say, self._known.certain
        together = {
            least: say("all of at least {share}: {count}", share=f"{float(least):.0%}", count=certain[least])
            for least in LEAST
        }
        return {"": say("one after another"), **together}

    def _choice(self, name: str, label: str, options: Mapping[str, str]) -> Select:
        async def choose(value: str) -> None:
            project_id = self._here.project.id
            changed: dict[str, Any] = {name: value}
            self._wanted = replace(self._wanted, **changed)
            ui.navigate.history.replace(self._wanted.address(project_id))
            self._review.show(replace(self._wanted, least="").source(project_id))
            await self.read()

        return Select(label, options, value=getattr(self._wanted, name), on_change=choose)

    def _tag_options(self) -> dict[str, str]:
        return {"": self._here.say("any tag"), **{one["id"]: one["name"] for one in self._known.tags}}

    async def _give_new(self, name: str) -> None:
        here = self._here
        tag = await here.write(lambda session: tags.create(session, here.project, name=name))
        await self.read()
        self._review.give(tag.id)
