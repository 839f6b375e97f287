"""Models as files for other places."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations
from fudemoji.server.store.tables import Export
from fudemoji.server.trainings import exporting
from fudemoji.studio.elements import text
from fudemoji.studio.elements.part import Part
from fudemoji.studio.pages.publish.desk import Desk
from fudemoji.studio.pages.publish.known import Exported, Known

__all__ = ["Exports"]


@dataclass(frozen=True)
class _Pack:
    """What a model can be packed as."""

    platform: str
    flavor: str
    what: str


_Shown = tuple[str, tuple[Exported, ...]]  # the iteration's id, and what there is of it


class Exports:
    """The part of the page that packs models, and hands the files out.

    Args:
        desk: of the page.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk, self._say = desk, desk.say
        self._known: Known | None = None
        say = self._say
        self._packs = (
            _Pack("ONNX", "", say("for most places: servers, phones, browsers")),
            _Pack("ONNX", "Int8", say("a quarter of the size, whole numbers")),
            _Pack("TorchScript", "", say("for C++ and Python with torch")),
            _Pack("Safetensors", "", say("the weights, for fudemoji and torch")),
        )
        with ui.element("section"):
            text("h2", say("Models as files"))
            text(
                "p",
                say("Each is compared with the original's answers before it is handed out."),
                classes="faint",
            )
            with ui.element("div").classes("bar"):
                self._iteration = ui.select({}, label=say("Iteration")).props("outlined dense")
                self._iteration.classes("publish-iteration").on_value_change(self._follow)
            self._part = Part[_Shown](self._build)

    def show(self, known: Known) -> None:
        """Follow what there is now."""
        chosen = self._iteration.value if self._iteration.value in known.names else known.iterations[0][0]
        if self._known is None or self._known.iterations != known.iterations:
            self._iteration.set_options(known.names, value=chosen)
        self._known = known
        self._follow()

    def _follow(self) -> None:
        if self._known and self._iteration.value:
            self._part.show((self._iteration.value, self._known.exports.get(self._iteration.value, ())))

    def _build(self, shown: _Shown) -> None:
        iteration_id, there = shown
        found = {(one.platform, one.flavor): one for one in there}
        with ui.element("ul").classes("rows"):
            for pack in self._packs:
                with ui.element("li"):
                    text("strong", " ".join(part for part in (pack.platform, pack.flavor.lower()) if part))
                    text("span", pack.what, classes="faint")
                    self._show_state(iteration_id, pack, found.get((pack.platform, pack.flavor)))

    def _show_state(self, iteration_id: str, pack: _Pack, export: Exported | None) -> None:
        say = self._say
        if export and export.status == "done":
            base = f"/api/v1/projects/{self._desk.here.project.id}/iterations/{iteration_id}/exports"
            text("a", say("Download"), href=f"{base}/{export.id}/file", download="")
            return
        if export and export.status in ("queued", "exporting"):
            text("span", say("waits") if export.status == "queued" else say("is being made"), role="status")
            return
        if export:
            text("span", say("failed: {note}", note=say.told(export.note)), classes="problem")
        word = say("Try again") if export else say("Make it")
        button = ui.button(word, on_click=lambda: self._ask_for(iteration_id, pack)).props(
            "flat dense no-caps"
        )
        button.props["aria-label"] = f"{word}: {pack.platform} {pack.flavor}".strip()

    async def _ask_for(self, iteration_id: str, pack: _Pack) -> None:
        here = self._desk.here

        def request(session: Session) -> Export:
            iteration = iterations.find(session, here.project, iteration_id)
            return exporting.request(session, iteration, platform=pack.platform, flavor=pack.flavor)

        await self._desk.act(request)
        here.context.trainer.wake()
