"""One picture out of a file, bytes or an array: upright, grey or RGB, 8 bits a channel, at a wanted size."""

# C channels, H x W pixels

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from fudemoji.errors import DataError

__all__ = ["Fit", "fitted", "flatten", "read_image", "to_array"]

MAX_PIXELS = 100_000_000  # a larger image is taken for a decompression bomb

Fit = Literal["crop", "letterbox", "stretch"]


def read_image(
    image: str | Path | bytes | Image.Image | NDArray[np.uint8], *, name: str = "", least: int = 0
) -> Image.Image:
    """An image from a path, the bytes of a file, an array or Pillow, upright, its pixels decoded.

    Of an animation the first frame counts.

    Args:
        image: what to read.
        name: what errors call it; else the path, or "the image".
        least: pixels that the shorter side must keep; a JPEG far larger is decoded at a half, a quarter or an
            eighth of its size, which is several times faster. 0 keeps every pixel.

    Raises:
        DataError: no such file, no image, a damaged one, or one of more than 100 million pixels.
    """
    if isinstance(image, np.ndarray):
        if (
            image.dtype != np.uint8
            or image.ndim not in (2, 3)
            or (image.ndim == 3 and image.shape[2] not in (1, 3, 4))
            or not image.size
        ):
            raise DataError(f"the array is {image.dtype} {image.shape}, expected uint8 (H, W) or (H, W, C)")
        return Image.fromarray(image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image)
    path = name or (str(image) if isinstance(image, str | Path) else "the image")
    try:
        with warnings.catch_warnings(), contextlib.ExitStack() as stack:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is near Pillow's
            if isinstance(image, Image.Image):
                opened = image
            else:
                file = io.BytesIO(image) if isinstance(image, bytes) else image
                opened = stack.enter_context(Image.open(file))
            if opened.width * opened.height > MAX_PIXELS:
                raise DataError(
                    f"{path} has {opened.width} x {opened.height} pixels, more than the {MAX_PIXELS:,} that are read"
                )
            if least:
                opened.draft(None, (least, least))
            opened.load()
            return ImageOps.exif_transpose(opened)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"no image {path}") from None
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} is too large to be read: {error}") from error
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
        raise DataError(f"{path} is no image that can be read: {error}") from error


def flatten(picture: Image.Image, mode: str) -> Image.Image:
    """Grey or RGB, transparent parts as white paper, 16-bit grey scaled down."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        levels = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if levels.max() > 255 else 255.0
        picture = Image.fromarray(np.clip(levels * (255 / top), 0, 255).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert(mode)


def fitted(picture: Image.Image, *, height: int, width: int, how: Fit) -> Image.Image:
    """The picture at another size.

    Args:
        picture: grey or RGB.
        height: of the result, pixels.
        width: of the result, pixels.
        how: `crop` fills the size and cuts off what sticks out, evenly; `letterbox` keeps everything and repeats
            the mean of the border around it; `stretch` gives up the proportions.
    """
    size = (width, height)
    if picture.size == size:
        return picture
    if how == "stretch":
        return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    if how == "crop":
        return ImageOps.fit(picture, size, Image.Resampling.BICUBIC)
    scale = min(width / picture.width, height / picture.height)
    inner = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.resize(inner, Image.Resampling.BICUBIC, reducing_gap=3.0)
    pixels = np.asarray(small).reshape(inner[1], inner[0], -1)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).mean(axis=0)
    paper = tuple(int(level + 0.5) for level in edge)
    sheet = Image.new(picture.mode, size, paper if len(paper) > 1 else paper[0])
    sheet.paste(small, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return sheet


def to_array(picture: Image.Image) -> NDArray[np.uint8]:
    """The pixels, uint8 (C, H, W), of a grey or RGB picture."""
    array = np.asarray(picture, dtype=np.uint8)
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
