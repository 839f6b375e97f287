"""Arrays that lie in a file and are read through a memory map."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_mapped", "release"]


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


def _map_of(array: NDArray[Any]) -> mmap.mmap | None:
    holder: Any = array
    while isinstance(holder, np.ndarray):
        holder = holder.base
    return holder if isinstance(holder, mmap.mmap) else None
