"""One picture out of a file, bytes or an array: upright, grey or RGB, 8 bits a channel, at a wanted size."""

# C channels, H x W pixels

from __future__ import annotations

import io
import warnings
import zlib
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from fudemoji.errors import DataError

__all__ = [
    "Fit",
    "ImageError",
    "Picture",
    "fitted",
    "flatten",
    "is_picture",
    "quiet_pillow",
    "read_any",
    "read_bytes",
    "read_image",
    "to_array",
]

_MANY_ZEROS = 64
# What is looked for, whatever the name of the file; Pillow knows more, and hands some (EPS) to other programs.
_KINDS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM", "JPEG2000", "AVIF", "ICO", "TGA")
_TURNING = frozenset(
    ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif")
)  # where Pillow looks for it
MAX_PIXELS = 100_000_000  # a larger image is taken for a decompression bomb

Picture = str | Path | bytes | Image.Image | NDArray[np.uint8]
Fit = Literal["crop", "letterbox", "stretch"]
ImageErrorKind = Literal["broken", "truncated", "empty", "huge"]


class ImageError(DataError):
    """An image that cannot be read; `kind` says why in a word."""

    def __init__(self, message: str, *, kind: ImageErrorKind = "broken") -> None:
        super().__init__(message)
        self.kind = kind


def read_image(image: Picture, *, name: str = "", least: int = 0) -> Image.Image:
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
    with warnings.catch_warnings():
        quiet_pillow()
        return read_any(image, name=name, least=least)


def quiet_pillow() -> None:
    """Switch off the warnings of Pillow's that an image is large or oddly made; inside `catch_warnings`.

    The filters are the whole process's, so that threads share them: whoever starts the threads calls this.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is near Pillow's


def read_any(image: Picture, *, name: str = "", least: int = 0) -> Image.Image:
    """As `read_image`, for threads and for many: no filter of warnings is touched (see `quiet_pillow`).

    Raises:
        ImageError: as `read_image`.
        DataError: as `read_image`.
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
    if isinstance(image, Image.Image):
        return _upright(image, name=name, least=least)
    if isinstance(image, bytes):
        return read_bytes(image, name=name, least=least)
    try:
        return read_bytes(Path(image).read_bytes(), name=name, least=least)
    except FileNotFoundError:
        raise ImageError(f"no image {name}") from None
    except OSError as error:
        raise ImageError(f"{name} is no image that can be read: {error.strerror or error}") from error


def read_bytes(content: bytes, *, name: str, least: int = 0) -> Image.Image:
    """As `read_image`, for threads: no filter of warnings is touched (see `quiet_pillow`).

    Raises:
        ImageError: as `read_image`.
    """
    if not content:
        raise ImageError(f"{name} is no image that can be read: the file is empty", kind="empty")
    try:
        with Image.open(io.BytesIO(content), formats=_kinds()) as opened:
            picture = _upright(opened, name=name, least=least)
    except ImageError:
        raise
    except Exception as error:
        raise _explained(error, name) from error
    _check_whole(content, opened.format or "", name=name)
    return picture


def is_picture(content: bytes) -> bool:
    """Whether these are the bytes of an image file, by how they begin."""
    try:
        with Image.open(io.BytesIO(content), formats=_kinds()):
            return True
    except Exception:  # Pillow's readers raise whatever a damaged file makes them stumble over
        return False


@cache
def _kinds() -> tuple[str, ...]:
    """The kinds of files that are images; those that this Pillow was built with."""
    Image.init()
    return tuple(kind for kind in _KINDS if kind in Image.OPEN)


def _upright(opened: Image.Image, *, name: str, least: int) -> Image.Image:
    try:
        if opened.width * opened.height > MAX_PIXELS:
            size = f"{opened.width} x {opened.height}"
            raise ImageError(
                f"{name} has {size} pixels, more than the {MAX_PIXELS:,} that are read", kind="huge"
            )
        drafted = opened.draft(None, (least, least)) if least else None
        opened.load()
        can_be_turned = opened.format not in ("JPEG", "PNG") or not _TURNING.isdisjoint(opened.info)
        picture: Image.Image = opened
        if drafted:  # the last column and row may hold next to nothing but padding
            width, height = drafted[1][2:]
            if (round(width), round(height)) != opened.size:
                picture = opened.crop((0, 0, round(width), round(height)))
        return ImageOps.exif_transpose(picture) if can_be_turned else picture
    except ImageError:
        raise
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
        raise _explained(error, name) from error


def _explained(error: Exception, name: str) -> ImageError:
    if isinstance(error, Image.DecompressionBombError):
        return ImageError(f"{name} is too large to be read: {error}", kind="huge")
    if isinstance(error, UnidentifiedImageError):
        return ImageError(f"{name} is no image that can be read: it is of no known kind")
    is_cut = isinstance(error, EOFError) or "truncated" in str(error).lower()
    reason = str(error) or type(error).__name__
    return ImageError(
        f"{name} is no image that can be read: {reason}", kind="truncated" if is_cut else "broken"
    )


def _check_whole(content: bytes, kind: str, *, name: str) -> None:
    """What Pillow's decoders do not mind: a lost end, or zeros in its place, which decode to something grey.

    Raises:
        ImageError: it is not all there.
    """
    if (
        kind == "JPEG"
        and not content.endswith(b"\xff\xd9")
        and content.find(b"\xff\xd9", _scan_of(content)) < 0
    ):
        raise ImageError(f"{name} is cut short: its end is missing", kind="truncated")
    if kind == "PNG" and (damaged := _damaged_chunk(content)) is not None:
        raise ImageError(f"{name} is damaged: wrong checksum in the data at byte {damaged:,}", kind="broken")
    if kind in ("WEBP", "AVIF") and content.endswith(bytes(_MANY_ZEROS)):
        raise ImageError(f"{name} is cut short: there are zeros in place of its end", kind="truncated")


def _scan_of(content: bytes) -> int:
    """Where the first scan of a JPEG starts; what lies before may hold a thumbnail with an end of its own."""
    place = 2
    while content[place : place + 1] == b"\xff" and content[place + 1 : place + 2] != b"\xda":
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return place


def _damaged_chunk(content: bytes) -> int | None:
    """Where a chunk of a PNG's pixels starts whose checksum is wrong; Pillow looks at those of other chunks only."""
    place = 8
    while place + 12 <= len(content):
        end = place + 8 + int.from_bytes(content[place : place + 4], "big")
        if content[place + 4 : place + 8] == b"IDAT":
            told = int.from_bytes(content[end : end + 4], "big")
            if end + 4 > len(content) or zlib.crc32(memoryview(content)[place + 4 : end]) != told:
                return place
        place = end + 4
    return None


def flatten(picture: Image.Image, mode: str) -> Image.Image:
    """Grey or RGB, transparent parts as white paper, grey of 16 bits or of 0..1 brought to 0..255."""
    if picture.mode == mode and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        levels = np.asarray(picture, dtype=np.float64)
        highest = levels.max()
        top = 65535.0 if highest > 255 else 1.0 if picture.mode == "F" and highest <= 1 else 255.0
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
