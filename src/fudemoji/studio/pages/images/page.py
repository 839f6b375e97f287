"""The page of a project's images."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from fudemoji.studio.elements import text
from fudemoji.studio.elements.gallery import Gallery
from fudemoji.studio.elements.tags import TagList
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.images import tagging, uploading
from fudemoji.studio.pages.images.bench import Bench, read_tags
from fudemoji.studio.pages.images.filtering import Filter, FilterBar, Known
from fudemoji.studio.words import Words

__all__ = ["show"]

_LOOK_SECONDS = 3.0


@page("/projects/{project_id}/images", title="Images")
async def show(here: Here) -> None:
    """Tags at the side, images beside them."""
    say, project = here.say, here.project
    wanted = Filter.of(here.request.query_params)
    found = await here.read(lambda session: read_tags(session, project))
    with ui.element("div").classes("bench"):
        with ui.element("aside").classes("bench-side"):
            tag_list = TagList(
                found,
                say=say,
                on_pick=lambda tag_id: tagging.pick(bench, tag_id),
                on_edit=lambda tag_id: tagging.edit(bench, tag_id),
                on_create=lambda: tagging.create(bench),
            )
            _show_keys(say)
        with ui.element("div").classes("bench-main"):
            ways = ui.element("div").classes("bench-ways")
            gallery = Gallery(
                project.id,
                source=wanted.source(project.id),
                tags=found,
                say=say,
                steps=project.kind == "multiclass",
            )
    bench = Bench(here, gallery, tag_list, wanted, found)
    tag_list.set_shown(wanted.tag_id)
    known = await here.read(lambda session: Known.read(session, project))
    with ways:
        await uploading.show(bench)
        bar = FilterBar(bench, known)
    _connect(bench, bar)


def _show_keys(say: Words) -> None:
    """What the keyboard does among the images."""
    keys = {
        "← ↑ ↓ →": say("another image"),
        "Shift": say("with it, all between"),
        "Space": say("one more, or one less"),
        "Ctrl A": say("Choose all"),
        "1 – 9": say("give one of the first tags"),
        "/": say("give a tag by its name, or begin to type it"),
        "Enter": say("Look at it"),
        "Ctrl Z": say("Undo"),
        "Delete": say("Delete"),
    }
    with ui.element("details").classes("keys"):
        text("summary", say("Keyboard"))
        with ui.element("dl"):
            for key, what in keys.items():
                text("dt", key)
                text("dd", what)


def _connect(bench: Bench, bar: FilterBar) -> None:
    """Let the parts hear of each other, and of what others change."""
    here, gallery = bench.here, bench.gallery
    store = here.context.store
    seen = store.changes

    def chosen(told: dict[str, Any]) -> None:
        bench.chosen = told
        bench.tag_list.set_chosen(told)

    async def look() -> None:
        nonlocal seen
        if seen != store.changes:
            seen = store.changes
            await bench.refresh()
            await bar.read()

    gallery.on_selected(chosen)
    gallery.on_changed(lambda _: bench.read_tags())
    gallery.on_remove(lambda told: tagging.ask_to_delete(here, gallery, told["count"]))
    ui.timer(_LOOK_SECONDS, look)
