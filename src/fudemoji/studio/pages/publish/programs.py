"""The prediction URL, and programs that work as they are pasted."""

from __future__ import annotations

from nicegui import ui

from fudemoji.studio.addresses import given, with_query
from fudemoji.studio.elements import text
from fudemoji.studio.elements.copied import Copied
from fudemoji.studio.elements.part import Part
from fudemoji.studio.pages.publish.asking import address, code
from fudemoji.studio.pages.publish.desk import Desk
from fudemoji.studio.pages.publish.known import Known

__all__ = ["Programs"]

_Shown = tuple[str, bool, bool]  # the publication's name, whether images are kept, whether a key is needed


class Programs:
    """The part of the page that shows how programs ask.

    Args:
        desk: of the page.
        name: of the publication that is shown first.
        keeps: whether programs are to keep what is sent, to begin with.
    """

    def __init__(self, desk: Desk, name: str, *, keeps: bool) -> None:
        self._desk, self._say, self._wanted = desk, desk.say, name
        self._known: Known | None = None
        self._section = ui.element("section")
        with self._section:
            text("h2", self._say("How programs ask"))
            with ui.element("div").classes("bar"):
                self._name = ui.select([], label=self._say("Published as")).props("outlined dense")
                self._name.classes("publish-iteration").on_value_change(self._choose)
                self._keeps = ui.checkbox(self._say("Keep what is sent, to be tagged"), value=keeps)
                self._keeps.on_value_change(self._keep)
            self._part = Part[_Shown](self._build)

    def show(self, known: Known) -> None:
        """Follow what there is now."""
        names = [one.name for one in known.answering]
        self._known = known
        self._section.set_visibility(bool(names))
        if not names:
            return
        chosen = next((one for one in (self._name.value, self._wanted) if one in names), names[0])
        self._wanted = chosen
        if self._name.options != names or self._name.value != chosen:
            self._name.set_options(names, value=chosen)
        self._follow()

    def _choose(self) -> None:
        if self._name.value and self._name.value != self._wanted:
            self._wanted = self._name.value
            self._remember()
        self._follow()

    def _keep(self) -> None:
        self._remember()
        self._follow()

    def _remember(self) -> None:
        """Let the address tell what is shown."""
        asked = {"name": self._wanted, "keep": "" if self._keeps.value else "no"}
        ui.navigate.history.replace(with_query("", given(asked)))

    def _follow(self) -> None:
        if self._known and self._name.value:
            self._part.show((self._name.value, bool(self._keeps.value), self._known.needs_key))

    def _build(self, shown: _Shown) -> None:
        say, (name, keeps, needs_key) = self._say, shown
        project_id = self._desk.here.project.id
        Copied(address(project_id, name, keeps=keeps), label=say("Prediction URL"), say=say)
        text(
            "p",
            say("The key is taken from the variable FUDEMOJI_KEY; without one, programs are refused.")
            if needs_key
            else say("No key is needed yet: programs on this machine may ask without one."),
            classes="faint",
        )
        with ui.element("div").classes("programs"):
            for language, content in code(project_id, name, keeps=keeps).items():
                with ui.element("details") as details:
                    if language == "curl":
                        details.props["open"] = True
                    text("summary", language)
                    Copied(content, label=language, say=say)
