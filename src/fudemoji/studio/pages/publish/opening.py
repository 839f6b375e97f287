"""Keys, with which programs may ask."""

from __future__ import annotations

import shlex

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import keys
from fudemoji.studio.elements import text
from fudemoji.studio.elements.copied import Copied
from fudemoji.studio.elements.part import Part
from fudemoji.studio.pages.publish.desk import Desk
from fudemoji.studio.pages.publish.known import Key, Known
from fudemoji.studio.pages.publish.past import moment

__all__ = ["Keys"]

_Shown = tuple[tuple[Key, ...], bool]  # the keys, and whether programs need one


class Keys:
    """The part of the page that makes and revokes keys.

    Args:
        desk: of the page.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk, self._say = desk, desk.say
        self._needs_key = True
        with ui.element("section"):
            text("h2", self._say("Keys"))
            self._part = Part[_Shown](self._build)
            ui.button(self._say("Make a key"), on_click=self._ask_for_name).props("outline no-caps")

    def show(self, known: Known) -> None:
        """Follow what there is now."""
        self._needs_key = known.needs_key
        self._part.show((known.keys, known.needs_key))

    def _build(self, shown: _Shown) -> None:
        say, (found, needs_key) = self._say, shown
        if not found:
            none = (
                say("There is no key for predictions of this project; programs without one are refused.")
                if needs_key
                else say("There is no key: programs on this machine may do everything, others nothing.")
            )
            text("p", none, classes="faint")
            return
        with ui.element("ul").classes("keys"):
            for key in found:
                with ui.element("li"):
                    text("strong", key.name)
                    text("code", f"…{key.hint}")
                    of_all = say("opens all projects") if key.is_of_all else ""
                    made = say("made {moment}", moment=moment(key.created))
                    text("span", ", ".join(part for part in (made, of_all) if part), classes="faint")
                    revoke = ui.button(say("Revoke"), on_click=lambda key=key: self._revoke(key))
                    revoke.props("flat dense no-caps").props["aria-label"] = say(
                        "Revoke {name}", name=key.name
                    )

    def _ask_for_name(self) -> None:
        say = self._say
        with ui.dialog() as dialog, ui.card().classes("ask"):
            text("h2", say("Make a key"))
            text("p", say("It opens the predictions of this project, and nothing else."))
            if not self._needs_key:
                text("p", say("From the first key on, programs on this machine need one too."))
            name = ui.input(say("Name, by which you know it again")).props("autofocus outlined maxlength=255")

            async def make() -> None:
                secret = await self._make(name.value)
                dialog.close()
                self._show_secret(name.value, secret)

            name.on("keydown.enter", make)
            with ui.element("div").classes("bar"):
                ui.button(say("Make it"), on_click=make).props("unelevated no-caps")
                ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
        dialog.open()

    async def _make(self, name: str) -> str:
        here = self._desk.here

        def create(session: Session) -> str:
            return keys.create(session, name=name, kind="prediction", project=here.project)[1]

        secret: str = await here.write(create)
        here.context.auth.forget()
        await self._desk.refresh()
        return secret

    def _show_secret(self, name: str, secret: str) -> None:
        say = self._say
        with ui.dialog().props("persistent") as dialog, ui.card().classes("ask"):
            text("h2", say("The key {name}", name=name))
            text("p", say("It is shown this once: the studio keeps only its fingerprint."))
            Copied(secret, label=say("Key"), say=say)
            text("p", say("For the programs of this page, in the shell that starts them:"))
            Copied(f"export FUDEMOJI_KEY={shlex.quote(secret)}", label=say("Command"), say=say)
            with ui.element("div").classes("bar"):
                ui.button(say("I have it"), on_click=dialog.close).props("unelevated no-caps")
        dialog.on("hide", dialog.delete)  # the secret leaves the page too
        dialog.open()

    async def _revoke(self, key: Key) -> None:
        say, here = self._say, self._desk.here
        consequence = (
            say(
                "It opens all projects. Programs that send it are refused at once; it cannot be brought back."
            )
            if key.is_of_all
            else say("Programs that send this key are refused at once; it cannot be brought back.")
        )
        agreed = await self._desk.agree(
            say("Revoke {name}?", name=key.name),
            consequence,
            act=say("Revoke"),
        )
        if agreed:
            await here.write(lambda session: keys.revoke(session, keys.find(session, key.id)))
            here.context.auth.forget()
            await self._desk.refresh()
