"""The page of one run: how it stands, its curves, its settings, its report."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from fudemoji.errors import RunError
from fudemoji.events import Note, RunStarted
from fudemoji.report.pace import pace_of
from fudemoji.report.views import SettingRow, command_of, setting_rows
from fudemoji.report.words import count, duration, percent
from fudemoji.runs import Run
from fudemoji.studio.addresses import with_query
from fudemoji.studio.elements import text
from fudemoji.studio.elements.scrolling import scrolling
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.runs import shelf
from fudemoji.studio.pages.runs.overlay import Overlay
from fudemoji.studio.pages.runs.report import address_of, install
from fudemoji.studio.pages.runs.shelf import Shelved
from fudemoji.studio.pages.runs.summary import Summary, summary_of
from fudemoji.studio.pages.runs.telling import data_of, state_of
from fudemoji.studio.words.figures import clock, moment
from fudemoji.trackers.watching import Watched

__all__ = ["show"]

_SECONDS = 1.0  # between two looks
_MOST_NOTES = 20
_LONG = 40  # characters of a fact that needs a line of its own
_FIGURES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "mean_average_precision": "Mean average precision",
}

install()


@page("/runs/{key:path}", title="Run")
async def show(here: Here, key: str) -> None:
    """A run on this machine.

    Args:
        here: the page.
        key: of the run.
    """
    shelved = await here.read(lambda session: shelf.find(session, here.context, key))
    await _Page(here, shelved).begin()


@dataclass(frozen=True)
class _Sheet:
    """What the files of a run tell that does not change; empty where they cannot be read."""

    rows: Sequence[SettingRow] = ()
    command: str = ""


@dataclass(frozen=True)
class _Now:
    """How the run stands."""

    summary: Summary
    facts: dict[str, str]
    notes: tuple[tuple[str, str], ...]
    has_report: bool


class _Page:
    """The page while it is open."""

    def __init__(self, here: Here, shelved: Shelved) -> None:
        self._here = here
        self._shelved = shelved
        self._watched = Watched(shelved.run.path)
        self._now: _Now | None = None

    async def begin(self) -> None:
        """Build it, and go on looking."""
        say, shelved = self._here.say, self._shelved
        text("p", shelved.name, classes="run-name")
        self._links()
        self._state = text("p", "", role="status")
        self._progress = ui.element("progress").props("max=1")
        self._progress.props["aria-label"] = say("Done")
        self._advice = ui.element("div")
        self._facts = ui.element("dl").classes("facts")
        self._curves = Overlay(self._here)
        self._notes = ui.element("div")
        self._show_sheet(await run_in_threadpool(_sheet_of, shelved.run))
        await self._curves.show([shelved])
        await self._look()
        ui.timer(_SECONDS, self._follow)

    def _links(self) -> None:
        say, shelved = self._here.say, self._shelved
        with ui.element("p").classes("bar"):
            self._report = text("a", say("Report"), href=address_of(shelved), target="_blank")
            text("a", say("Lay over other runs"), href=with_query("/runs", {"lay": shelved.key}))
            if shelved.project_id:
                text("a", say("To the project"), href=f"/projects/{shelved.project_id}/images")

    async def _follow(self) -> None:
        await self._look()
        await self._curves.follow()

    async def _look(self) -> None:
        now = await run_in_threadpool(self._read)
        if now != self._now:
            self._now = now
            self._tell(now)

    def _read(self) -> _Now:
        run = self._shelved.run
        with contextlib.suppress(RunError, OSError):  # the summary says what is wrong
            self._watched.look()
        summary, events = summary_of(run), self._watched.events
        notes = dict.fromkeys((one.level, one.text) for one in events if isinstance(one, Note))
        return _Now(
            summary,
            _facts(self._here, summary, self._watched, self._shelved),
            tuple(notes),
            run.report_path.is_file(),
        )

    def _tell(self, now: _Now) -> None:
        say, summary = self._here.say, now.summary
        self._state.set_text(state_of(self._here, summary))
        self._state.classes(replace=f"state {summary.state}")
        self._progress.set_visibility(summary.state == "running")
        if summary.share is not None:
            self._progress.props["value"] = round(summary.share, 4)
        self._report.set_visibility(now.has_report)
        self._advice.clear()
        with self._advice:
            self._advise(summary)
        self._facts.clear()
        with self._facts:
            for name, value in now.facts.items():
                with ui.element("div").classes("wide" if len(value) > _LONG else ""):
                    text("dt", name)
                    text("dd", value)
        self._notes.clear()
        if now.notes:
            with self._notes, ui.element("details"):
                text("summary", say("one note|{count} notes", count=len(now.notes)))
                with ui.element("ul"):
                    for level, told in now.notes[-_MOST_NOTES:]:
                        text("li", told, classes=level)

    def _advise(self, summary: Summary) -> None:
        """What went wrong, and what to do about it."""
        say, command = self._here.say, f"fudemoji resume {shlex.quote(str(self._shelved.run.path))}"
        if summary.reason:
            text("p", summary.reason, classes="problem", role="alert")
        if summary.state == "stopped":
            text("p", say("No process on this machine trains it any more: it was killed, or runs elsewhere."))
        if summary.state in ("stopped", "interrupted") and not self._shelved.project_id:
            text("p", say("Go on with:"))
            text("pre", command, classes="command", tabindex="0")

    def _show_sheet(self, sheet: _Sheet) -> None:
        say = self._here.say
        if not sheet.rows:
            return
        text("h2", say("Settings"))
        with scrolling(say("Settings")):
            changed = [row for row in sheet.rows if row.usual is not None]
            if changed:
                self._show_settings(changed)
            else:
                text("p", say("All are those of the recipe."), classes="faint")
        with ui.element("details"):
            text("summary", say("All settings"))
            self._show_settings(sheet.rows)
        text("h2", say("Train it again"))
        text("pre", sheet.command, classes="command", tabindex="0")

    def _show_settings(self, rows: Sequence[SettingRow]) -> None:
        say = self._here.say
        with ui.element("table").classes("table"):
            with ui.element("thead"), ui.element("tr"):
                for head in ("Setting", "Value", "In the recipe"):
                    text("th", say(head), scope="col")
            with ui.element("tbody"):
                for row in rows:
                    with ui.element("tr"):
                        text("th", row.name, scope="row", title=row.description)
                        text("td", row.value)
                        text("td", row.usual or "", classes="faint")


def _sheet_of(run: Run) -> _Sheet:
    try:
        settings = run.settings()
    except RunError:
        return _Sheet()
    return _Sheet(setting_rows(settings), command_of(settings))


def _facts(here: Here, summary: Summary, watched: Watched, shelved: Shelved) -> dict[str, str]:
    """Names, in the words of the page, and values."""
    started = next((one for one in reversed(watched.events) if isinstance(one, RunStarted)), None)
    pace = pace_of(watched.events)
    facts = {"Data": data_of(here, summary, shelved), "Model": summary.model, "Recipe": summary.recipe}
    if started:
        facts |= {
            "Parameters": count(started.num_parameters),
            "Training images": count(started.num_train),
            "Validation images": count(started.num_valid),
            "Classes": count(started.num_classes),
            "Epochs": f"{started.epochs:g}",
            "Batch size": count(started.batch_size),
            "Device": f"{started.device}, {started.precision}",
        }
    if pace and pace.images_per_second:
        facts["Images a second"] = count(pace.images_per_second)
    if summary.state == "running" and pace and pace.seconds_left is not None:
        facts["Time left"] = clock(pace.seconds_left)
    if summary.seconds:
        facts["Time"] = duration(summary.seconds)
    facts |= {"Begun": moment(shelved.began), "Folder": str(shelved.run.path)}
    measured = {
        f"{here.say(_FIGURES[figure])}, {here.say(word)}": percent(value, 2)
        for split, word in (("valid", "validation"), ("test", "test"))
        for figure, value in (summary.figures or {}).get(split, {}).items()
    }
    return {**measured, **{here.say(name): value for name, value in facts.items() if value}}
