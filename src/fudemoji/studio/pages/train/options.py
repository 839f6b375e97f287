"""The options of a training, for those who want them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from nicegui import ui

from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.train.wishing import MODELS, POLICIES_OF_IMAGES, RECIPES_OF_IMAGES, Wished

__all__ = ["Options"]

_RECIPES = {
    "quick": "quick: the most accuracy a minute",
    "best": "best: as accurate as can be, about six times as long",
    "fine-tune": "fine-tune: photographs, from published weights",
}
_POLICIES = {
    "characters": "characters: turned a little, never mirrored",
    "photos": "photographs: mirrored, turned, lightened",
    "none": "none",
}


class Options:
    """The form; what it says is kept in the address.

    Args:
        here: the page.
        wished: what the address said.
        on_change: called after each change.
    """

    def __init__(self, here: Here, wished: Wished, *, on_change: Callable[[], Awaitable[None]]) -> None:
        self.wished = wished
        self._here = here
        self._on_change = on_change
        self._fields: dict[str, ui.input | ui.select] = {}

    def build(self) -> None:
        """Fill the element that is being filled."""
        say, wished = self._here.say, self.wished
        usual = say("as suits the images")
        recipes = {name: say(_RECIPES[name]) if name in _RECIPES else name for name in RECIPES_OF_IMAGES}
        with ui.element("div").classes("fields"):
            self._select("recipe", say("Recipe"), {"": usual, **recipes})
            of_recipe = say("as in the recipe")
            self._select("model", say("Model"), {"": of_recipe, **{name: name for name in MODELS}})
            policies = {name: say(_POLICIES[name]) for name in POLICIES_OF_IMAGES}
            self._select("policy", say("Augmentation"), {"": of_recipe, **policies})
            self._input("size", say("Pixels of a side"), hint=say("for example 28, 64 or 64x96"))
            self._input("epochs", say("Epochs"), hint=say("how often each image is seen"))
            self._input("lr", say("Learning rate"), hint=say("a number; auto looks for it first"))
            self._input("hours", say("Hours that it may take"), hint=say("a larger model and more epochs"))
        if wished:
            ui.button(say("Leave everything to the studio"), on_click=self._forget).props("flat no-caps")

    def say_what_is_decided(self) -> None:
        """Tell of what the one who runs the server has decided, which no option changes."""
        rules = self._here.context.rules
        decided = [
            *([rules.recipe] if rules.recipe else []),
            *(f"{name} {one}" for name, one in rules.values.items()),
        ]
        if decided:
            told = self._here.say("Set by who runs this studio: {what}", what=", ".join(decided))
            text("p", told, classes="faint")

    def choose(self, name: str, value: str) -> None:
        """Fill in a field, as a person would."""
        self._fields[name].set_value(value)

    def _select(self, name: str, label: str, choices: dict[str, str]) -> None:
        value = getattr(self.wished, name)
        known = choices if value in choices else {**choices, value: value}
        field = ui.select(known, label=label, value=value, on_change=lambda: self._changed(name))
        self._fields[name] = field.props("outlined dense options-dense")

    def _input(self, name: str, label: str, *, hint: str) -> None:
        field = ui.input(label, value=getattr(self.wished, name), on_change=lambda: self._changed(name))
        field.props("outlined dense debounce=400")
        field.props["hint"] = hint
        self._fields[name] = field

    async def _changed(self, name: str) -> None:
        self.wished = replace(self.wished, **{name: str(self._fields[name].value or "").strip()})
        ui.navigate.history.replace(self.wished.address(self._here.request.url.path))
        await self._on_change()

    def _forget(self) -> None:
        for field in self._fields.values():
            field.set_value("")
