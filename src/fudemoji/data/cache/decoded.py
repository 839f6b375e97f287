"""Decode once: encoded files become one memory-mapped array, kept for every later epoch and run.

An entry is found by two keys. The quick one is made of what a listing knows without reading (path, names, sizes,
times); it leads to the name of the entry, which is made of the SHA-256 of all bytes and of the settings. So a
copied or touched folder is read but not decoded again, and a changed file is always noticed. Labels and splits
are in neither.
"""

# M items, R rows (M, or more where a clip gives several windows), C channels, T frames, H x W pixels

from __future__ import annotations

import contextlib
import errno
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.cache import entries
from fudemoji.data.cache.identity import (
    check_unchanged,
    content_digest,
    likeness,
    quick_key,
    settings_of,
    stamps,
)
from fudemoji.data.cache.writing import Making, making
from fudemoji.data.decoding.decoder import Batch, Plan, Refuted, batches, content_hashes, guess
from fudemoji.data.decoding.how import Decoding
from fudemoji.data.decoding.picture import quiet_pillow
from fudemoji.data.listing import Item, Listing, Problem
from fudemoji.data.named.catalog import data_root
from fudemoji.errors import DataError
from fudemoji.locks import folder_lock
from fudemoji.runs import write_beside

__all__ = ["CACHE_GB", "Decoded", "Decoding", "cache_root", "decode"]

CACHE_GB = 20.0
_LOCK_WAIT = 24 * 3600.0
_FITS = {
    "crop": "cropped (the shorter side fills it)",
    "letterbox": "letterboxed (the longer side fits)",
    "stretch": "stretched (proportions given up)",
}

_SAMPLINGS = {"uniform": "spread over each video", "windows": "windows of consecutive ones"}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Decoded:
    """A listing's pixels.

    Attributes:
        images: uint8 (R, C, H, W), of clips (R, C, T, H, W), memory-mapped; what is written to it reaches no file.
        items: the M items that could be decoded, in the listing's order.
        item_R: int64, the place in `items` that a row came from.
        hashes: SHA-256 of each item's pixels as they lie here, so at the size and in the channels decoded to.
        thumbs_MHW: uint8 (M, 32, 32), grey; of a clip, four of its frames.
        problems: the listing's, and what could not be decoded.
        digest: SHA-256 of the files' names and bytes and of the settings.
        said: what was decided, a phrase each.
        how: the settings it was decoded by.
        folder: where the entry lies.
    """

    images: NDArray[np.uint8]
    items: tuple[Item, ...]
    item_R: NDArray[np.int64]
    hashes: tuple[str, ...]
    thumbs_MHW: NDArray[np.uint8]
    problems: tuple[Problem, ...]
    digest: str
    said: tuple[str, ...]
    how: Decoding
    folder: Path

    def kept(self, name: str, make: Callable[[], NDArray[np.int64]]) -> NDArray[np.int64]:
        """What `make` finds out about the items, int64 (M,), kept with the entry for later runs.

        The name has to be another one whenever `make` would find out something else about the same pixels.
        """
        path = self.folder / f"{name}.npy"
        try:
            array: NDArray[np.int64] = np.load(path, allow_pickle=False)
            if array.shape == (len(self.items),) and array.dtype == np.int64:
                return array
        except (OSError, ValueError, EOFError):  # not there yet, or damaged
            pass
        array = make()
        with contextlib.suppress(OSError), write_beside(path) as file:
            np.save(file, array)
        return array


def cache_root(cache_dir: str | Path | None = None, data_dir: str | Path | None = None) -> Path:
    """Where decoded sets lie: `cache_dir`, else the folder `decoded` where the named sets lie."""
    return Path(cache_dir).expanduser() if cache_dir else data_root(data_dir) / "decoded"


def decode(
    listing: Listing,
    how: Decoding,
    *,
    root: Path | None = None,
    limit_gb: float = CACHE_GB,
    progress: Progress | None = None,
) -> Decoded:
    """The listing's pixels, from the cache where they are there already; else decoded into it.

    Args:
        listing: what to decode.
        how: size, fit and channels, and what clips need.
        root: folder of the cache; None takes the usual one.
        limit_gb: entries not in use make room until the cache is no larger; the one asked for always stays.
        progress: called with the number of items decoded so far, and of all.

    Raises:
        DataError: nothing could be decoded, a file changed meanwhile, the disk is full, the folder not writable.
    """
    root = root or cache_root()
    try:
        for _ in range(3):  # an entry may be removed by another process between being found and being opened
            entry = _find(listing, how, root) or _find_or_make(listing, how, root, progress)
            if decoded := _open(entry, listing, how, limit_gb):
                entries.make_room(root, limit=int(limit_gb * 1e9), keep=entry)
                return decoded
    except OSError as error:
        reason = (
            "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or error
        )
        raise DataError(
            f"{listing.name} cannot be decoded into {root}: {reason}; free some space (`fudemoji data cache --clear`) "
            "or give another folder (--cache-dir)"
        ) from error
    raise DataError(
        f"{root}: the decoded {listing.name} is removed as soon as it is made; give a --cache-dir of its own"
    )


