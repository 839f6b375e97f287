"""What happens to images before a transaction: they are looked at and laid on the disk."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image as Pillow

from fudemoji.data.decoding.picture import ImageError, quiet_pillow, read_bytes
from fudemoji.server.store.blobs import Blobs
from fudemoji.server.store.checking import check_text
from fudemoji.serving.errors import ApiError

__all__ = ["SERVICE_FORMATS", "Entry", "Kept", "Limits", "Status", "check_about", "keep"]

Status = Literal[
    "OK",
    "OKDuplicate",
    "ErrorImageFormat",
    "ErrorImageSize",
    "ErrorImageDimensions",
    "ErrorInvalidTag",
    "ErrorNegativeAndRegularTagOnSameImage",
    "ErrorStorage",
    "ErrorTagLimitExceed",
]

SERVICE_FORMATS = ("JPEG", "PNG", "BMP", "GIF")
_MOST_FACTS = 10
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
_LARGE_PIXELS = 16_000_000
_large = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """What images may be.

    Attributes:
        num_bytes: of a file.
        side: pixels of the longer side.
        aspect: the longer side over the shorter.
        formats: as Pillow calls them; those that it was built without are not taken.
    """

    num_bytes: int = 6 * 2**20
    side: int = 10_240
    aspect: float = 25.0
    formats: tuple[str, ...] = (*SERVICE_FORMATS, "WEBP", "TIFF", "AVIF")


@dataclass(frozen=True)
class Entry:
    """An image that a client sends.

    Attributes:
        content: of its file.
        name: of its file, or any.
        tag_ids: those that it is to have.
        about: what the client wants to remember of it.
    """

    content: bytes
    name: str = ""
    tag_ids: Sequence[str] = ()
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """An image that was looked at; unless it is refused, its content lies on the disk.

    Attributes:
        entry: what the client sent.
        status: `OK`, or why it is refused.
        message: why it is refused, for people.
        sha256: of the content.
        format: as Pillow calls it.
        width: pixels, of the upright picture.
        height: pixels, of the upright picture.
    """

    entry: Entry
    status: Status = "OK"
    message: str = ""
    sha256: str = ""
    format: str = ""
    width: int = 0
    height: int = 0


def keep(blobs: Blobs, entries: Sequence[Entry], *, limits: Limits | None = None) -> list[Kept]:
    """Look at each image, all its pixels, and lay it on the disk, several at once.

    It takes no session, so that no transaction waits for pictures to be decoded. A content that no transaction
    names in the end is removed by `leftovers.tidy`.

    Args:
        blobs: where the contents go.
        entries: the images.
        limits: what they may be; None: the defaults of `Limits`.

    Returns:
        One a given entry, in their order.

    Raises:
        ApiError: what is to be remembered of one is too much.
    """
    for entry in entries:
        check_about(entry.about)
    quiet_pillow()  # for good: filters are the process's, and requests look at images side by side
    Pillow.init()
    return list(_threads().map(functools.partial(_kept, blobs, limits or Limits()), entries))


def check_about(about: Mapping[str, str]) -> None:
    """See that it can be kept with an image: ten facts, as the cloud service has it.

    Raises:
        ApiError: a key or a value is too long, or there are more.
    """
    if len(about) > _MOST_FACTS:
        told = f"an image keeps {_MOST_FACTS} facts as metadata; these are {len(about)}"
        raise ApiError(400, "BadRequestImageMetadataKey", told)
    for key, value in about.items():
        _check_fact(key, longest=_LONGEST_KEY, what="a key", code="BadRequestImageMetadataKey")
        _check_fact(value, longest=_LONGEST_VALUE, what="a value", code="BadRequestImageMetadataValue")


def _check_fact(text: str, *, longest: int, what: str, code: str) -> None:
    check_text(text, what=f"{what} of the metadata", code=code)
    if len(text) > longest:
        raise ApiError(400, code, f"{what} of the metadata has {len(text):,} characters, at most {longest}")


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=min(8, 2 * (os.cpu_count() or 1)), thread_name_prefix="images")


def _kept(blobs: Blobs, limits: Limits, entry: Entry) -> Kept:
    if len(entry.content) > limits.num_bytes:
        told = f"the file has {len(entry.content):,} bytes, at most {limits.num_bytes:,} are taken"
        return Kept(entry, "ErrorImageSize", told)
    try:
        kind, size = _header(entry.content, limits.formats)
        if refusal := _refusal(*size, limits):
            return Kept(entry, "ErrorImageDimensions", refusal)
        with _large if size[0] * size[1] > _LARGE_PIXELS else contextlib.nullcontext():
            picture = read_bytes(entry.content, name="the image")
    except ImageError as error:
        return Kept(entry, "ErrorImageDimensions" if error.kind == "huge" else "ErrorImageFormat", str(error))
    try:
        sha256 = blobs.put(entry.content)
    except ApiError as error:
        return Kept(entry, "ErrorStorage", str(error))
    return Kept(entry, "OK", "", sha256, kind, *picture.size)


def _header(content: bytes, formats: Sequence[str]) -> tuple[str, tuple[int, int]]:
    """The format and the size that the file claims.

    Raises:
        ImageError: it is of another format, or of none.
    """
    known = [one for one in formats if one in Pillow.OPEN]
    try:
        with Pillow.open(io.BytesIO(content), formats=known) as opened:
            return opened.format or "", opened.size
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
        if isinstance(error, Pillow.DecompressionBombError):
            raise ImageError("the image is too large to be read", kind="huge") from error
        raise ImageError(f"it is no image of the kinds that are taken: {', '.join(known)}") from error


def _refusal(width: int, height: int, limits: Limits) -> str:
    if max(width, height) > limits.side:
        return f"the image has {width} x {height} pixels, at most {limits.side:,} a side are taken"
    if max(width, height) > limits.aspect * max(1, min(width, height)):
        return f"the image has {width} x {height} pixels, one side at most {limits.aspect:g} times the other is taken"
    return ""
