"""The decoded sets that lie on the disk: a folder each, written whole or not at all, read through a memory map.

An entry is a folder `LIKENESS-CONTENT` with `images.npy`, `thumbs.npy`, `hashes.npy`, `rows.npy` and `meta.json`.
`keys/` leads from what a look at the files' sizes and times gives to the entry's name; in `making/` entries are
written before they get their name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError, did_you_mean
from fudemoji.locks import hold_shared, is_held

__all__ = ["ArrayFile", "Entry", "clear", "entries", "find", "find_by_key", "make_room", "making", "remember"]

FORMAT = 1
_ARRAYS = ("images", "thumbs", "hashes", "rows")
_LEASE = "in-use"
_GRACE = 60.0  # seconds that a folder without a lease is left alone: its maker may be about to take it


@dataclass(frozen=True)
class Entry:
    """A decoded set on the disk.

    Attributes:
        path: its folder.
        meta: what `meta.json` holds: the set's name and source, the settings, the problems, the shape.
        num_bytes: of all its files.
        last_used: seconds since 1970.
    """

    path: Path
    meta: Mapping[str, Any]
    num_bytes: int
    last_used: float

    @property
    def is_in_use(self) -> bool:
        """Whether a living process reads it."""
        return is_held(self.path / _LEASE)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name, memory-mapped; while the images live, the entry is in use.

        Raises:
            OSError, ValueError: it was removed in the meantime, or is damaged.
        """
        lease = hold_shared(self.path / _LEASE)
        try:
            os.utime(self.path / _LEASE)
            arrays = {name: _mapped(self.path / f"{name}.npy") for name in _ARRAYS}
        except BaseException:
            lease.close()
            raise
        weakref.finalize(arrays["images"].base, lease.close)
        return arrays


def _mapped(path: Path) -> NDArray[Any]:
    """The array of a .npy file, its pages copied when written to, so that nothing ever reaches the file."""
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        offset = file.tell()
        count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if os.fstat(file.fileno()).st_size != offset + count:
            raise ValueError(f"{path} has not the size that its head says")
        if hasattr(mmap, "MAP_NORESERVE"):  # else a map larger than the memory may be refused
            view = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE | mmap.MAP_NORESERVE)
        else:
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    return np.ndarray(shape, dtype, buffer=view, offset=offset)


def find(root: Path, name: str) -> Entry | None:
    """The entry of this name, if it is there and whole; a damaged one is removed."""
    path = root / name
    try:
        meta = json.loads((path / "meta.json").read_bytes())
        checksum = meta.pop("checksum")
        is_whole = (
            checksum == _checksum(meta)
            and meta["format"] == FORMAT
            and all((path / file).stat().st_size == size for file, size in meta["sizes"].items())
        )
        last_used = (path / _LEASE).stat().st_mtime
    except FileNotFoundError:
        is_whole = False
        if not path.is_dir():
            return None
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        is_whole = False
    if not is_whole:
        _remove(path)
        return None
    return Entry(path, meta, sum(meta["sizes"].values()), last_used)


def find_by_key(root: Path, key: str) -> Entry | None:
    """The entry that `key` leads to."""
    try:
        name = (root / "keys" / key).read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    return find(root, name) if _is_name(name) else None


def remember(root: Path, key: str, entry: Entry) -> None:
    """From now on `key` leads to the entry."""
    (root / "keys").mkdir(exist_ok=True)
    part = root / "keys" / f".{key}.{os.getpid()}"
    part.write_text(entry.path.name, encoding="ascii")
    part.replace(root / "keys" / key)


def entries(root: Path) -> list[Entry]:
    """All whole entries, the one used last first."""
    names = [path.name for path in root.iterdir() if _is_name(path.name)] if root.is_dir() else []
    found = [entry for name in names if (entry := find(root, name))]
    return sorted(found, key=lambda entry: -entry.last_used)


def _is_name(name: str) -> bool:
    like, _, content = name.partition("-")
    return len(like) == 16 and len(content) == 32 and not set(like + content) - set("0123456789abcdef")


# --- writing -----------------------------------------------------------------


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
        self.arrays = {name: ArrayFile(folder / f"{name}.npy") for name in _ARRAYS}

    def restart(self) -> None:
        """Forget what was written."""
        for array in self.arrays.values():
            array.restart()

    def finish(self, root: Path, name: str, meta: Mapping[str, Any]) -> Entry:
        """Close the arrays, write the rest, and give the entry its name."""
        for array in self.arrays.values():
            array.close()
        (self._folder / _LEASE).touch()
        sizes = {f"{array}.npy": (self._folder / f"{array}.npy").stat().st_size for array in _ARRAYS}
        whole = {**meta, "format": FORMAT, "sizes": sizes, "made": time.time()}
        with (self._folder / "meta.json").open("w", encoding="utf-8") as file:
            json.dump({**whole, "checksum": _checksum(whole)}, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        _remove(root / name)  # damaged if there, else it would have been found
        self._folder.rename(root / name)
        return Entry(root / name, whole, sum(sizes.values()), time.time())


def _checksum(meta: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def making(root: Path) -> Iterator[Making]:
    """A place to write an entry in; whatever happens, nothing but a finished entry is left.

    What killed processes left behind goes too.
    """
    shelf = root / "making"
    shelf.mkdir(parents=True, exist_ok=True)
    for leftover in shelf.iterdir():
        if not is_held(leftover / _LEASE) and time.time() - leftover.stat().st_mtime > _GRACE:
            shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=shelf))
    try:
        (folder / _LEASE).touch()
        with hold_shared(folder / _LEASE):
            (folder / "new").mkdir()
            made = Making(folder / "new")
            try:
                yield made
            finally:
                made.restart()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- removing ----------------------------------------------------------------


def make_room(root: Path, *, limit: int, keep: Entry) -> None:
    """Remove entries, the one used longest ago first, until `limit` bytes are not exceeded.

    What a living process uses stays, and so does `keep`.
    """
    found = entries(root)
    total = sum(entry.num_bytes for entry in found)
    for entry in reversed(found):
        if total > limit and entry.path != keep.path and not entry.is_in_use:
            _remove(entry.path)
            total -= entry.num_bytes
    _forget_lost_keys(root)


def clear(root: Path, names: Iterable[str] = ()) -> tuple[list[Entry], list[Entry]]:
    """Remove the entries of the sets called `names`, or all; which were removed, and which are in use and stay.

    Raises:
        DataError: there is no entry of such a name.
    """
    wanted = set(names)
    found = entries(root)
    known = {str(entry.meta["name"]) for entry in found}
    for name in sorted(wanted - known):
        listed = ", ".join(sorted(known)) or "nothing"
        raise DataError(f"no decoded set '{name}'{did_you_mean(name, known)}; {root} holds: {listed}")
    chosen = [entry for entry in found if not wanted or entry.meta["name"] in wanted]
    held = [entry for entry in chosen if entry.is_in_use]
    removed = [entry for entry in chosen if entry not in held]
    for entry in removed:
        _remove(entry.path)
    _forget_lost_keys(root)
    return removed, held


def _remove(path: Path) -> None:
    """Remove an entry; `meta.json` goes first, so that what a kill leaves is no entry."""
    (path / "meta.json").unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def _forget_lost_keys(root: Path) -> None:
    keys = root / "keys"
    for key in keys.iterdir() if keys.is_dir() else ():
        with contextlib.suppress(OSError, ValueError):
            if not (root / key.read_text(encoding="ascii") / "meta.json").is_file():
                key.unlink()
