"""What makes a decoded set the same as another: its settings, its files' names, and their bytes or their times."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fudemoji.data.decoding.how import Decoding
from fudemoji.data.listing import Listing
from fudemoji.errors import DataError

__all__ = ["Stamp", "check_unchanged", "content_digest", "likeness", "quick_key", "settings_of", "stamps"]

FORMAT = 1  # another number whenever the same files and settings are decoded to something else
Stamp = tuple[int, int] | None


def settings_of(listing: Listing, how: Decoding) -> dict[str, Any]:
    """The settings that matter to this kind of set."""
    settings = asdict(how)
    del settings["given"]
    if isinstance(how.size, tuple) and how.size[0] == how.size[1]:
        settings["size"] = how.size[0]  # a square, however it was asked for
    if listing.kind != "clips":
        del settings["frames"], settings["sampling"]
    return {"clips": listing.kind == "clips", **settings}


def likeness(listing: Listing, how: Decoding) -> str:
    """SHA-256 of settings and names: sets that differ here need not be compared by their bytes."""
    return _sha256([FORMAT, settings_of(listing, how), [item.name for item in listing.items]])


def quick_key(listing: Listing, how: Decoding) -> str | None:
    """SHA-256 of what the listing knows without reading; None where it does not know enough."""
    if not all(item.stamp for item in listing.items):
        return None
    source = str(Path(listing.source).absolute())
    return _sha256([likeness(listing, how), source, [item.stamp for item in listing.items]])


def content_digest(alike: str, hashes: Iterable[bytes]) -> str:
    """SHA-256 of settings, names (`alike` is their likeness) and the SHA-256 of each item's bytes."""
    digest = hashlib.sha256(alike.encode())
    for one in hashes:
        digest.update(one)
    return digest.hexdigest()


def _sha256(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def stamps(listing: Listing) -> list[Stamp]:
    """Size and time of change of the archive, if it is one, and of every file; None for what is no file."""
    return [_stamp(path) for path in (Path(listing.source), *(item.path for item in listing.items))]


def _stamp(path: Path | None) -> Stamp:
    try:
        facts = path.stat() if path else None
    except OSError:
        return None
    return (facts.st_size, facts.st_mtime_ns) if facts and stat.S_ISREG(facts.st_mode) else None


def check_unchanged(before: list[Stamp], listing: Listing) -> None:
    """Hold the files against what `stamps` told before they were read.

    Raises:
        DataError: one has changed, or is gone.
    """
    names = [listing.source, *(item.name for item in listing.items)]
    changed = [name for name, old, new in zip(names, before, stamps(listing), strict=True) if old != new]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise DataError(
            f"{changed[0]}{more} changed while {listing.name} was being read; "
            "nothing was kept: start again when nothing writes there any more"
        )
