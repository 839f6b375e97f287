"""One picture out of a file, bytes or an array: upright, grey or RGB, 8 bits a channel, at a wanted size."""

# C channels, H x W pixels

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from fudemoji.errors import DataError

__all__ = ["Fit", "ImageError", "fitted", "flatten", "quiet_pillow", "read_bytes", "read_image", "to_array"]

MAX_PIXELS = 100_000_000  # a larger image is taken for a decompression bomb

Fit = Literal["crop", "letterbox", "stretch"]
ImageErrorKind = Literal["broken", "truncated", "empty", "huge"]


class ImageError(DataError):
    """An image that cannot be read; `kind` says why in a word."""

    def __init__(self, message: str, *, kind: ImageErrorKind = "broken") -> None:
        super().__init__(message)
        self.kind = kind


def read_image(
    image: str | Path | bytes | Image.Image | NDArray[np.uint8], *, name: str = "", least: int = 0
) -> Image.Image:
    """An image from a path, the bytes of a file, an array or Pillow, upright, its pixels decoded.

    Of an animation the first frame counts.

    Args:
        image: what to read.
        name: what errors call it; else the path, or "the image".
        least: pixels that the shorter side must keep; a JPEG far larger is decoded at a half, a quarter or an
            eighth of its size, which is faster. 0 keeps every pixel.

    Raises:
        ImageError: no such file, no image, an empty or damaged one, or one of more than 100 million pixels.
        DataError: an array that is no image.
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
    name = name or (str(image) if isinstance(image, str | Path) else "the image")
    with warnings.catch_warnings():
        quiet_pillow()
        if isinstance(image, Image.Image):
            return _upright(image, name=name, least=least)
        try:
            return read_bytes(
                image if isinstance(image, bytes) else Path(image).read_bytes(), name=name, least=least
            )
        except FileNotFoundError:
            raise ImageError(f"no image {name}") from None
        except OSError as error:
            raise ImageError(f"{name} cannot be read: {error.strerror or error}") from error


def quiet_pillow() -> None:
    """Switch off the warnings of Pillow's that an image is large or oddly made; inside `catch_warnings`.

    The filters are the whole process's, so that threads share them: whoever starts the threads calls this.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is near Pillow's


def read_bytes(content: bytes, *, name: str, least: int = 0) -> Image.Image:
    """As `read_image`, for threads: no filter of warnings is touched (see `quiet_pillow`).

    Raises:
        ImageError: as `read_image`.
    """
    if not content:
        raise ImageError(f"{name} is empty", kind="empty")
    try:
        with Image.open(io.BytesIO(content)) as opened:
            picture = _upright(opened, name=name, least=least)
    except ImageError:
        raise
    except Exception as error:
        raise _explained(error, name) from error
    if opened.format == "JPEG" and _lacks_end(content):
        raise ImageError(f"{name} is cut short: its end is missing", kind="truncated")
    return picture


def _upright(opened: Image.Image, *, name: str, least: int) -> Image.Image:
    try:
        if opened.width * opened.height > MAX_PIXELS:
            size = f"{opened.width} x {opened.height}"
            raise ImageError(
                f"{name} has {size} pixels, more than the {MAX_PIXELS:,} that are read", kind="huge"
            )
        if least:
            opened.draft(None, (least, least))
        opened.load()
        if opened.format == "JPEG" and not {"exif", "xmp"} & opened.info.keys():
            return opened
        return ImageOps.exif_transpose(opened)
    except ImageError:
        raise
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
        raise _explained(error, name) from error


def _explained(error: Exception, name: str) -> ImageError:
    if isinstance(error, Image.DecompressionBombError):
        return ImageError(f"{name} is too large to be read: {error}", kind="huge")
    if isinstance(error, UnidentifiedImageError):
        return ImageError(f"{name} is no image of a kind that can be read")
    is_cut = isinstance(error, EOFError) or "truncated" in str(error).lower()
    reason = str(error) or type(error).__name__
    return ImageError(
        f"{name} is no image that can be read: {reason}", kind="truncated" if is_cut else "broken"
    )


def _lacks_end(content: bytes) -> bool:
    """Whether a JPEG has no end-of-image marker behind its first scan, which the decoder does not mind.

    The lost part may have been filled with zeros, which decode to grey.
    """
    if content.endswith(b"\xff\xd9"):
        return False
    place = 2
    while content[place : place + 1] == b"\xff" and content[place + 1 : place + 2] != b"\xda":
        place += 2 + int.from_bytes(
            content[place + 2 : place + 4], "big"
        )  # over one segment, thumbnails and all
    return content.find(b"\xff\xd9", place) < 0


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
