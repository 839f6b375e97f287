"""Clean images of the signs that `builders.glyphs` draws, and files of them."""

import io

import numpy as np
from PIL import Image


def sign(glyph):
    """A clean image of one of the signs, uint8 (12, 12)."""
    image = np.full((12, 12), 20, dtype=np.uint8)
    if glyph in "一十":
        image[5:7, 1:-1] = 220
    if glyph in "丨十":
        image[1:-1, 5:7] = 220
    if glyph == "口":
        image[2:-2, 2:-2] = 220
    return image


def png(array):
    """The bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()
