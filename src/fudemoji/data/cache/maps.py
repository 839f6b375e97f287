"""Arrays that lie in a file and are read through a memory map, or past it."""

# N rows of an array, B of them

from __future__ import annotations

import mmap
import os
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RowFile", "is_mapped", "map_array", "release", "row_file"]

_DESCRIPTORS: weakref.WeakKeyDictionary[mmap.mmap, int] = weakref.WeakKeyDictionary()


def map_array(path: Path) -> NDArray[Any]:
    """The array of a .npy file, memory-mapped; what is written to it reaches no file.

    Raises:
        OSError: there is no such file.
        ValueError: it is no such file, or has not the size that its head says.
    """
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        offset = file.tell()
        count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if os.fstat(file.fileno()).st_size != offset + count:
            raise ValueError(f"{path} has not the size that its head says")
        if hasattr(mmap, "MAP_NORESERVE"):  # else a map larger than the memory may be refused
            mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE | mmap.MAP_NORESERVE)
        else:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        _DESCRIPTORS[mapped] = descriptor = os.dup(file.fileno())
        weakref.finalize(mapped, os.close, descriptor)
    return np.ndarray(shape, dtype, buffer=mapped, offset=offset)


def is_mapped(array: NDArray[Any]) -> bool:
    """Whether the array is a view of a file."""
    return _map_of(array) is not None


def release(array: NDArray[Any]) -> None:
    """Give back the memory that reading a mapped array took; the system keeps the pages in its cache.

    Without it the resident size of a process grows by whatever it has read. An array in memory stays as it is.
    """
    mapped = _map_of(array)
    if mapped is not None and hasattr(mapped, "madvise"):
        mapped.madvise(mmap.MADV_DONTNEED)


@dataclass(frozen=True)
class RowFile:
    """The rows of a mapped array, read from its file and not through the map.

    Rows here and there cost a map four times the time that reading them takes, and sixteen pages of memory for each
    one that is touched (200,000 images of 12 KB, in the system's cache).
    """

    array: NDArray[Any]  # keeps the file open
    descriptor: int
    start: int

    def take(self, places_B: NDArray[np.int64]) -> NDArray[Any]:
        """A copy of these rows.

        Raises:
            OSError: the file has become shorter, or the disk fails.
        """
        rows = np.empty((len(places_B), *self.array.shape[1:]), self.array.dtype)
        size = rows[:1].nbytes
        content = rows.reshape(-1).view(np.uint8).data
        places = places_B.tolist()
        if hasattr(os, "posix_fadvise"):  # all of them under way at once, where they are not in the cache
            for place in places:
                os.posix_fadvise(self.descriptor, self.start + place * size, size, os.POSIX_FADV_WILLNEED)
        for number, place in enumerate(places):
            part = content[number * size : (number + 1) * size]
            if os.preadv(self.descriptor, [part], self.start + place * size) != size:
                raise OSError(f"row {place} of a decoded set cannot be read: its file has become shorter")
        return rows


def row_file(array: NDArray[Any]) -> RowFile | None:
    """What reads the rows of an array made by `map_array`; None for any other, and where the system cannot."""
    mapped = _map_of(array)
    if (
        mapped is None
        or mapped not in _DESCRIPTORS
        or not array.flags.c_contiguous
        or not hasattr(os, "preadv")
    ):
        return None
    start = array.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data
    return RowFile(array, _DESCRIPTORS[mapped], start)


def _map_of(array: NDArray[Any]) -> mmap.mmap | None:
    holder: Any = array
    while isinstance(holder, np.ndarray):
        holder = holder.base
    return holder if isinstance(holder, mmap.mmap) else None
