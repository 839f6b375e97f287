"""What answered under which name, and when."""

from __future__ import annotations

from nicegui import ui

from fudemoji.studio.elements import text
from fudemoji.studio.elements.scrolling import scrolling
from fudemoji.studio.pages.publish.known import Past
from fudemoji.studio.words import Words
from fudemoji.studio.words.figures import moment, quality

__all__ = ["show_past"]


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
                        text("td", quality(say, one.quality.kind, one.quality.value))
                        text("td", moment(one.since))
                        text("td", moment(one.until) if one.until else say("now"))
