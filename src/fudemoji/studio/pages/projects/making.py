"""A new project: empty, from a folder or an archive, or from a named set."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from fudemoji.data import CATALOG, NamedSet, is_ready
from fudemoji.server.filling import Source
from fudemoji.server.store import projects
from fudemoji.server.store.tables import ProjectKind
from fudemoji.server.trainings.domains import DOMAINS, GENERAL
from fudemoji.serving.errors import ApiError
from fudemoji.studio.elements import text
from fudemoji.studio.elements.fields import on_enter
from fudemoji.studio.elements.radios import Option, radios
from fudemoji.studio.elements.source import ChosenSource
from fudemoji.studio.frame import Here, page
from fudemoji.studio.words import SET_TITLES, Words

_STARTS = {
    "empty": "Empty",
    "files": "From a folder or an archive",
    "set": "From a named set",
}
_TOO_MANY = "these are more images than a project of this server holds; take fewer of each character"
_AMOUNTS = (10, 20, 50, 100, 200, 500, 1000)
_USUAL_AMOUNT = 50


@page("/new", title="New project")
async def show(here: Here, start: str = "empty") -> None:
    """What it is called, and what it begins with."""
    form = _Form(here, start if start in _STARTS else "empty")
    form.build(await run_in_threadpool(lambda: {name for name, one in CATALOG.items() if is_ready(one)}))


class _Form:
    """The fields of the page; what was typed stays when something is refused."""

    def __init__(self, here: Here, start: str) -> None:
        self._here = here
        self._start = start
        self._suggested = ""
        self._project_id = ""  # of the one that was made, when its images could not be sent
        self._picked = False
        self._set = CATALOG["kana"]

    def build(self, ready: set[str]) -> None:
        """Show the fields.

        Args:
            ready: names of the sets whose files are on this machine.
        """
        say = self._here.say
        with ui.element("section").classes("form"):
            self._name = ui.input(say("Name")).props("autofocus outlined")
            on_enter(self._name, self._make)
            starts = [Option(key, say(word)) for key, word in _STARTS.items()]
            radios(
                say("What it begins with"),
                starts,
                value=self._start,
                on_change=self._turn,
                classes="in-a-row",
            )
            self._parts = {"empty": self._empty(), "files": self._files(), "set": self._sets(ready)}
            with ui.expansion(say("More settings")).classes("more"):
                self._several = ui.checkbox(say("An image may have several tags"))
                self._description = ui.textarea(say("Description")).props("outlined autogrow")
                domains = {one.id: one.name for one in DOMAINS.values()}
                self._domain = ui.select(domains, label=say("Domain"), value=GENERAL.id).props("outlined")
            with ui.element("div").classes("bar"):
                self._button = ui.button(say("Create"), on_click=self._make).props("unelevated no-caps")
                text("a", say("Cancel"), href="/", classes="plain-link")
        self._turn(self._start)

    def _empty(self) -> Any:
        with ui.element("div").classes("start") as part:
            text(
                "p",
                self._here.say("Images are added and tagged on the project's own pages."),
                classes="faint",
            )
        return part

    def _files(self) -> Any:
        say, settings = self._here.say, self._here.context.settings
        with ui.element("div").classes("start") as part:
            self._chosen = ChosenSource(
                most=settings.archive_bytes,
                say=say,
                on_picked=self._on_picked,
                on_sent=lambda _: self._leave(),
                on_failed=self._on_failed,
            )
            told = "Each folder becomes a tag; U+304A or お is that character. A table (path,label) may say it instead."
            text("p", say(told), classes="faint")
            self._path = ui.input(say("Or a path on this machine")).props("outlined")
            self._path.props["hint"] = say("Without a name, the project is called as its last part.")
            self._path.set_visibility(settings.is_local)
        return part

    def _sets(self, ready: set[str]) -> Any:
        say = self._here.say
        with ui.element("div").classes("start") as part:
            options = [_option(say, one, is_ready=one.name in ready) for one in CATALOG.values()]
            radios(say("Set"), options, value=self._set.name, on_change=self._on_set)
            amounts = {number: say("{count} of each character", count=number) for number in _AMOUNTS}
            self._amount = ui.select(
                {**amounts, 0: say("All images")}, label=say("Images"), value=_USUAL_AMOUNT
            )
            self._amount.props("outlined")
            self._told = text("p", "", classes="faint")
            self._amount.on_value_change(self._tell_amount)
        self._tell_amount()
        return part

    def _turn(self, start: str) -> None:
        """Show what belongs to the chosen beginning; the address tells it."""
        for name, part in self._parts.items():
            part.set_visibility(name == start)
        if start != self._start:
            ui.navigate.history.replace(f"/new?start={start}")
            self._start = start
        if start == "set":
            self._suggest(self._set.name)

    def _on_picked(self, told: dict[str, Any]) -> None:
        self._picked = "name" in told
        self._suggest(str(told["name"]))

    def _on_failed(self, _: dict[str, Any]) -> None:
        self._button.enable()

    def _on_set(self, name: str) -> None:
        self._set = CATALOG[name]
        self._tell_amount()

    def _tell_amount(self) -> None:
        say, num = self._here.say, _num_images(self._set, int(self._amount.value or 0))
        self._told.set_text(
            say(
                "{count} images at most, of the training split; the test split is left to measure with.",
                count=num,
            )
        )
        if self._start == "set":
            self._suggest(self._set.name)

    def _suggest(self, name: str) -> None:
        """Fill in a name where the person has given none."""
        if name and self._name.value in ("", self._suggested):
            self._suggested = self._name.value = name

    async def _make(self) -> None:
        self._check()
        self._button.disable()
        try:
            if not self._project_id:
                self._project_id = await self._here.write(self._create)
            await self._fill()
        except Exception:
            self._button.enable()
            raise

    def _check(self) -> None:
        """See that there is something to begin with, before a project is made.

        Raises:
            ApiError: there is not.
        """
        most = self._here.context.settings.images_per_project
        if self._start == "files" and not self._picked and not self._path.value:
            raise ApiError(400, "BadRequest", "choose a folder or an archive, or begin with an empty project")
        if self._start == "set" and _num_images(self._set, int(self._amount.value or 0)) > most:
            raise ApiError(400, "BadRequest", _TOO_MANY)

    def _create(self, session: Any) -> str:
        kind: ProjectKind = "multilabel" if self._several.value else "multiclass"
        return projects.create(
            session,
            name=self._called(),
            description=self._description.value or "",
            kind=kind,
            domain_id=str(self._domain.value),
        ).id

    def _called(self) -> str:
        """What was typed; without that, the last part of the path that the project is filled from.

        A field is not filled in while another one is typed into: what is typed meanwhile could be lost.
        """
        typed = str(self._name.value or "")
        if typed or self._start != "files" or self._picked:
            return typed
        return PurePath(str(self._path.value).strip()).name

    async def _fill(self) -> None:
        """Begin to fill the project; a page that is left does not end that."""
        filler = self._here.context.filler
        if self._start == "files" and self._picked:
            self._chosen.send(self._project_id)
            return
        source = None
        if self._start == "files":
            source = Source("path", str(self._path.value).strip())
        elif self._start == "set":
            source = Source("set", self._set.name, per_class=int(self._amount.value or 0) or None)
        if source:
            await run_in_threadpool(filler.begin, self._project_id, source)
        self._leave()

    def _leave(self) -> None:
        ui.navigate.to(f"/projects/{self._project_id}/images")


def _num_images(named: NamedSet, per_class: int) -> int:
    """At most so many images are taken of a set."""
    most = named.num_train or named.num_images
    return min(most, per_class * named.num_classes) if per_class else most


def _option(say: Words, named: NamedSet, *, is_ready: bool) -> Option:
    """A set as something to choose; one whose files are missing says how to get them."""
    told = [say(SET_TITLES[named.name])]
    if not is_ready:
        told.append(say("Not on this machine; `fudemoji data get {name}` fetches it.", name=named.name))
    elif named.files:
        told.append(f"{named.credit}. {named.licence}")
    return Option(named.name, named.name, told, is_ready)
