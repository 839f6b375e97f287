"""The page of all sets: those that go by a name, and projects."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from fudemoji.data import NamedSet
from fudemoji.server.store import images, projects, tags
from fudemoji.server.store.tables import Project
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here, page
from fudemoji.studio.words import SET_TITLES

__all__ = ["show"]

_GLYPHS = 24
_SAMPLE = 8


@page("/sets", title="Sets")
async def show(here: Here) -> None:
    """Cards of all sets."""
    say = here.say
    text("p", say("How balanced a set is, what its images look like, and which of them are alike."))
    text("h2", say("Named sets"))
    with ui.element("div").classes("cards"):
        for named, is_here in await run_in_threadpool(here.context.sets.every):
            _show_named(here, named, is_here=is_here)
    known = await here.read(_projects)
    if known:
        text("h2", say("Projects"))
        with ui.element("div").classes("cards"):
            for card in known:
                _show_project(here, card)


def _show_named(here: Here, named: NamedSet, *, is_here: bool) -> None:
    say = here.say
    with ui.element("a" if is_here else "div").classes("card") as card:
        if is_here:
            card.props["href"] = f"/sets/{named.name}"
        glyphs = "".join(one.glyph for one in named.classes[:_GLYPHS]) or "漢字"
        text("p", glyphs, classes="glyphs", lang="ja", aria_hidden="true")
        text("h2", named.name)
        text("p", say(SET_TITLES[named.name]))
        counts = [
            say("one class|{count} classes", count=named.num_classes),
            say("one image|{count} images", count=named.num_images),
        ]
        text("p", " · ".join(counts), classes="faint")
        if not is_here:
            text("p", say("It is not on this machine; get it with:"), classes="faint")
            text("pre", f"fudemoji data get {named.name}", classes="command", tabindex="0")


@dataclass(frozen=True)
class _Card:
    """What is told of a project."""

    project: Project
    num_tags: int
    num_images: int
    sample: tuple[str, ...]


def _projects(session: Session) -> list[_Card]:
    return [
        _Card(
            project=project,
            num_tags=len(tags.every(session, project)),
            num_images=images.count(session, project),
            sample=tuple(image.id for image in images.select(session, project, take=_SAMPLE)),
        )
        for project in reversed(projects.every(session))
    ]


def _show_project(here: Here, card: _Card) -> None:
    say, project = here.say, card.project
    with ui.element("a").classes("card") as link:
        link.props["href"] = f"/sets/{project.id}"
        with ui.element("div").classes("strip").props("aria-hidden=true"):
            for image_id in card.sample:
                image = ui.element("img").props("alt='' loading=lazy")
                image.props["src"] = f"/api/v1/projects/{project.id}/images/{image_id}/thumbnail?size=64"
        text("h2", project.name)
        counts = [
            say("one tag|{count} tags", count=card.num_tags),
            say("one image|{count} images", count=card.num_images),
        ]
        text("p", " · ".join(counts), classes="faint")
