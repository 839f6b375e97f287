"""The page of all runs: a line each, and the curves of those that are chosen, laid over each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments
from starlette.concurrency import run_in_threadpool

from fudemoji.report.words import duration, percent
from fudemoji.studio.addresses import given, with_query
from fudemoji.studio.elements import text
from fudemoji.studio.elements.scrolling import scrolling
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.runs import shelf
from fudemoji.studio.pages.runs.differing import Difference, differences
from fudemoji.studio.pages.runs.overlay import MOST, Overlay
from fudemoji.studio.pages.runs.shelf import Shelved
from fudemoji.studio.pages.runs.summary import Summary, summary_of
from fudemoji.studio.pages.runs.telling import data_of, state_of
from fudemoji.studio.words.figures import moment

__all__ = ["show"]

_SECONDS = 2.0  # between two looks
_MOST_LINES = 200
_HEADS = ("Run", "State", "Data", "Model", "Recipe", "Validation", "Test", "Time", "Begun")
_NUMBERS = ("Validation", "Test", "Time")


@page("/runs", title="Runs")
async def show(here: Here, lay: Annotated[tuple[str, ...], Query()] = (), find: str = "") -> None:
    """All runs, the last begun first.

    Args:
        here: the page.
        lay: keys of the runs whose curves are shown.
        find: only runs are listed whose name, state, set, model or recipe has these words.
    """
    await _Runs(here, lay, find).begin()


class _Runs:
    """The page while it is open."""

    def __init__(self, here: Here, lay: tuple[str, ...], find: str) -> None:
        self._here = here
        self._chosen = list(dict.fromkeys(lay))
        self._find = find
        self._known: dict[str, tuple[Shelved, Summary]] = {}
        self._lines: dict[str, _Line] = {}

    async def begin(self) -> None:
        """Build it, and go on looking."""
        say = self._here.say
        with ui.element("div").classes("bar"):
            field = ui.input(say("Find"), value=self._find, on_change=self._search)
            field.props("outlined dense clearable debounce=300 type=search")
            self._count = text("span", "", classes="faint", role="status")
        with scrolling(say("Runs")).classes("all-runs") as around, ui.element("table").classes("table"):
            self._head()
            self._body = ui.element("tbody")
        with ui.element("section").classes("laid") as self._laid:
            self._curves = Overlay(self._here)
            self._differing = ui.element("div")
        self._around = around
        await ui.context.client.connected()  # a thousand runs take seconds to read
        await self._look()
        self._chosen = [key for key in self._chosen if key in self._known][:MOST]
        await self._lay()
        ui.timer(_SECONDS, self._follow)

    def _head(self) -> None:
        with ui.element("thead"), ui.element("tr"):
            with text("th", "", scope="col"):
                text("span", self._here.say("Lay over each other"), classes="unseen")
            for head in _HEADS:
                text("th", self._here.say(head), scope="col", classes="number" if head in _NUMBERS else "")

    async def _search(self, changed: ValueChangeEventArguments[str | None]) -> None:
        self._find = changed.value or ""
        self._show()
        self._remember()

    async def _follow(self) -> None:
        await self._look()
        await self._curves.follow()

    async def _look(self) -> None:
        """Read how all runs stand, and show what has changed."""
        context = self._here.context
        found = await self._here.read(lambda session: shelf.every(session, context))
        summaries = await run_in_threadpool(lambda: [summary_of(one.run) for one in found])
        known = {one.key: (one, told) for one, told in zip(found, summaries, strict=True)}
        if known != self._known:
            self._known = known
            self._show()

    def _show(self) -> None:
        """Bring the lines up to date, each in its place."""
        say, words = self._here.say, self._find.lower().split()
        matching = [key for key, one in self._known.items() if _matches(*one, words)]
        listed = matching[:_MOST_LINES]
        for key in [key for key in self._lines if key not in listed]:
            self._lines.pop(key).row.delete()
        for place, key in enumerate(listed):
            if key not in self._lines:
                with self._body:
                    self._lines[key] = _Line(self._here, self._known[key][0], self._toggle)
                self._lines[key].row.move(self._body, place)
            self._lines[key].tell(self._known[key][1])
        self._colour()
        self._around.set_visibility(bool(listed))
        folder = str(self._here.context.settings.runs_folder)
        if not self._known:
            told = say(
                "No runs yet. Train a project, or use `fudemoji train`; runs below {folder} are shown.",
                folder=folder,
            )
        elif len(listed) < len(matching):
            told = say("the last {count} of {total} runs", count=len(listed), total=len(matching))
        else:
            told = say("one run|{count} runs", count=len(matching))
        self._count.set_text(told)

    async def _toggle(self, key: str, wanted: bool) -> None:
        others = [one for one in self._chosen if one != key]
        self._chosen = [*others, key][-MOST:] if wanted else others  # one too many: the first goes
        self._remember()
        await self._lay()

    async def _lay(self) -> None:
        """Show the curves of the chosen runs, and in what their settings differ."""
        chosen = [self._known[key][0] for key in self._chosen if key in self._known]
        await self._curves.show(chosen)
        self._laid.set_visibility(bool(chosen))
        self._colour()
        found = await run_in_threadpool(differences, chosen)
        self._differing.clear()
        if len(chosen) > 1:
            with self._differing:
                self._show_differences(chosen, found)

    def _show_differences(self, chosen: list[Shelved], found: list[Difference]) -> None:
        say = self._here.say
        text("h2", say("Settings that differ"))
        if not found:
            text("p", say("All settings are the same."), classes="faint")
            return
        with scrolling(say("Settings that differ")), ui.element("table").classes("table"):
            with ui.element("thead"), ui.element("tr"):
                text("th", say("Setting"), scope="col")
                for one in chosen:
                    with text("th", "", scope="col"):
                        _chip(self._curves.colour_of(one.key))
                        text("span", one.name)
            with ui.element("tbody"):
                for setting in found:
                    with ui.element("tr"):
                        text("th", setting.name, scope="row", title=setting.description)
                        for value in setting.values:
                            text("td", "–" if value is None else value)

    def _colour(self) -> None:
        for key, line in self._lines.items():
            line.colour(self._curves.colour_of(key))

    def _remember(self) -> None:
        """Put the state into the address."""
        ui.navigate.history.replace(with_query("/runs", given({"lay": self._chosen, "find": self._find})))


class _Line:
    """A run in the table."""

    def __init__(self, here: Here, shelved: Shelved, toggle: Callable[[str, bool], Awaitable[None]]) -> None:
        self._here = here
        self._shelved = shelved

        async def changed(event: GenericEventArguments) -> None:
            await toggle(shelved.key, bool(event.args))

        with ui.element("tr") as self.row:
            with ui.element("td"), ui.element("label").classes("lay"):
                self._box = ui.element("input").props("type=checkbox")
                self._box.props["aria-label"] = here.say("Show the curves of {name}", name=shelved.name)
                self._box.on("change", changed, js_handler="(e) => emit(e.target.checked)")
                self._chip = _chip(None)
            with text("th", "", scope="row"):
                text("a", shelved.name, href=f"/runs/{quote(shelved.key)}")
            with ui.element("td"):
                self._cells = {"State": text("span", "", classes="state")}
            for head in _HEADS[2:]:
                self._cells[head] = text("td", "", classes="number" if head in _NUMBERS else "")

    def tell(self, summary: Summary) -> None:
        """Show how the run stands now."""
        told = {
            "State": state_of(self._here, summary),
            "Data": data_of(self._here, summary, self._shelved),
            "Model": summary.model,
            "Recipe": summary.recipe,
            "Validation": percent(summary.score("valid"), 2),
            "Test": percent(summary.score("test"), 2),
            "Time": duration(summary.seconds),
            "Begun": moment(self._shelved.began),
        }
        for head, value in told.items():
            if self._cells[head].text != value:
                self._cells[head].set_text(value)
        self._cells["State"].classes(replace=f"state {summary.state}")
        if summary.reason:
            self._cells["State"].props["title"] = summary.reason

    def colour(self, number: int | None) -> None:
        """Show the colour of the run's curves; None where it has none."""
        _paint(self._chip, number)
        if bool(self._box.props.get("checked")) != (number is not None):
            self._box.props["checked"] = number is not None


def _matches(shelved: Shelved, summary: Summary, words: list[str]) -> bool:
    known = " ".join((shelved.name, summary.state, summary.data, summary.model, summary.recipe)).lower()
    return all(word in known for word in words)


def _chip(number: int | None) -> ui.element:
    chip = ui.element("span").classes("chip").props("aria-hidden=true")
    _paint(chip, number)
    return chip


def _paint(chip: ui.element, number: int | None) -> None:
    chip.style(replace=f"background: var(--series-{number})" if number else "background: none")
