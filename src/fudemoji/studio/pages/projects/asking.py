"""Questions before a project is copied or deleted."""

from __future__ import annotations

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import images, iterations, projects, tags
from fudemoji.server.store.copying import copy
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here

__all__ = ["ask_to_copy", "ask_to_delete"]


async def ask_to_copy(here: Here, project_id: str) -> None:
    """Ask what the copy is to be called, and make it."""
    say = here.say
    project = await here.read(lambda session: projects.find(session, project_id))
    with ui.dialog() as dialog, ui.card().classes("ask"):
        text("h2", say("Copy {name}", name=project.name))
        text("p", say("The copy gets the settings, tags and images; iterations stay where they are."))
        name = ui.input(say("Name"), value=f"{project.name} (2)").props("autofocus outlined")

        async def make() -> None:
            button.disable()
            try:
                made = await here.write(
                    lambda session: copy(session, projects.find(session, project_id), name=name.value)
                )
            finally:
                button.enable()
            ui.navigate.to(f"/projects/{made.id}/images")

        name.on("keydown.enter", make)
        with ui.element("div").classes("bar"):
            button = ui.button(say("Make a copy"), on_click=make).props("unelevated no-caps")
            ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
    dialog.on("hide", dialog.delete)
    dialog.open()


async def ask_to_delete(here: Here, project_id: str) -> None:
    """Say what would be lost, and delete it when that is meant."""
    say = here.say

    def count(session: Session) -> tuple[str, list[str]]:
        project = projects.find(session, project_id)
        return project.name, [
            say("one image|{count} images", count=images.count(session, project)),
            say("one tag|{count} tags", count=len(tags.every(session, project))),
            say("one iteration|{count} iterations", count=len(iterations.every(session, project))),
        ]

    name, counts = await here.read(count)
    with ui.dialog() as dialog, ui.card().classes("ask"):
        text("h2", say("Delete {name}?", name=name))
        text("p", " · ".join(counts))
        text("p", say("All of it is deleted, with its models and keys. Nothing brings it back."))

        async def delete() -> None:
            button.disable()
            try:
                await here.write(lambda session: projects.delete(session, projects.find(session, project_id)))
                here.context.auth.forget()
            finally:
                button.enable()
            ui.navigate.to("/")

        with ui.element("div").classes("bar"):
            button = ui.button(say("Delete"), on_click=delete).props("unelevated no-caps color=negative")
            ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps autofocus")
    dialog.on("hide", dialog.delete)
    dialog.open()
