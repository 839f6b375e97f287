"""Tags are made, changed and deleted, and given to images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nicegui import ui

from fudemoji.server.store import tags
from fudemoji.server.store.tables import TagKind
from fudemoji.studio.elements import text
from fudemoji.studio.pages.images.filtering import Filter

if TYPE_CHECKING:
    from fudemoji.studio.pages.images.bench import Bench

__all__ = ["create", "edit", "passing_dialog", "pick"]


def pick(bench: Bench, tag_id: str) -> None:
    """Give the tag to the chosen images; where none is chosen, show those that have it, or all again."""
    if bench.chosen["count"]:
        bench.gallery.give(tag_id)
    else:
        only = "" if bench.filter.only == "untagged" else bench.filter.only
        is_shown = bench.filter.tag_id == tag_id
        bench.choose(replace(bench.filter, tag_id="" if is_shown else tag_id, only=only))


def create(bench: Bench) -> None:
    """Ask for a new tag, and make it."""
    _ask(bench, tag_id=None)


def edit(bench: Bench, tag_id: str) -> None:
    """Show a tag's name, description and kind to be changed, or the tag deleted."""
    _ask(bench, tag_id=tag_id)


def _ask(bench: Bench, *, tag_id: str | None) -> None:
    here, say = bench.here, bench.here.say
    tag = next((one for one in bench.tags if one["id"] == tag_id), None)
    with passing_dialog() as dialog, ui.card().classes("ask"):
        text("h2", say("Change the tag") if tag else say("New tag"))
        name = ui.input(say("Name"), value=tag["name"] if tag else "").props("autofocus outlined")
        description = ui.input(say("Description"), value=tag["description"] if tag else "").props("outlined")
        negative = ui.checkbox(
            say("Negative: the image is none of the other tags"),
            value=tag is not None and tag["kind"] == "negative",
        )

        async def keep() -> None:
            kind: TagKind = "negative" if negative.value else "regular"
            given = {"name": name.value, "description": description.value, "kind": kind}
            if tag_id is None:
                await here.write(lambda session: tags.create(session, here.project, **given))
            else:
                await here.write(
                    lambda session: tags.update(
                        session, here.project, tags.find(session, here.project, tag_id), **given
                    )
                )
            dialog.close()
            await bench.read_tags()

        name.on("keydown.enter", keep)
        with ui.element("div").classes("bar"):
            ui.button(say("Save") if tag else say("Create"), on_click=keep).props("unelevated no-caps")
            ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
            if tag:
                ui.button(say("Delete …"), on_click=lambda: _ask_to_delete(bench, tag, dialog)).props(
                    "flat no-caps color=negative"
                )
    dialog.open()


def _ask_to_delete(bench: Bench, tag: dict[str, Any], before: ui.dialog) -> None:
    here, say = bench.here, bench.here.say
    tag_id = tag["id"]
    before.close()

    async def delete() -> None:
        await here.write(lambda session: tags.delete(session, tags.find(session, here.project, tag_id)))
        dialog.close()
        if bench.filter.tag_id == tag_id:
            bench.choose(Filter())
        await bench.refresh()

    with passing_dialog() as dialog, ui.card().classes("ask"):
        text("h2", say("Delete the tag {tag}?", tag=tag["name"]))
        text(
            "p",
            say(
                "It is taken from one image, which stays. Models that know the tag keep it."
                "|It is taken from {count} images, which stay. Models that know the tag keep it.",
                count=tag["num_images"],
            ),
        )
        with ui.element("div").classes("bar"):
            ui.button(say("Delete"), on_click=delete).props("unelevated no-caps color=negative")
            ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps autofocus")
    dialog.open()


def passing_dialog() -> ui.dialog:
    """A dialog that is gone when it is closed."""
    with ui.context.client.content:  # not within another one, which takes it along when it goes
        dialog = ui.dialog()
    dialog.on("hide", dialog.delete)
    return dialog
