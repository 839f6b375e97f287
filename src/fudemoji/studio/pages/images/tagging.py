"""Tags are made, changed and deleted, and given to images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nicegui import ui

from fudemoji.server.store import tags
from fudemoji.server.store.tables import TagKind
from fudemoji.studio.elements import text
from fudemoji.studio.elements.dialogs import Act, dialog
from fudemoji.studio.pages.images.filtering import Filter

if TYPE_CHECKING:
    from fudemoji.studio.elements.gallery import Gallery
    from fudemoji.studio.frame import Here
    from fudemoji.studio.pages.images.bench import Bench

__all__ = ["ask_to_delete", "create", "edit", "pick"]


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
        await bench.read_tags()

    acts = [Act(say("Save") if tag else say("Create"), keep)]
    if tag:
        acts.append(Act(say("Delete …"), lambda: _ask_to_delete(bench, tag), is_dangerous=True))
    with dialog(say("Change the tag") if tag else say("New tag"), *acts, say=say):
        name = ui.input(say("Name"), value=tag["name"] if tag else "").props("autofocus outlined")
        description = ui.input(say("Description"), value=tag["description"] if tag else "").props("outlined")
        negative = ui.checkbox(
            say("Negative: the image is none of the other tags"),
            value=tag is not None and tag["kind"] == "negative",
        )


def _ask_to_delete(bench: Bench, tag: dict[str, Any]) -> None:
    here, say = bench.here, bench.here.say
    tag_id = tag["id"]

    async def delete() -> None:
        await here.write(lambda session: tags.delete(session, tags.find(session, here.project, tag_id)))
        if bench.filter.tag_id == tag_id:
            bench.choose(Filter())
        await bench.refresh()

    act = Act(say("Delete"), delete, is_dangerous=True)
    with dialog(say("Delete the tag {tag}?", tag=tag["name"]), act, say=say):
        text(
            "p",
            say(
                "It is taken from one image, which stays. Models that know the tag keep it."
                "|It is taken from {count} images, which stay. Models that know the tag keep it.",
                count=tag["num_images"],
            ),
        )


def ask_to_delete(here: Here, gallery: Gallery, count: int) -> None:
    """Delete the chosen images, if the visitor agrees."""
    say = here.say
    act = Act(say("Delete"), gallery.delete_chosen, is_dangerous=True)
    with dialog(say("Delete one image?|Delete {count} images?", count=count), act, say=say):
        text("p", say("Nothing brings them back. Models keep what they learned from them."))
