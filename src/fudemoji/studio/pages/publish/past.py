"""What answered under which name, and when."""

from __future__ import annotations

from datetime import datetime

from nicegui import ui

from fudemoji.studio.elements import text
from fudemoji.studio.elements.scrolling import scrolling
from fudemoji.studio.pages.publish.known import Past, Quality
from fudemoji.studio.words import Words

__all__ = ["measured", "moment", "show_past"]


def moment(when: datetime) -> str:
    """A moment in the time of the studio's machine."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M")


def measured(say: Words, quality: Quality) -> str:
    """How good an iteration is, in a few words."""
    if quality.value is None:
        return say("not measured")
    share = f"{100 * quality.value:.1f}"
    if quality.kind == "multilabel":
        return say("average precision {share} %", share=share)
    return say("accuracy {share} %", share=share)


def show_past(say: Words, past: tuple[Past, ...]) -> None:
    """A table, the newest first; nothing where nothing was published."""
    if not past:
        return
    with ui.element("section"):
        text("h2", say("History"))
        with scrolling(say("History")), ui.element("table").classes("table"):
            with ui.element("thead"), ui.element("tr"):
                for word in (
                    say("Name"),
                    say("Iteration"),
                    say("Held-out images"),
                    say("From"),
                    say("Until"),
                ):
                    text("th", word, scope="col")
            with ui.element("tbody"):
                for one in past:
                    with ui.element("tr"):
                        text("td", one.name)
                        back = say("rolled back to") if one.is_roll_back else ""
                        text("td", f"{one.iteration} ({back})" if back else one.iteration)
                        text("td", measured(say, one.quality))
                        text("td", moment(one.since))
                        text("td", moment(one.until) if one.until else say("now"))
