"""Frames over a pipe: what a server and its model process say to each other.

A frame is four bytes with the length of its header, big-endian; the header, a JSON object; and the blobs, whose
lengths the header lists under `blobs`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from fudemoji.errors import FudemojiError

__all__ = ["Frame", "WireError", "pack", "receive", "receive_from"]

MAX_HEADER = 64 * 2**20  # bytes
MAX_BLOBS = 2 * 2**30  # bytes of a frame's blobs together


class WireError(FudemojiError):
    """The other side ended within a frame, or what came is none."""


@dataclass(frozen=True)
class Frame:
    """A message: plain values, and blobs beside them."""

    header: dict[str, Any]
    blobs: tuple[bytes, ...] = ()


def pack(header: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    r"""The bytes of a frame.

    >>> pack({"id": 1}, [b"abc"])
    b'\x00\x00\x00\x17{"id": 1, "blobs": [3]}abc'
    """
    told = json.dumps({**header, "blobs": [len(blob) for blob in blobs]}).encode()
    return b"".join([len(told).to_bytes(4, "big"), told, *blobs])


def receive(stream: BinaryIO) -> Frame | None:
    """The next frame of a buffered stream; None at its end.

    Raises:
        WireError: the stream ends within a frame, or what came is no frame.
    """
    start = stream.read(4)
    if not start:
        return None
    header, lengths = _header(_whole(stream, _length(start)))
    return Frame(header, tuple(_whole(stream, length) for length in lengths))


async def receive_from(reader: asyncio.StreamReader) -> Frame | None:
    """As `receive`, without blocking the event loop."""
    try:
        start = await reader.readexactly(4)
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise WireError("the other side ended within a frame") from error
    try:
        header, lengths = _header(await reader.readexactly(_length(start)))
        return Frame(header, tuple([await reader.readexactly(length) for length in lengths]))
    except asyncio.IncompleteReadError as error:
        raise WireError("the other side ended within a frame") from error


def _whole(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise WireError("the other side ended within a frame")
    return content


def _length(start: bytes) -> int:
    length = int.from_bytes(start, "big")
    if len(start) < 4 or length > MAX_HEADER:
        raise WireError("what came is no frame")
    return length


def _header(told: bytes) -> tuple[dict[str, Any], list[int]]:
    try:
        header = json.loads(told)
        lengths = header.pop("blobs")
        is_whole = (
            all(type(length) is int and length >= 0 for length in lengths) and sum(lengths) <= MAX_BLOBS
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WireError("what came is no frame") from error
    if not is_whole:
        raise WireError("what came is no frame")
    return header, lengths
