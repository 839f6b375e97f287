"""What happens to images before a transaction: they are looked at and laid on the disk."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fudemoji.data.decoding.picture import ImageError
from fudemoji.server.store.blobs import Blobs
from fudemoji.server.store.checking import check_text
from fudemoji.server.store.pictures import decode, decoders, header
from fudemoji.serving.errors import ApiError

__all__ = ["SERVICE_FORMATS", "Entry", "Kept", "Limits", "Status", "check_about", "keep"]

Status = Literal[
    "OK",
    "OKDuplicate",
    "ErrorImageFormat",
    "ErrorImageSize",
    "ErrorImageDimensions",
    "ErrorInvalidTag",
    "ErrorLimitExceed",
    "ErrorNegativeAndRegularTagOnSameImage",
    "ErrorStorage",
    "ErrorTagLimitExceed",
]

SERVICE_FORMATS = ("JPEG", "PNG", "BMP", "GIF")
_MOST_FACTS = 10
_LONGEST_KEY = 128
_LONGEST_VALUE = 256


@dataclass(frozen=True)
class Limits:
    """What images may be.

    Attributes:
        num_bytes: of a file.
        side: pixels of the longer side.
        pixels: of the picture.
        aspect: the longer side over the shorter.
        num_images: of a project.
        formats: as Pillow calls them; those that it was built without are not taken.
    """

    num_bytes: int = 6 * 2**20
    side: int = 10_240
    pixels: int = 100_000_000
    aspect: float = 25.0
    num_images: int = 100_000
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
    return list(decoders().map(functools.partial(_kept, blobs, limits or Limits()), entries))


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


def _kept(blobs: Blobs, limits: Limits, entry: Entry) -> Kept:
    if len(entry.content) > limits.num_bytes:
        told = f"the file has {len(entry.content):,} bytes, at most {limits.num_bytes:,} are taken"
        return Kept(entry, "ErrorImageSize", told)
    try:
        kind, size = header(entry.content, formats=limits.formats)
        if refusal := _refusal(*size, limits):
            return Kept(entry, "ErrorImageDimensions", refusal)
        picture = decode(entry.content, size=size)
    except ImageError as error:
        return Kept(entry, "ErrorImageDimensions" if error.kind == "huge" else "ErrorImageFormat", str(error))
    try:
        sha256 = blobs.put(entry.content)
    except ApiError as error:
        return Kept(entry, "ErrorStorage", str(error))
    return Kept(entry, "OK", "", sha256, kind, *picture.size)


def _refusal(width: int, height: int, limits: Limits) -> str:
    if max(width, height) > limits.side:
        return f"the image has {width} x {height} pixels, at most {limits.side:,} a side are taken"
    if width * height > limits.pixels:
        return f"the image has {width} x {height} pixels, at most {limits.pixels:,} are taken"
    if max(width, height) > limits.aspect * max(1, min(width, height)):
        return f"the image has {width} x {height} pixels, one side at most {limits.aspect:g} times the other is taken"
    return ""
