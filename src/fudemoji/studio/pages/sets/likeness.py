"""Images that are like one, and the forms that one character takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from fudemoji.report.words import percent
from fudemoji.serving.errors import ApiError
from fudemoji.studio.elements import text
from fudemoji.studio.elements.pictures import Pictures
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.sets.balance import SPLITS, picture_of
from fudemoji.studio.pages.sets.links import Links
from fudemoji.studio.pages.sets.subject import Alike, Facts, Grouped, Kind, Subject

__all__ = ["show_alike", "show_forms"]

_NEIGHBOURS = 36
_FORMS = (1, 2, 3, 4, 6, 8, 12)
_PAUSE_SECONDS = 0.2  # between two looks at what has not been compared yet


async def show_alike(here: Here, facts: Facts, subject: Subject, links: Links, *, key: str, by: str) -> None:
    """An image, large, and its nearest neighbours."""
    say = here.say
    place = ui.element("div").classes("alike")
    _show_comparers(here, facts, links, by, image=key)
    told = text("p", "")
    status = text("p", say("The images are being compared."), classes="faint", role="status")
    neighbours = Pictures([], sharp=facts.sharp, side=72)
    is_placed = False

    async def look() -> bool:
        nonlocal is_placed
        found = await subject.alike(key, take=_NEIGHBOURS, by=by)
        if not is_placed:
            with place:
                _show_image(here, facts, links, found)
            is_placed = True
        pictures = [picture_of(here, facts, links, one, of=found.image.kinds) for one in found.found]
        neighbours.show(pictures)
        if found.image.kinds:
            told.set_text(_told(here, sum(one.mark for one in pictures), len(pictures)))
        return _tell_progress(here, status, found.num_images, found.total)

    text("p", say("The number is the likeness, 1 for the same."), classes="faint")
    await _until_done(look)


async def show_forms(
    here: Here, facts: Facts, subject: Subject, links: Links, *, kind: Kind, by: str
) -> None:
    """The images of a class, grouped by their form."""
    say = here.say
    with ui.element("h2").classes("kind"):
        if kind.glyph:
            text("span", kind.glyph, classes="glyph", lang="ja")
        text("span", kind.name)
    text("p", say("one image|{count} images", count=kind.num_images), classes="faint")
    text(
        "p",
        say("Grouped by their form, the most typical of each group first. Who wrote what is not recorded."),
    )
    with ui.element("nav").classes("links turns") as nav:
        nav.props["aria-label"] = say("Forms")
        text("span", say("Forms"), classes="faint")
        for count in _FORMS:
            link = text("a", str(count), href=links.to(kind=kind.id, count=count))
            if count == links.count:
                link.props["aria-current"] = "true"
    _show_comparers(here, facts, links, by, kind=kind.id)
    status = text("p", say("The images are being compared."), classes="faint", role="status")
    forms = ui.element("div")

    async def look() -> bool:
        found = await subject.forms(kind, count=links.count, by=by)
        forms.clear()
        with forms:
            _show_groups(here, facts, links, found)
        return _tell_progress(here, status, found.num_images, found.total)

    await _until_done(look)


def _show_groups(here: Here, facts: Facts, links: Links, found: Grouped) -> None:
    for number, group in enumerate(found.groups, 1):
        with ui.element("section").classes("group"):
            share = percent(group.num_images / max(1, found.num_images), 0)
            text("h3", here.say("Form {number}", number=number))
            count = here.say("one image|{count} images", count=group.num_images)
            text("p", f"{count} · {share}", classes="faint")
            Pictures(
                [picture_of(here, facts, links, one) for one in group.images], sharp=facts.sharp, side=56
            )


def _show_image(here: Here, facts: Facts, links: Links, found: Alike) -> None:
    image = ui.element("img").classes("large sharp" if facts.sharp else "large")
    image.props["src"] = found.image.large
    named = [kind for kind in facts.kinds if kind.id in found.image.kinds]
    image.props["alt"] = ", ".join(map(str, named)) or here.say("no tag")
    with ui.element("div"):
        for kind in named:
            with ui.element("h2").classes("kind"), ui.element("a") as link:
                link.props["href"] = links.to(kind=kind.id)
                if kind.glyph:
                    text("span", kind.glyph, classes="glyph", lang="ja")
                text("span", kind.name)
        if found.image.split:
            split = SPLITS.get(found.image.split, found.image.split)
            text("p", here.say(split), classes="faint")
        text("p", here.say("Its nearest neighbours, the most alike first. Each leads to its own."))


def _told(here: Here, num_others: int, total: int) -> str:
    if not num_others:
        return here.say("All neighbours are of the same class.")
    told = "One neighbour of {total} is of another class.|{count} neighbours of {total} are of another class."
    return here.say(told, count=num_others, total=total)


def _show_comparers(here: Here, facts: Facts, links: Links, by: str, **kept: str) -> None:
    """What compares the images, where there is a choice."""
    say = here.say
    if not facts.models:
        text("p", say("Compared by their pixels."), classes="faint")
        return
    with ui.element("nav").classes("links turns") as nav:
        nav.props["aria-label"] = say("Compared by")
        text("span", say("Compared by"), classes="faint")
        for model, name in {**facts.models, "pixels": say("their pixels")}.items():
            link = text("a", name, href=links.to(**{**kept, "by": model}))
            if model == (by or "pixels"):
                link.props["aria-current"] = "true"


def _tell_progress(here: Here, status: TextElement, num_images: int, total: int) -> bool:
    """Say how many images have been compared, until all are; whether they are."""
    is_done = num_images >= total
    told = (
        ""
        if is_done
        else here.say("{count} of {total} images compared so far", count=num_images, total=total)
    )
    status.set_text(told)
    return is_done


async def _until_done(look: Callable[[], Awaitable[bool]]) -> None:
    """Look once the page is there, and then as often as it takes; what is refused later ends it."""
    await ui.context.client.connected()
    if await look():
        return

    async def again() -> None:
        timer.active = False
        try:
            timer.active = not await look()
        except ApiError:
            timer.cancel()
            raise

    timer = ui.timer(_PAUSE_SECONDS, again)
