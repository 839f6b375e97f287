"""One grey picture out of the bytes of a PNG file."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fudemoji.errors import DataError

__all__ = ["read_grey"]

_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")


def read_grey(content: bytes, *, name: str, image_size: tuple[int, int]) -> NDArray[np.uint8]:
    """The pixels, uint8 (H, W); the size is checked before anything is unpacked.

    Raises:
        DataError: no PNG, damaged, of another size than `image_size`, or of 16 bits.
    """
    height, width = image_size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(content), formats=["PNG"])
            if picture.size != (width, height):
                size = f"{picture.width}x{picture.height}"
                raise DataError(f"{name} is {size} pixels, expected {width}x{height}")
            if picture.mode not in _MODES:
                raise DataError(f"{name} has pixels of mode {picture.mode}, expected 8-bit grey")
            return np.asarray(picture.convert("L"))
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{name} is no PNG image") from None
    # Pillow raises errors of a dozen kinds on damaged files
    except Exception as error:
        raise DataError(f"{name} is a damaged PNG image ({error})") from error
