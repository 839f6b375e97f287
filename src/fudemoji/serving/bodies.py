"""The image or images of a request, and JSON, read under caps while they arrive.

Multipart bodies are parsed byte by byte, because Starlette's forms decode a part without a filename to text, and the
clients of the Custom Vision API send their images in such parts.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import errno
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from fudemoji.serving.errors import ApiError
from fudemoji.serving.limits import Limits

__all__ = ["Upload", "decode_base64", "read_body", "read_image", "read_images", "read_json", "save_body"]

_PART_OVERHEAD = 2**14  # bytes of the headers around an image
_BASE64 = 4 / 3
_BUFFER = 2**20  # bytes of a file that is written


@dataclass(frozen=True, slots=True)
class Upload:
    """An image file as it came, and the name that the client gave it, or an empty one."""

    content: bytes
    name: str = ""


async def read_image(request: Request, *, limits: Limits) -> bytes:
    """The one image of a request; the arguments and errors are those of `read_images`."""
    only = Limits(**{**vars(limits), "num_images": 1})
    return (await read_images(request, limits=only))[0].content


async def read_images(request: Request, *, limits: Limits) -> list[Upload]:
    """The images of a request, at least one.

    A body is multipart/form-data, every part of it an image; the bytes of one image file, as application/octet-stream
    or image/*; or JSON, `{"image": BASE64}` or `{"images": [BASE64, ...]}`. Nothing is decoded as an image here.

    Raises:
        ApiError: 400 where the body is none of these or ends too early or holds too many; 408 where it takes too
            long; 413 where it or an image is too large; 415 for any other content type.
    """
    told = _header(request, b"content-type")
    kind = told.partition(";")[0].strip().lower()
    _check_encoding(request)
    if kind == "multipart/form-data":
        return await _read_parts(request, told, limits)
    if kind == "application/json":
        most = limits.num_images * (int(limits.image_bytes * _BASE64) + 64) + _PART_OVERHEAD
        return _images_of_json(await _read_json(request, min(most, limits.body_bytes), limits), limits)
    if kind in ("", "application/octet-stream") or kind.startswith("image/"):
        content = await read_body(request, limits.image_bytes, limits=limits)
        if not content:
            raise _no_image()
        return [Upload(content)]
    raise ApiError(
        415,
        "UnsupportedMediaType",
        "an image is sent as multipart/form-data, application/octet-stream, image/* or application/json",
    )


async def read_json(request: Request, *, limits: Limits, most: int | None = None) -> Any:
    """The JSON of a request; None where its body is empty.

    Args:
        request: whose body was not read yet.
        limits: of its size and time.
        most: bytes that it may have, where that is not `limits.json_bytes`.

    Raises:
        ApiError: 400 for what is no JSON, 408, 413 and 415 as `read_images`.
    """
    kind = _header(request, b"content-type").partition(";")[0].strip().lower()
    _check_encoding(request)
    if kind not in ("", "application/json", "text/json") and not kind.endswith("+json"):
        raise ApiError(415, "UnsupportedMediaType", "the body must be JSON, sent as application/json")
    return await _read_json(request, limits.json_bytes if most is None else most, limits)


def decode_base64(text: object, *, most: int) -> bytes:
    """The bytes of an image in base64, line breaks and the head of a `data:` address left out.

    Raises:
        ApiError: 400 for what is none, 413 for more than `most` bytes.
    """
    if not isinstance(text, str):
        raise ApiError(400, "BadRequestImageFormat", "an image in JSON is a text in base64")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    if len(text) > most * 2 + 64:
        raise _too_large(most, "an image")
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(400, "BadRequestImageFormat", "an image in JSON is not whole base64") from None
    if len(content) > most:
        raise _too_large(most, "an image")
    return content


# ---- bodies of one piece


async def _read(request: Request, take: Callable[[bytes], object], most: int, limits: Limits) -> None:
    """Hand every piece of the body to `take` as it arrives."""
    declared = _header(request, b"content-length")
    if declared.isdecimal() and (len(declared) > 15 or int(declared) > most):
        raise _too_large(most, "the body")
    start, received = asyncio.get_running_loop().time(), 0
    try:
        async with asyncio.timeout(limits.seconds) as patience:
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ApiError(400, "BadRequestImageStream", "the connection ended before the body did")
                if piece := message.get("body"):
                    received += len(piece)
                    if received > most:
                        raise _too_large(most, "the body")
                    take(piece)
                if not message.get("more_body"):
                    return
                patience.reschedule(start + limits.seconds + received / limits.bytes_per_second)
    except TimeoutError:
        raise ApiError(408, "RequestTimeout", "the body took too long to arrive") from None


async def read_body(request: Request, most: int, *, limits: Limits) -> bytes:
    """The body of a request, as it came.

    Raises:
        ApiError: 408 where it takes too long, 413 where it has more than `most` bytes.
    """
    pieces: list[bytes] = []
    await _read(request, pieces.append, most, limits)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def save_body(request: Request, path: Path, most: int, *, limits: Limits) -> None:
    """Write the body of a request to a new file, as it comes; it is on the disk when this returns.

    Raises:
        ApiError: as `read_body`; 400 where it is empty, 507 where the disk is full or cannot be written.
    """
    _check_encoding(request)
    try:
        with path.open("xb", buffering=_BUFFER) as file:
            await _read(request, file.write, most, limits)
            await run_in_threadpool(_sync, file)
            if not file.tell():
                raise ApiError(400, "BadRequest", "the body is empty")
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise ApiError(507, "ErrorUnknown", f"the body could not be kept: {reason}") from error


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _read_json(request: Request, most: int, limits: Limits) -> Any:
    content = await read_body(request, most, limits=limits)
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise ApiError(400, "BadRequest", "the body is no whole JSON") from None


def _images_of_json(told: Any, limits: Limits) -> list[Upload]:
    if not isinstance(told, dict) or ("image" in told) == ("images" in told):
        raise ApiError(400, "BadRequest", 'the JSON must be {"image": BASE64} or {"images": [BASE64, ...]}')
    texts = told["images"] if "images" in told else [told["image"]]
    if not isinstance(texts, list):
        raise ApiError(400, "BadRequest", '"images" must be a list of texts in base64')
    if len(texts) > limits.num_images:
        raise _too_many(limits)
    images = [Upload(decode_base64(text, most=limits.image_bytes)) for text in texts]
    if not images:
        raise _no_image()
    return images


# ---- multipart


async def _read_parts(request: Request, told: str, limits: Limits) -> list[Upload]:
    boundary = parse_options_header(told)[1].get(b"boundary", b"")
    if not boundary:
        raise ApiError(
            400, "BadRequestImageStream", "the content type of the multipart body names no boundary"
        )
    parts = _Parts(limits)
    most = limits.num_images * (limits.image_bytes + _PART_OVERHEAD)
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        await _read(request, parser.write, min(most, limits.body_bytes), limits)
    except FormParserError:
        raise ApiError(400, "BadRequestImageStream", "the multipart body cannot be read") from None
    if not parts.is_whole:
        raise ApiError(400, "BadRequestImageStream", "the multipart body ends too early")
    if not parts.uploads:
        raise _no_image()
    return parts.uploads


class _Parts:
    """What a parser of multipart bodies finds, piece by piece."""

    def __init__(self, limits: Limits) -> None:
        self.uploads: list[Upload] = []
        self.is_whole = False
        self._limits = limits
        self._field, self._value, self._name = b"", b"", ""
        self._pieces: list[bytes] = []
        self._size = 0

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.uploads) >= self._limits.num_images:
            raise _too_many(self._limits)
        self._pieces, self._size, self._name = [], 0, ""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if b"filename" in self._value and self._field.lower() == b"content-disposition":
            given = parse_options_header(self._value)[1].get(b"filename", b"")
            self._name = given.decode("utf-8", errors="replace")
        self._field = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size > self._limits.image_bytes:
            raise _too_large(self._limits.image_bytes, "an image")
        self._pieces.append(data[start:end])

    def _part_end(self) -> None:
        self.uploads.append(Upload(b"".join(self._pieces), self._name))

    def _end(self) -> None:
        self.is_whole = True


# ---- headers and refusals


def _header(request: Request, name: bytes) -> str:
    """A header as it came, or an empty text; several times faster than Starlette's look-up."""
    for key, value in request.scope["headers"]:
        if key == name:
            told: str = value.decode("latin-1")
            return told
    return ""


def _check_encoding(request: Request) -> None:
    if _header(request, b"content-encoding").strip().lower() not in ("", "identity"):
        raise ApiError(415, "UnsupportedMediaType", "a compressed body is not read; send it as it is")


def _no_image() -> ApiError:
    return ApiError(400, "BadRequestImageStream", "the body holds no image")


def _too_large(most: int, what: str) -> ApiError:
    size = f"{most / 2**20:.4g} MiB" if most >= 2**20 else f"{most} bytes"
    return ApiError(413, "BadRequestImageSizeBytes", f"{what} has more than the {size} that are allowed")


def _too_many(limits: Limits) -> ApiError:
    told = f"more than the {limits.num_images} images that a request may hold"
    if limits.num_images == 1:
        told = "more than the one image that this request may hold"
    return ApiError(400, "BadRequestExceededBatchSize", told)
