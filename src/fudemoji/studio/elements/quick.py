"""The parts of a quick test that work in the browser: a sheet to draw on, pictures from elsewhere, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui.element import Element

from fudemoji.data.readers.layout import class_named
from fudemoji.studio.elements.scripts import MODULES

__all__ = ["Answer", "Brush", "Picking", "signs_of"]


class Brush(Element, component="brush.js"):
    """A sheet that is written on as with a brush.

    Args:
        keep: the name under which the browser keeps what is written through a reload.
        words: its texts.
    """

    def __init__(self, *, keep: str, words: Mapping[str, str]) -> None:
        super().__init__()
        self._props["keep"] = keep
        self._props["words"] = words


class Picking(Element, component="picking.js"):
    """Pictures that are chosen, dropped, pasted or taken with the camera.

    Args:
        most: bytes of a picture; larger ones are made smaller.
        words: its texts.
    """

    def __init__(self, *, most: int, words: Mapping[str, str]) -> None:
        super().__init__()
        self._props["most"] = most
        self._props["words"] = words


class Answer(Element, component="answer.js", esm=MODULES):
    """What an iteration takes a picture for; the pictures come from the elements beside it.

    Args:
        base: address of the project in the API.
        chosen: id of the iteration that is asked first.
        words: its texts.
    """

    def __init__(self, *, base: str, chosen: str, words: Mapping[str, Any]) -> None:
        super().__init__()
        self._props["base"] = base
        self._props["chosen"] = chosen
        self._props["words"] = words

    def offer(self, iterations: Sequence[Mapping[str, str]], signs: Mapping[str, Mapping[str, str]]) -> None:
        """Let the iterations be chosen from; nothing happens where they are the same as before.

        Args:
            iterations: the `id`, the `label` and the `kind` of each.
            signs: the `glyph` and the `reading` of tags that are signs, by their ids.
        """
        if self._props.get("iterations") != iterations or self._props.get("signs") != signs:
            self._props["iterations"] = iterations
            self._props["signs"] = signs
            self.update()


def signs_of(names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Glyph and reading of the tags that are signs, by their ids.

    >>> signs_of({"1": "お", "2": "U+304D", "3": "ants"})
    {'1': {'glyph': 'お', 'reading': 'o'}, '2': {'glyph': 'き', 'reading': 'ki'}}

    Args:
        names: of tags, by their ids.
    """
    found = {tag_id: class_named(name) for tag_id, name in names.items()}
    return {
        tag_id: {"glyph": one.glyph, "reading": one.romanisation}
        for tag_id, one in found.items()
        if one.glyph
    }
