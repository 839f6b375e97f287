"""The Japanese font that matplotlib-fontja installs, and pictures of single glyphs."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fudemoji.errors import DataError

__all__ = ["font_of_size", "japanese_font", "render_glyphs"]

# no character: a font draws its sign for missing glyphs
_NO_CHARACTER = "\U0010ffff"


@cache
def japanese_font() -> Path:
    """The path of IPAex Gothic, found without switching matplotlib over to it.

    Raises:
        DataError: matplotlib-fontja is not installed.
    """
    spec = importlib.util.find_spec("matplotlib_fontja")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if found := sorted(Path(place, "fonts").glob("*.ttf")):
            return found[0]
    raise DataError("no Japanese font is installed; get one with `pip install matplotlib-fontja`")


def font_of_size(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font in the file, `size` pixels high, with the plain layout that is the same everywhere.

    Raises:
        DataError: no such file, or no font.
    """
    if not path.is_file():
        raise DataError(f"font file {path} is missing; give the path of a .ttf or .otf file")
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise DataError(f"{path} is no font ({error}); give the path of a .ttf or .otf file") from error


def render_glyphs(path: Path, glyphs: Sequence[str], *, size: int, em: int) -> NDArray[np.uint8]:
    """Each glyph white on black, uint8 (K, size, size), where a font draws it in its em square, centred.

    Args:
        path: font file.
        glyphs: one character each.
        size: side of the pictures in pixels.
        em: side of the em square in pixels, at most `size`.

    Raises:
        DataError: the file is no font, or lacks a glyph.
    """
    font = font_of_size(path, em)
    absent = _draw(font, _NO_CHARACTER, size)
    pictures = [_draw(font, glyph, size) for glyph in glyphs]
    for glyph, picture in zip(glyphs, pictures, strict=True):
        if not picture.any() or np.array_equal(picture, absent):
            raise DataError(f"{path} has no glyph for U+{ord(glyph):04X} {glyph}; give a Japanese font")
    return np.stack(pictures)


def _draw(font: ImageFont.FreeTypeFont, glyph: str, size: int) -> NDArray[np.uint8]:
    picture = Image.new("L", (size, size))
    # anchored at the middle of the em square, not of the ink: a comma stays low, a へ stays in the middle
    ImageDraw.Draw(picture).text((size / 2, size / 2), glyph, fill=255, font=font, anchor="mm")
    return np.asarray(picture)
