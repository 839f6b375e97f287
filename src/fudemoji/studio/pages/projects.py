"""The first page: all projects as cards, and how a new one begins."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import images, iterations, projects, tags
from fudemoji.server.store.tables import Project, ProjectKind
from fudemoji.server.trainings.domains import GENERAL
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here, page

_SAMPLE = 8


@dataclass(frozen=True)
class _Card:
    """What is told of a project."""

    project: Project
    num_images: int
    num_tags: int
    num_iterations: int
    sample: list[str]


@page("/", title="Projects")
async def show(here: Here) -> None:
    """Cards, the last made first."""
    say = here.say
    cards = await here.read(_cards)
    with ui.element("div").classes("bar"):
        ui.button(say("New project"), on_click=lambda: _ask_for_project(here)).props("unelevated no-caps")
    if not cards:
        text(
            "p", say("A project holds images and tags, and what was learned from them. Begin with a new one.")
        )
    with ui.element("div").classes("cards"):
        for card in cards:
            _show_card(here, card)


def _cards(session: Session) -> list[_Card]:
    def card(project: Project) -> _Card:
        sample = images.select(session, project, take=_SAMPLE)
        return _Card(
            project=project,
            num_images=images.count(session, project),
            num_tags=len(tags.every(session, project)),
            num_iterations=len(iterations.every(session, project)),
            sample=[image.id for image in sample],
        )

    return [card(project) for project in reversed(projects.every(session))]


def _show_card(here: Here, card: _Card) -> None:
    say, project = here.say, card.project
    with ui.element("a").classes("card") as link:
        link.props["href"] = f"/projects/{project.id}/images"
        with ui.element("div").classes("strip").props("aria-hidden=true"):
            for image_id in card.sample:
                image = ui.element("img").props("alt='' loading=lazy")
                image.props["src"] = f"/api/v1/projects/{project.id}/images/{image_id}/thumbnail?size=64"
        text("h2", project.name)
        counts = [
            say("one image|{count} images", count=card.num_images),
            say("one tag|{count} tags", count=card.num_tags),
            say("one iteration|{count} iterations", count=card.num_iterations),
        ]
        text("p", " · ".join(counts), classes="faint")


def _ask_for_project(here: Here) -> None:
    say = here.say
    with ui.dialog() as dialog, ui.card():
        text("h2", say("New project"))
        name = ui.input(say("Name")).props("autofocus outlined")
        several = ui.checkbox(say("An image may have several tags"))

        async def make() -> None:
            kind: ProjectKind = "multilabel" if several.value else "multiclass"
            project = await here.write(
                lambda session: projects.create(session, name=name.value, kind=kind, domain_id=GENERAL.id)
            )
            ui.navigate.to(f"/projects/{project.id}/images")

        name.on("keydown.enter", make)
        with ui.element("div").classes("bar"):
            ui.button(say("Create"), on_click=make).props("unelevated no-caps")
            ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
    dialog.open()
