"""The first page: all projects as cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element
from sqlalchemy.orm import Session

from fudemoji.server.store.overviews import Overview, overviews, sample
from fudemoji.server.store.tables import Project
from fudemoji.server.trainings.headline import headline
from fudemoji.studio.elements import text
from fudemoji.studio.elements.fillings import outcome
from fudemoji.studio.elements.menus import Item, menu
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.projects.asking import ask_to_copy, ask_to_delete
from fudemoji.studio.words.figures import quality

_SAMPLE = 8
_MANY = 8  # projects; from here on they can be searched
_LOOK_SECONDS = 2.0


@dataclass(frozen=True)
class _Facts:
    """What is told of a project."""

    overview: Overview
    sample: list[str]
    quality: float | None


@dataclass
class _Card:
    """The parts of a card that change while it is looked at."""

    facts: _Facts
    box: Element
    name: Any
    strip: Element
    counts: Any
    quality: Any
    work: Any


@page("/", title="Projects")
async def show(here: Here) -> None:
    """Cards, the last made first."""
    say, store = here.say, here.context.store
    seen = store.changes
    found = await here.read(lambda session: _read(here, session))
    with ui.element("div").classes("bar"):
        text("a", say("New project"), href="/new", classes="as-button")
        search = ui.input(say("Search")).props("type=search dense outlined clearable")
    grid = ui.element("div").classes("cards")
    nothing = text("p", "", classes="faint")
    cards: dict[str, _Card] = {}

    def draw() -> None:
        grid.clear()
        with grid:
            cards.update({one.overview.project.id: _new_card(here, one) for one in found})
        sift()

    def sift() -> None:
        wanted = (search.value or "").casefold()
        for card in cards.values():
            card.box.set_visibility(wanted in card.facts.overview.project.name.casefold())
        search.set_visibility(len(cards) > _MANY)
        is_empty = not any(card.box.visible for card in cards.values())
        nothing.set_text(say("No project is called so.") if cards else say(_BEGIN))
        nothing.set_visibility(is_empty)

    async def look() -> None:
        nonlocal found, seen
        if seen != store.changes:
            seen = store.changes
            found = await here.read(lambda session: _read(here, session))
            if [one.overview.project.id for one in found] != list(cards):
                cards.clear()
                draw()
            for one in found:
                _update(here, cards[one.overview.project.id], one)
        for card in cards.values():
            card.work.set_text(_work(here, card.facts))

    search.on_value_change(sift)
    draw()
    ui.timer(_LOOK_SECONDS, look)


_BEGIN = "A project holds images and tags, and what was learned from them. Begin with a new one."


def _read(here: Here, session: Session) -> list[_Facts]:
    return [
        _Facts(
            overview=one,
            sample=sample(session, one.project, num=_SAMPLE),
            quality=headline(here.context.store, one.trained) if one.trained else None,
        )
        for one in overviews(session)
    ]


def _new_card(here: Here, facts: _Facts) -> _Card:
    say, project = here.say, facts.overview.project
    with ui.element("article").classes("card") as box:
        strip = ui.element("div").classes("strip").props("aria-hidden=true")
        with ui.element("div").classes("card-head"):
            with ui.element("h2"):
                name = text("a", project.name, href=f"/projects/{project.id}/images", classes="card-link")
            menu(say("More on {name}", name=project.name), _items(here, project)).classes("card-more")
        counts = text("p", "", classes="faint")
        quality_line = text("p", "", classes="card-quality")
        work = text("p", "", classes="card-work", role="status")
    card = _Card(facts, box, name, strip, counts, quality_line, work)
    _fill_strip(strip, facts)
    _tell(here, card)
    return card


def _items(here: Here, project: Project) -> list[Item]:
    """What can be done with a project."""
    say = here.say
    return [
        Item(say("Settings"), lambda: ui.navigate.to(f"/projects/{project.id}/settings")),
        Item(say("Make a copy"), lambda: ask_to_copy(here, project.id)),
        Item(say("Delete"), lambda: ask_to_delete(here, project.id)),
    ]


def _update(here: Here, card: _Card, facts: _Facts) -> None:
    """Show what has changed, and touch nothing else."""
    is_new_sample = facts.sample != card.facts.sample
    card.facts = facts
    if is_new_sample:
        _fill_strip(card.strip, facts)
    _tell(here, card)


def _tell(here: Here, card: _Card) -> None:
    say, overview = here.say, card.facts.overview
    counts = [
        say("one image|{count} images", count=overview.num_images),
        say("one tag|{count} tags", count=overview.num_tags),
    ]
    if overview.num_iterations:
        counts.append(say("one iteration|{count} iterations", count=overview.num_iterations))
    card.name.set_text(overview.project.name)
    card.counts.set_text(" · ".join(counts))
    card.quality.set_text(_quality(here, card.facts))
    card.work.set_text(_work(here, card.facts))


def _quality(here: Here, facts: _Facts) -> str:
    say, trained = here.say, facts.overview.trained
    if trained is None:
        return say("Not trained yet")
    return f"{trained.name}: {quality(say, trained.kind, facts.quality)}"


def _work(here: Here, facts: _Facts) -> str:
    """What goes on in a project just now."""
    say, busy = here.say, facts.overview.busy
    told = [
        outcome(one, say)
        for one in here.context.filler.every(facts.overview.project.id)
        if not one.is_over or one.status == "failed"
    ]
    if busy and busy.status == "queued":
        told.append(say("{name} waits for its training", name=busy.name))
    elif busy:
        share = here.context.trainer.progress(busy.id).share
        told.append(say("{name} is trained: {percent} %", name=busy.name, percent=int(100 * share)))
    return " · ".join(told)


def _fill_strip(strip: Element, facts: _Facts) -> None:
    strip.clear()
    with strip:
        for image_id in facts.sample:
            image = ui.element("img").props("alt='' loading=lazy")
            address = f"/api/v1/projects/{facts.overview.project.id}/images/{image_id}/thumbnail?size=128"
            image.props["src"] = address
