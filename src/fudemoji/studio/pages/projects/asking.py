"""Questions before a project is copied or deleted."""

from __future__ import annotations

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import images, iterations, projects, tags
from fudemoji.server.store.copying import copy
from fudemoji.studio.elements import text
from fudemoji.studio.elements.dialogs import Act, dialog
from fudemoji.studio.frame import Here

__all__ = ["ask_to_copy", "ask_to_delete"]


async def ask_to_copy(here: Here, project_id: str) -> None:
    """Ask what the copy is to be called, and make it."""
    say = here.say
    project = await here.read(lambda session: projects.find(session, project_id))

    async def make() -> None:
        made = await here.write(
            lambda session: copy(session, projects.find(session, project_id), name=name.value)
        )
        ui.navigate.to(f"/projects/{made.id}/images")

    with dialog(say("Copy {name}", name=project.name), Act(say("Make a copy"), make), say=say):
        text("p", say("The copy gets the settings, tags and images; iterations stay where they are."))
        name = ui.input(say("Name"), value=f"{project.name} (2)").props("autofocus outlined")


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

    async def delete() -> None:
        await here.write(lambda session: projects.delete(session, projects.find(session, project_id)))
        here.context.auth.forget()
        ui.navigate.to("/")

    act = Act(say("Delete"), delete, is_dangerous=True)
    with dialog(say("Delete {name}?", name=name), act, say=say):
        text("p", " · ".join(counts))
        text("p", say("All of it is deleted, with its models and keys. Nothing brings it back."))
