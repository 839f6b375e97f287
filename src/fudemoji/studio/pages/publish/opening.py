"""Keys, with which programs may ask."""

from __future__ import annotations

import shlex

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import keys
from fudemoji.studio.elements import text
from fudemoji.studio.elements.copied import Copied
from fudemoji.studio.elements.dialogs import Act, dialog
from fudemoji.studio.elements.part import Part
from fudemoji.studio.pages.publish.desk import Desk
from fudemoji.studio.pages.publish.known import Key, Known
from fudemoji.studio.words.figures import moment

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
        with ui.element("ul").classes("rows"):
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

        async def make() -> None:
            self._show_secret(name.value, await self._make(name.value))

        with dialog(say("Make a key"), Act(say("Make it"), make), say=say):
            text("p", say("It opens the predictions of this project, and nothing else."))
            if not self._needs_key:
                text("p", say("From the first key on, programs on this machine need one too."))
            name = ui.input(say("Name, by which you know it again")).props("autofocus outlined maxlength=255")

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
        with dialog(say("The key {name}", name=name), say=say, back=say("I have it"), is_persistent=True):
            text("p", say("It is shown this once: the studio keeps only its fingerprint."))
            Copied(secret, label=say("Key"), say=say)
            text("p", say("For the programs of this page, in the shell that starts them:"))
            Copied(f"export FUDEMOJI_KEY={shlex.quote(secret)}", label=say("Command"), say=say)

    def _revoke(self, key: Key) -> None:
        say, here = self._say, self._desk.here

        async def revoke() -> None:
            await here.write(lambda session: keys.revoke(session, keys.find(session, key.id)))
            here.context.auth.forget()
            await self._desk.refresh()

        consequence = (
            say(
                "It opens all projects. Programs that send it are refused at once; it cannot be brought back."
            )
            if key.is_of_all
            else say("Programs that send this key are refused at once; it cannot be brought back.")
        )
        act = Act(say("Revoke"), revoke, is_dangerous=True)
        with dialog(say("Revoke {name}?", name=key.name), act, say=say):
            text("p", consequence)
