"""A decoded set while it is written: beside the others, and among them only once it is whole."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.cache.entries import ARRAYS, LEASE, Entry, checksum, remove_folder
from fudemoji.data.cache.identity import FORMAT
from fudemoji.locks import hold_shared, is_held

__all__ = ["Making", "making"]

_GRACE = 60.0  # seconds that a folder without a lease is left alone: its maker may be about to take it


class ArrayFile:
    """A .npy file that grows along its first axis; its head is right once it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._row: tuple[int, ...] = ()
        self._dtype = np.dtype(np.uint8)
        self._length = 0

    def append(self, rows: NDArray[Any]) -> None:
        """Write further rows."""
        if self._file is None:
            self._file = self._path.open("wb")
            self._row, self._dtype = rows.shape[1:], rows.dtype
            self._write_head()
        assert rows.shape[1:] == self._row, (rows.shape, self._row)
        self._file.write(np.ascontiguousarray(rows).data)
        self._length += len(rows)

    def _write_head(self) -> None:
        assert self._file is not None
        head = {"descr": self._dtype.str, "fortran_order": False, "shape": (self._length, *self._row)}
        np.lib.format.write_array_header_1_0(self._file, head)  # padded, so that the length may grow

    def restart(self) -> None:
        """Forget all rows."""
        if self._file is not None:
            self._file.close()
        self._file, self._length = None, 0

    def close(self) -> None:
        """Write the head and wait until all is on the disk."""
        assert self._file is not None
        self._file.seek(0)
        self._write_head()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class Making:
    """An entry that is being written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.arrays = {name: ArrayFile(folder / f"{name}.npy") for name in ARRAYS}

    def restart(self) -> None:
        """Forget what was written."""
        for array in self.arrays.values():
            array.restart()

    def finish(self, root: Path, name: str, meta: Mapping[str, Any]) -> Entry:
        """Close the arrays, write the rest, and give the entry its name."""
        for array in self.arrays.values():
            array.close()
        (self._folder / LEASE).touch()
        sizes = {f"{array}.npy": (self._folder / f"{array}.npy").stat().st_size for array in ARRAYS}
        whole = {**meta, "format": FORMAT, "sizes": sizes, "made": time.time()}
        with (self._folder / "meta.json").open("w", encoding="utf-8") as file:
            json.dump({**whole, "checksum": checksum(whole)}, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        remove_folder(root / name)  # damaged if there, else it would have been found
        self._folder.rename(root / name)
        return Entry(root / name, whole, sum(sizes.values()), time.time())


@contextlib.contextmanager
def making(root: Path) -> Iterator[Making]:
    """A place to write an entry in; whatever happens, nothing but a finished entry is left.

    What killed processes left behind goes too.
    """
    shelf = root / "making"
    shelf.mkdir(parents=True, exist_ok=True)
    for leftover in shelf.iterdir():
        if not is_held(leftover / LEASE) and time.time() - leftover.stat().st_mtime > _GRACE:
            shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=shelf))
    try:
        (folder / LEASE).touch()
        with hold_shared(folder / LEASE):
            (folder / "new").mkdir()
            made = Making(folder / "new")
            try:
                yield made
            finally:
                made.restart()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