def _open(entry: entries.Entry, listing: Listing, how: Decoding, limit_gb: float) -> Decoded | None:
    try:
        arrays = entry.arrays()
    except ValueError:
        entries.remove_folder(entry.path)
        return None
    except OSError:
        return None
    meta = entry.meta
    problems = tuple(Problem(*problem) for problem in meta["problems"])
    lost = {problem.name for problem in problems if problem.kind != "short"}
    said = list(meta["said"])
    if entry.num_bytes > limit_gb * 1e9:
        said.append(
            f"{entry.num_bytes / 1e9:.3g} GB on the disk, more than the {limit_gb:g} GB that cache_gb allows"
        )
    return Decoded(
        images=arrays["images"],
        items=tuple(item for item in listing.items if item.name not in lost),
        item_R=np.array(arrays["rows"]),
        hashes=tuple(row.hex() for row in np.asarray(arrays["hashes"]).view("V32")[:, 0].tolist()),
        thumbs_MHW=arrays["thumbs"],
        problems=(*listing.problems, *problems),
        digest=str(meta["digest"]),
        said=tuple(said),
        how=how,
        folder=entry.path,
    )


# --- the first pass ----------------------------------------------------------


def _find(listing: Listing, how: Decoding, root: Path) -> entries.Entry | None:
    key = quick_key(listing, how)
    return entries.find_by_key(root, key) if key else None


def _find_or_make(listing: Listing, how: Decoding, root: Path, progress: Progress | None) -> entries.Entry:
    alike = likeness(listing, how)
    lock = root / "locks" / alike[0]
    lock.mkdir(parents=True, exist_ok=True)
    busy = DataError(f"{root}: another process has been decoding {listing.name} for a day; stop it")
    with folder_lock(lock, refusal=busy, wait=_LOCK_WAIT):
        entry = _find(listing, how, root)  # another process may have made it meanwhile
        if entry is not None:
            return entry
        if any(
            root.glob(f"{alike[:16]}-*")
        ):  # the same names: perhaps a copy of a folder that is here already
            before = stamps(listing)
            digest = content_digest(alike, list(content_hashes(listing.items)))
            check_unchanged(before, listing)
            entry = entries.find(root, _name(alike, digest))
        entry = entry or _make(listing, how, root, progress)
        if key := quick_key(listing, how):
            entries.remember(root, key, entry)
        return entry


def _name(alike: str, digest: str) -> str:
    return f"{alike[:16]}-{digest[:32]}"


def _make(listing: Listing, how: Decoding, root: Path, progress: Progress | None) -> entries.Entry:
    before = stamps(listing)
    with making(root) as made, warnings.catch_warnings():
        quiet_pillow()
        first_pass = _pass_through(listing, how, made, progress)
        check_unchanged(before, listing)
        if not first_pass.num_items:
            first = first_pass.problems[0] if first_pass.problems else "there are none"
            raise DataError(
                f"{listing.name}: none of the {len(listing.items)} files can be read; the first: {first}"
            )
        alike = likeness(listing, how)
        digest = content_digest(alike, first_pass.content_hashes)
        meta = {
            "name": listing.name,
            "source": str(Path(listing.source).absolute()),
            "settings": settings_of(listing, how),
            "num_items": first_pass.num_items,
            "shape": first_pass.shape,
            "problems": [[problem.name, problem.kind, problem.detail] for problem in first_pass.problems],
            "said": _say(first_pass.plan, how, is_clips=listing.kind == "clips"),
            "digest": digest,
        }
        return made.finish(root, _name(alike, digest), meta)


def _pass_through(listing: Listing, how: Decoding, made: Making, progress: Progress | None) -> _FirstPass:
    """Every file decoded and written; once more from the start where a guess of size or colour was wrong."""
    is_clips = listing.kind == "clips"
    plan = Plan(*how.height_width, 3) if is_clips else guess(listing.items, how)
    while True:
        try:
            first_pass = _FirstPass(plan)
            for batch in batches(listing.items, how, plan, is_clips=is_clips):
                first_pass.take(batch, made)
                if progress:
                    progress(len(first_pass.content_hashes), len(listing.items))
            return first_pass
        except Refuted as refuted:
            plan = refuted.plan
            made.restart()


@dataclass
class _FirstPass:
    """What came out of the decoder, except the pixels."""

    plan: Plan
    num_items: int = 0
    shape: tuple[int, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    content_hashes: list[bytes] = field(default_factory=list)

    def take(self, batch: Batch, made: Making) -> None:
        """Write the batch's arrays and remember the rest."""
        self.problems += batch.problems
        self.content_hashes += batch.content_hashes
        if batch.pixels is None:
            return
        items = np.arange(self.num_items, self.num_items + len(batch.rows_M))
        made.arrays["images"].append(batch.pixels)
        made.arrays["thumbs"].append(batch.thumbs_MHW)
        made.arrays["hashes"].append(batch.hashes)
        made.arrays["rows"].append(np.repeat(items, batch.rows_M))
        self.num_items += len(items)
        self.shape = (sum(self.shape[:1]) + len(batch.pixels), *batch.pixels.shape[1:])


def _say(plan: Plan, how: Decoding, *, is_clips: bool) -> list[str]:
    size = f"{plan.height}x{plan.width}"
    said = [f"{size} as they are" if plan.is_size_guessed else f"{size}, {_FITS[how.fit]}"]
    said.append("grey" if plan.channels == 1 else "RGB")
    if is_clips:
        said.append(f"clips of {how.frames} frames, {_SAMPLINGS[how.sampling]}")
    return said
