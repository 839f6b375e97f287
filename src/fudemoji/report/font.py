"""The Japanese font that comes with matplotlib-fontja: what it can draw, and the part of it a page needs."""

from __future__ import annotations

import base64
import functools
import importlib.util
import io
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

__all__ = ["FONT_NAME", "can_draw", "drawable", "font_path", "subset_base64"]

FONT_NAME = "IPAexGothic"
_FIRST_JAPANESE = 0x2E80  # below lie the alphabets, punctuation and symbols that every system has


@functools.cache
def font_path() -> Path:
    """Where the font file lies; the package is not imported, for it would change matplotlib for everyone."""
    spec = importlib.util.find_spec("matplotlib_fontja")
    assert spec is not None, "matplotlib-fontja is a dependency of fudemoji"
    assert spec.origin is not None
    return Path(spec.origin).parent / "fonts" / "ipaexg.ttf"


@functools.cache
def _code_points() -> frozenset[int]:
    with TTFont(font_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def can_draw(text: str) -> bool:
    """Whether the font has every character of the text.

    >>> can_draw("お"), can_draw(chr(0x1B002))
    (True, False)
    """
    return all(ord(char) in _code_points() for char in text)


def drawable(text: str) -> str:
    """The text with the characters that the font lacks written as their code points.

    >>> drawable("お" + chr(0x1B002))
    'おU+1B002'
    """
    return "".join(char if can_draw(char) else f"U+{ord(char):04X}" for char in text)


def subset_base64(text: str) -> str:
    """A WOFF file, as base64, with the text's Japanese characters; empty where there are none.

    The IPA Font License allows to embed the font in a document.
    """
    wanted = {ord(char) for char in text if ord(char) >= _FIRST_JAPANESE} & _code_points()
    if not wanted:
        return ""
    options = subset.Options()
    options.flavor = "woff"
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 13, 14]  # the copyright, the name and the licence stay with it
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx"]
    with TTFont(font_path(), lazy=True, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=wanted)
        subsetter.subset(font)
        font.flavor = "woff"
        file = io.BytesIO()
        font.save(file)
    return base64.b64encode(file.getvalue()).decode()
