"""Arrays of bytes in MNIST's idx format, gzipped or not."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = ["MAX_DEFLATE_RATIO", "fill", "read_idx"]


class Readable(Protocol):
    """What can be read from: a file, a member of an archive, an unzipping stream."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""


_TYPES = {0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
# deflate makes at most 258 bytes of 2 bits, hence 1032 of one byte (https://zlib.net/zlib_tech.html)
MAX_DEFLATE_RATIO = 1032
_AGAIN = "get the file again"


def read_idx(path: Path, *, num_dimensions: int) -> NDArray[np.uint8]:
    """The uint8 array in an idx file: 3 dimensions for images, 1 for labels.

    Whether the file is gzipped is told by its content. No more memory is taken than the header announces,
    and the header is held against the size of the file first.

    Raises:
        DataError: the file is missing, no idx file, of another type or shape, too short or too long.
    """
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            num_file_bytes = path.stat().st_size
            file.seek(0)
            if not zipped:
                return _read(file, path, num_dimensions, most=num_file_bytes, exact=True)
            with gzip.GzipFile(fileobj=file) as unzipped:
                most = num_file_bytes * MAX_DEFLATE_RATIO
                return _read(unzipped, path, num_dimensions, most=most, exact=False)
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except EOFError:
        raise DataError(f"{path.name}: the gzip stream is cut off; {_AGAIN}") from None
    except zlib.error as error:
        raise DataError(f"{path.name}: the gzip stream is damaged ({error}); {_AGAIN}") from error
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}; {_AGAIN}") from error


def _read(file: Readable, path: Path, num_dimensions: int, *, most: int, exact: bool) -> NDArray[np.uint8]:
    shape, num_header_bytes = _read_header(file, path, num_dimensions)
    num_bytes = math.prod(shape)
    sizes = "x".join(map(str, shape))
    counted = f"expected {num_bytes} ({sizes})"
    if num_header_bytes + num_bytes > most:
        how = f"is {most} bytes long" if exact else f"cannot unzip to more than {most} bytes"
        raise DataError(f"{path.name}: should hold {sizes} ({num_bytes} bytes) but {how}; {_AGAIN}")
    try:
        array = np.empty(shape, dtype=np.uint8)
    except MemoryError:
        raise DataError(f"{path.name}: no memory for {sizes} ({num_bytes} bytes)") from None
    filled = fill(array, file)
    if filled < num_bytes:
        raise DataError(f"{path.name}: {filled} bytes follow the header, {counted}; {_AGAIN}")
    if file.read(1):
        raise DataError(f"{path.name}: more bytes follow the header, {counted}; {_AGAIN}")
    return array


def _read_header(file: Readable, path: Path, num_dimensions: int) -> tuple[tuple[int, ...], int]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not start[3]:
        found = start.hex(" ") or "nothing"
        expected = f"00 00 08 {num_dimensions:02x}"
        raise DataError(f"{path.name}: is no idx file: starts with {found}, expected {expected}")
    if start[2] != 0x08:
        found = f"{_TYPES[start[2]]} (type byte 0x{start[2]:02x})"
        raise DataError(f"{path.name}: holds {found}, expected uint8 (0x08)")
    if start[3] != num_dimensions:
        what = {1: "labels have 1", 3: "images have 3"}.get(num_dimensions, f"expected {num_dimensions}")
        raise DataError(f"{path.name}: has {start[3]} dimensions, {what}; are images and labels swapped?")
    sizes = file.read(4 * num_dimensions)
    if len(sizes) < 4 * num_dimensions:
        raise DataError(f"{path.name}: ends inside the header; the file is cut off, {_AGAIN}")
    return struct.unpack(f">{num_dimensions}I", sizes), 4 + len(sizes)


def fill(array: NDArray[np.generic], file: Readable, *, chunk: int = 1 << 20) -> int:
    """Read bytes into a C-contiguous array until it is full or the file ends; how many were read."""
    target = array.reshape(-1).view(np.uint8)
    done = 0
    while done < len(target) and (piece := file.read(min(chunk, len(target) - done))):
        target[done : done + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        done += len(piece)
    return done
