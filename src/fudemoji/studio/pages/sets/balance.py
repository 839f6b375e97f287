"""All classes of a set: how many images each has, and what they look like."""

from __future__ import annotations

from dataclasses import replace

from nicegui import ui

from fudemoji.studio.elements import text
from fudemoji.studio.elements.pictures import Picture, Pictures
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.sets.links import Links
from fudemoji.studio.pages.sets.subject import Facts, Kind, Seen, Subject

__all__ = ["SPLITS", "picture_of", "show_balance"]

_AT_ONCE = 60  # classes
_SAMPLE = 12
_UNBALANCED = 1.2  # times as many images, from which on it is told
_ORDERS = {"given": "In their order", "most": "Most images first", "fewest": "Fewest images first"}
SPLITS = {"train": "training", "valid": "validation", "test": "test"}


async def show_balance(here: Here, facts: Facts, subject: Subject, links: Links) -> None:
    """The balance and the sample sheet, a line a class."""
    text("h2", facts.title)
    if facts.about:
        text("p", facts.about, classes="faint")
    _summarise(here, facts)
    if not facts.kinds:
        return
    _show_controls(here, facts, links)
    if len(facts.kinds) > _AT_ONCE:
        _show_search(here, facts, links)
    kinds = _ordered(facts.found(links.find), links.order)
    most = max(kind.num_images for kind in facts.kinds) or 1
    rows = ui.element("ol").classes("classes")
    shown = 0

    async def more() -> None:
        nonlocal shown
        part = kinds[shown : shown + _AT_ONCE]
        shown += len(part)
        samples = [await subject.sample(kind, take=_SAMPLE, seed=links.seed) for kind in part]
        with rows:
            for kind, sample in zip(part, samples, strict=True):
                _show_kind(here, facts, links, kind, sample, most=most)
        button.set_visibility(shown < len(kinds))

    button = ui.button(here.say("Show more classes"), on_click=more).props("outline no-caps")
    await more()


def picture_of(here: Here, facts: Facts, links: Links, seen: Seen, *, of: tuple[str, ...] = ()) -> Picture:
    """An image as a link to those that are like it; it stands out if it is of none of the classes `of`."""
    named = [facts.kind_of[one] for one in seen.kinds if one in facts.kind_of]
    told = ", ".join(map(str, named)) or here.say("no tag")
    caption = ""
    if seen.likeness is not None:
        told = f"{told}, {seen.likeness:.2f}"
        caption = " ".join([*(kind.glyph or kind.name for kind in named), f"{seen.likeness:.2f}"])
    is_other = bool(of) and not set(of) & set(seen.kinds)
    return Picture(seen.src, links.to(image=seen.key), told, caption, is_other)


def _summarise(here: Here, facts: Facts) -> None:
    say = here.say
    counts = [kind.num_images for kind in facts.kinds]
    parts = [
        say("one class|{count} classes", count=len(counts)),
        say("one image|{count} images", count=sum(counts)),
    ]
    if facts.num_untagged:
        parts.append(say("one without a tag|{count} without a tag", count=facts.num_untagged))
    text("p", " · ".join(parts))
    least, most = min(counts, default=0), max(counts, default=0)
    if least and most >= _UNBALANCED * least:
        times = f"{most / least:.1f}"
        text("p", say("The largest class has {times} times as many images as the smallest.", times=times))
    elif counts and not least:
        text("p", say("Some classes have no image."))


def _show_controls(here: Here, facts: Facts, links: Links) -> None:
    say = here.say
    with ui.element("div").classes("bar"):
        with ui.element("nav").classes("links turns") as nav:
            nav.props["aria-label"] = say("Order")
            for order, word in _ORDERS.items():
                link = text("a", say(word), href=links.to(order=order))
                if order == links.order:
                    link.props["aria-current"] = "true"
        text("a", say("Another sample"), href=links.to(seed=links.seed + 1))
        splits = [split for split in facts.kinds[0].counts if split in SPLITS]
        if len(splits) > 1:
            with ui.element("span").classes("key faint"):
                for split in splits:
                    ui.element("span").classes(f"key-mark {split}")
                    text("span", say(SPLITS[split]))


def _show_search(here: Here, facts: Facts, links: Links) -> None:
    """A field that leads to the classes that are called so."""
    say = here.say
    with ui.element("form").classes("bar finds").props("method=get role=search") as form:
        form.props["action"] = replace(links, find="").to().partition("?")[0]
        for name, value in (("order", links.order), ("seed", links.seed), ("by", links.by)):
            if value:
                hidden = ui.element("input").props("type=hidden")
                hidden.props["name"], hidden.props["value"] = name, str(value)
        field = ui.element("input").props("type=search name=find")
        field.props["aria-label"] = field.props["placeholder"] = say("Find classes by glyph, reading or code")
        field.props["value"] = links.find
        text("button", say("Find"), classes="plain", type="submit")
        if links.find:
            count = len(facts.found(links.find))
            text(
                "span",
                say("one class is called so|{count} classes are called so", count=count),
                role="status",
            )
            text("a", say("All classes"), href=links.to(find=""))


def _ordered(kinds: tuple[Kind, ...], order: str) -> list[Kind]:
    if order not in ("most", "fewest"):
        return list(kinds)
    return sorted(kinds, key=lambda kind: kind.num_images, reverse=order == "most")


def _show_kind(here: Here, facts: Facts, links: Links, kind: Kind, sample: list[Seen], *, most: int) -> None:
    with ui.element("li").classes("class-row"):
        with ui.element("a").classes("kind") as link:
            link.props["href"] = links.to(kind=kind.id)
            if kind.glyph:
                text("span", kind.glyph, classes="glyph", lang="ja")
            text("span", kind.name)
        with ui.element("div").classes("amount"):
            with ui.element("div").classes("amount-bar").props("aria-hidden=true"):
                for split, count in kind.counts.items():
                    ui.element("span").classes(split).style(f"width: {100 * count / most:.2f}%")
            text("span", here.say("one image|{count} images", count=kind.num_images))
        Pictures([picture_of(here, facts, links, seen) for seen in sample], sharp=facts.sharp, side=44)
