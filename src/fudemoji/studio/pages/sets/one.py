"""The page of one set: all of it, one of its classes, or one of its images with those that are like it."""

from __future__ import annotations

from nicegui import ui

from fudemoji.data import CATALOG
from fudemoji.serving.errors import ApiError
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.sets.balance import show_balance
from fudemoji.studio.pages.sets.likeness import show_alike, show_forms
from fudemoji.studio.pages.sets.links import Links
from fudemoji.studio.pages.sets.named import open_named
from fudemoji.studio.pages.sets.project import open_project
from fudemoji.studio.pages.sets.subject import Facts, Subject

__all__ = ["show"]

_MOST_FORMS = 12


@page("/sets/{key}", title="Set")
async def show(
    here: Here,
    *,
    key: str,
    image: str = "",
    kind: str = "",
    by: str = "",
    order: str = "given",
    seed: int = 0,
    count: int = 6,
    find: str = "",
) -> None:
    """A set or project.

    Args:
        here: the page.
        key: name of a named set, or id of a project.
        image: whose neighbours are shown.
        kind: id of a class or tag whose forms are shown.
        by: id of the iteration that compares images; `pixels`, or empty for the newest.
        order: of the classes: `given`, `most` or `fewest`.
        seed: of the samples.
        count: of forms.
        find: what the classes that are shown are called, or a part of it.
    """
    facts, subject = await _opened(here, key)
    links = Links(key, by=by, order=order, seed=abs(seed), count=min(max(count, 1), _MOST_FORMS), find=find)
    model = "" if by == "pixels" else by if by in facts.models else next(iter(facts.models), "")
    with ui.element("nav").classes("links crumbs") as crumbs:
        crumbs.props["aria-label"] = here.say("Sets")
        text("a", here.say("Sets"), href="/sets")
        text("a", facts.title, href=links.to())
    if image:
        await show_alike(here, facts, subject, links, key=image, by=model)
    elif kind:
        found = facts.kind_of.get(kind)
        if found is None:
            raise ApiError(404, "NotFoundClass", "the set has no such class")
        await show_forms(here, facts, subject, links, kind=found, by=model)
    else:
        await show_balance(here, facts, subject, links)


async def _opened(here: Here, key: str) -> tuple[Facts, Subject]:
    if key not in CATALOG:
        return await open_project(here, key)
    if here.context.sets.is_open(key):
        return await open_named(here, key)
    with ui.element("p").props("role=status") as waiting:
        ui.spinner()
        text("span", here.say("The set is being read."))
    await ui.context.client.connected()
    opened = await open_named(here, key)
    waiting.delete()
    return opened
