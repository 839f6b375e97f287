"""The settings of a project."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from fudemoji.server.store import projects
from fudemoji.server.trainings.domains import DOMAINS
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.projects.asking import ask_to_copy, ask_to_delete

_DOMAINS = {one.id: one.name for one in DOMAINS.values()}


@page("/projects/{project_id}/settings", title="Settings")
async def show(here: Here) -> None:
    """Name, description, kind and domain; a copy; the end."""
    say, project = here.say, here.project
    with ui.element("section").classes("form"):
        name = ui.input(say("Name"), value=project.name).props("outlined")
        description = ui.textarea(say("Description"), value=project.description).props("outlined autogrow")
        several = ui.checkbox(say("An image may have several tags"), value=project.kind == "multilabel")
        domains = {project.domain_id: project.domain_id} | _DOMAINS
        domain = ui.select(domains, label=say("Domain"), value=project.domain_id).props("outlined")
        text(
            "p", say("A domain says what the images are, and how large the model is to be."), classes="faint"
        )
        kept = {"name": project.name, "description": project.description}
        kept |= {"kind": project.kind, "domain_id": project.domain_id}

        async def save() -> None:
            wanted = {
                "name": name.value,
                "description": description.value or "",
                "kind": "multilabel" if several.value else "multiclass",
                "domain_id": domain.value,
            }
            changed: dict[str, Any] = {key: value for key, value in wanted.items() if value != kept[key]}
            await here.write(
                lambda session: projects.update(session, projects.find(session, project.id), **changed)
            )
            kept.update(wanted)
            ui.notify(say("Saved"), type="positive")
            ui.page_title(" – ".join((kept["name"], say("Settings"), "fudemoji")))

        with ui.element("div").classes("bar"):
            ui.button(say("Save"), on_click=save).props("unelevated no-caps")
    with ui.element("section").classes("form"):
        text("h2", say("Make a copy"))
        text("p", say("The copy gets the settings, tags and images; iterations stay where they are."))
        ui.button(say("Copy this project"), on_click=lambda: ask_to_copy(here, project.id)).props(
            "outline no-caps"
        )
    with ui.element("section").classes("form"):
        text("h2", say("Delete"))
        text("p", say("All of it is deleted, with its models and keys. Nothing brings it back."))
        ui.button(say("Delete this project"), on_click=lambda: ask_to_delete(here, project.id)).props(
            "outline no-caps color=negative"
        )
