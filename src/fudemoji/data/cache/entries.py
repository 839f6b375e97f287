"""The decoded sets that lie on the disk: a folder each, written whole or not at all, read through a memory map.

An entry is a folder `LIKENESS-CONTENT` with `images.npy`, `thumbs.npy`, `hashes.npy`, `rows.npy` and `meta.json`.
`keys/` leads from what a look at the files' sizes and times gives to the entry's name; in `making/` entries are
written before they get their name.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fudemoji.data.cache.identity import FORMAT
from fudemoji.data.cache.maps import map_array
from fudemoji.errors import DataError, did_you_mean
from fudemoji.locks import hold_shared, is_held

__all__ = [
    "ARRAYS",
    "LEASE",
    "Entry",
    "checksum",
    "entries",
    "find",
    "find_by_key",
    "make_room",
    "named_entries",
    "remember",
    "remove",
    "remove_folder",
]

ARRAYS = ("images", "thumbs", "hashes", "rows")
LEASE = "in-use"


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
    def name(self) -> str:
        """Of the set."""
        return str(self.meta["name"])

    @property
    def source(self) -> str:
        """Where the files lay that were decoded."""
        return str(self.meta["source"])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the images: (R, C, H, W), of clips (R, C, T, H, W)."""
        return tuple(self.meta["shape"])

    def to_dict(self) -> dict[str, Any]:
        """What `fudemoji data cache --json` tells."""
        return {
            "name": self.name,
            "source": self.source,
            "folder": str(self.path),
            "bytes": self.num_bytes,
            "shape": list(self.shape),
            "settings": self.meta["settings"],
            "said": self.meta["said"],
            "last_used": datetime.datetime.fromtimestamp(self.last_used, datetime.UTC).isoformat(
                timespec="seconds"
            ),
        }

    @property
    def is_in_use(self) -> bool:
        """Whether a living process reads it."""
        return is_held(self.path / LEASE)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name, memory-mapped; while the images live, the entry is in use.

        Raises:
            OSError: it was removed in the meantime.
            ValueError: it is damaged.
        """
        lease = hold_shared(self.path / LEASE)
        try:
            with contextlib.suppress(PermissionError):  # a cache of another's that may be read
                os.utime(self.path / LEASE)
            arrays = {name: map_array(self.path / f"{name}.npy") for name in ARRAYS}
            if arrays["images"].shape != self.shape:
                raise ValueError(f"{self.path}: images of {arrays['images'].shape}, expected {self.shape}")
        except BaseException:
            lease.close()
            raise
        weakref.finalize(arrays["images"].base, lease.close)
        return arrays


def find(root: Path, name: str) -> Entry | None:
    """The entry of this name, if it is there and whole; a damaged one is removed."""
    path = root / name
    try:
        meta = json.loads((path / "meta.json").read_bytes())
        told = meta.pop("checksum")
        is_whole = (
            told == checksum(meta)
            and meta["format"] == FORMAT
            and all((path / file).stat().st_size == size for file, size in meta["sizes"].items())
        )
        last_used = (path / LEASE).stat().st_mtime
    except FileNotFoundError:
        is_whole = False
        if not path.is_dir():
            return None
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        is_whole = False
    if not is_whole:
        remove_folder(path)
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


def checksum(meta: Mapping[str, Any]) -> str:
    """SHA-256 of what `meta.json` holds beside it."""
    return hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()


# --- removing ----------------------------------------------------------------


def make_room(root: Path, *, limit: int, keep: Entry) -> None:
    """Remove entries, the one used longest ago first, until `limit` bytes are not exceeded.

    What a living process uses stays, and so does `keep`.
    """
    found = entries(root)
    total = sum(entry.num_bytes for entry in found)
    for entry in reversed(found):
        if total > limit and entry.path != keep.path and not entry.is_in_use:
            remove_folder(entry.path)
            total -= entry.num_bytes
    _forget_lost_keys(root)


def named_entries(root: Path, names: Iterable[str] = ()) -> list[Entry]:
    """The entries of the sets called `names`, or all.

    Raises:
        DataError: there is no entry of such a name.
    """
    wanted, found = set(names), entries(root)
    known = {entry.name for entry in found}
    for name in sorted(wanted - known):
        listed = ", ".join(sorted(known)) or "nothing"
        raise DataError(f"no decoded set '{name}'{did_you_mean(name, known)}; {root} holds: {listed}")
    return [entry for entry in found if not wanted or entry.name in wanted]


def remove(root: Path, chosen: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Remove entries; which were removed, and which stay because a living process uses them."""
    removed: list[Entry] = []
    kept: list[Entry] = []
    for entry in chosen:
        if entry.is_in_use:
            kept.append(entry)
        else:
            remove_folder(entry.path)
            removed.append(entry)
    _forget_lost_keys(root)
    return removed, kept


def remove_folder(path: Path) -> None:
    """Remove an entry; `meta.json` goes first, so that what a kill leaves is no entry."""
    (path / "meta.json").unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def _forget_lost_keys(root: Path) -> None:
    keys = root / "keys"
    for key in keys.iterdir() if keys.is_dir() else ():
        with contextlib.suppress(OSError, ValueError):
            if not (root / key.read_text(encoding="ascii") / "meta.json").is_file():
                key.unlink()
