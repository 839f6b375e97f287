"""The arrays of an npz file, never unpickled."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fudemoji.data.readers.idx import MAX_DEFLATE_RATIO, fill
from fudemoji.errors import DataError

__all__ = ["npz_names", "read_npz", "read_npz_array"]

_AGAIN = "get the file again"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)


def read_npz(path: Path, *, num_dimensions: int) -> NDArray[np.uint8] | NDArray[np.int64]:
    """The array `arr_0`: uint8 images where `num_dimensions` is 3, int64 labels where it is 1.

    Nothing is unpickled, and no more memory is taken than the array's header announces; the header is held
    against the sizes in the archive first.

    Raises:
        DataError: the file is missing, no npz file, lacks `arr_0`, would need unpickling, or is damaged.
    """
    return _check(read_npz_array(path, "arr_0"), path, num_dimensions)


def npz_names(path: Path) -> list[str]:
    """What the arrays in an npz file are called.

    Raises:
        DataError: the file is missing, or no npz file.
    """
    with _opened(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


def read_npz_array(path: Path, name: str) -> NDArray[Any]:
    """The array of a name, of whatever type but Python objects; as careful as `read_npz`.

    Raises:
        DataError: the file is missing, no npz file, lacks the array, would need unpickling, or is damaged.
    """
    with _opened(path) as archive:
        info = _find_member(archive, path, name)
        with archive.open(info) as member:
            return _read_member(member, info, path)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except _DAMAGED as error:
        raise DataError(f"{path.name}: is no whole npz file ({error}); {_AGAIN}") from error


def _find_member(archive: zipfile.ZipFile, path: Path, name: str) -> zipfile.ZipInfo:
    names = archive.namelist()
    for member in (f"{name}.npy", name):
        if member in names:
            info = archive.getinfo(member)
            if info.file_size > info.compress_size * MAX_DEFLATE_RATIO:
                sizes = f"{info.file_size} bytes out of {info.compress_size}"
                raise DataError(f"{path.name}: {name} claims {sizes}, which no zip can hold; {_AGAIN}")
            return info
    found = ", ".join(other.removesuffix(".npy") for other in names[:5]) or "nothing"
    way_out = "save it with np.savez_compressed(file, array)"
    raise DataError(f"{path.name}: has no array '{name}' but {found}; {way_out}")


def _read_member(member: IO[bytes], info: zipfile.ZipInfo, path: Path) -> NDArray[Any]:
    name = info.filename.removesuffix(".npy")
    version = npy.read_magic(member)
    if version not in ((1, 0), (2, 0)):
        found = f"{version[0]}.{version[1]}"
        raise DataError(f"{path.name}: {name} is of npy version {found}, expected 1.0 or 2.0; save it again")
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran_order, dtype = read_header(member)
    if dtype.hasobject:
        raise DataError(
            f"{path.name}: {name} holds Python objects, which only unpickling could read, and a pickle "
            "can run any program; save it as uint8 images or integer labels"
        )
    num_bytes = math.prod(shape) * dtype.itemsize
    sizes = "x".join(map(str, shape))
    if num_bytes != info.file_size - member.tell():
        raise DataError(
            f"{path.name}: {name} says {dtype} {sizes} ({num_bytes} bytes) but "
            f"{info.file_size - member.tell()} bytes follow; {_AGAIN}"
        )
    try:
        array = np.empty(shape[::-1] if fortran_order else shape, dtype=dtype)
    except MemoryError:
        raise DataError(f"{path.name}: no memory for {dtype} {sizes} ({num_bytes} bytes)") from None
    if fill(array, member) < num_bytes or member.read(1):
        raise DataError(f"{path.name}: {name} does not hold the {num_bytes} bytes it says; {_AGAIN}")
    return array.transpose() if fortran_order else array


def _check(array: NDArray[Any], path: Path, num_dimensions: int) -> NDArray[np.uint8] | NDArray[np.int64]:
    sizes = "x".join(map(str, array.shape))
    if array.ndim != num_dimensions:
        expected = "N labels" if num_dimensions == 1 else "N x height x width"
        found = f"{array.dtype} {sizes or 'scalar'}"
        raise DataError(f"{path.name}: arr_0 is {found}, expected {expected}; are images and labels swapped?")
    if num_dimensions == 1:
        if array.dtype.kind not in "iu":
            raise DataError(f"{path.name}: labels are {array.dtype}, expected whole numbers")
        return array.astype(np.int64)
    if array.dtype != np.uint8:
        raise DataError(f"{path.name}: images are {array.dtype}, expected uint8 (0 to 255)")
    return np.ascontiguousarray(array)
