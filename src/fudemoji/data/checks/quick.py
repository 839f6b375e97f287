"""The part of a check that costs a fraction of a second: what a training warns of before it starts."""

# N images

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.checks.findings import many
from fudemoji.data.duplicates import exact_groups, pixel_hashes
from fudemoji.data.sets import ImageSet

__all__ = ["odd_formats", "warnings_of"]

_MOST_PIXELS = 2 * 10**9  # bytes of pixels that are hashed
_UNEVEN = 10.0  # largest class over smallest
_RARE = 0.01  # share of the images at which a file format is odd
_WAY_OUT = "see `fudemoji data check`"
_SAME = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif"}


def warnings_of(data: ImageSet) -> list[str]:
    """What a training should warn of, found in a fraction of a second: copies, odd files, imbalance.

    Equal pixels are looked for in sets up to 2 GB, near-copies where the set knows its groups of them (`groups`).
    """
    told: list[str] = []
    leaks: set[int] = set()
    if data.images.nbytes <= _MOST_PIXELS:
        groups_N = exact_groups(pixel_hashes(data.images))
        first, copies = np.unique(groups_N, return_counts=True)
        repeated = first[copies > 1]
        if len(repeated):
            told += _repeated(data, np.flatnonzero(np.isin(groups_N, repeated)), groups_N)
            leaks = {row for rows in _across(data, groups_N).values() for row in rows}
    if data.groups is not None:
        near = [sorted(rows) for rows in _across(data, data.groups).values() if not leaks & set(rows)]
        told += _told_across(data, near, "nearly alike")
    odd = odd_formats(data.names)
    if len(odd):
        told.append(
            f"{many(len(odd), 'file')} of another format than the others, such as {data.names[odd[0]]}"
        )
    counts_K = (
        data.class_counts(data.indices("train")) if "train" in data.splits else np.zeros(0, dtype=np.int64)
    )
    seen = counts_K[counts_K > 0]
    if len(seen) and seen.max() >= _UNEVEN * seen.min():
        told.append(
            f"imbalanced: the largest class has {seen.max():,} training images, the smallest {seen.min():,}; look at "
            "balanced accuracy"
        )
    return told


def odd_formats(names: Sequence[str]) -> NDArray[np.int64]:
    """Places of the few files whose format is not that of the others: often placeholders, thumbnails or icons.

    A format is odd when at most one file in a hundred has it; names without an ending tell nothing.

    >>> odd_formats([*(f"{number}.jpg" for number in range(99)), "not-found.gif"]).tolist()
    [99]
    """
    formats = [PurePosixPath(name).suffix.lower() for name in names]
    formats = [_SAME.get(one, one) for one in formats]
    counts = Counter(formats)
    return np.array(
        [place for place, one in enumerate(formats) if one and counts[one] <= _RARE * len(formats)],
        dtype=np.int64,
    )


def _across(data: ImageSet, groups_N: NDArray[np.int64]) -> dict[int, list[int]]:
    """The groups with images in two splits or more: the rows of each that are in any."""
    split_N = np.full(len(data), -1)
    for place, indices in enumerate(data.splits.values()):
        split_N[indices] = place
    rows = np.flatnonzero(split_N >= 0)
    pairs = np.unique(np.stack([groups_N[rows], split_N[rows]]), axis=1)
    wide, counts = np.unique(pairs[0], return_counts=True)
    found: dict[int, list[int]] = {}
    for row in rows[np.isin(groups_N[rows], wide[counts > 1])].tolist():
        found.setdefault(int(groups_N[row]), []).append(row)
    return found


def _told_across(data: ImageSet, groups: Iterable[Sequence[int]], what: str) -> Iterator[str]:
    split_of = {row: name for name, indices in data.splits.items() for row in indices.tolist()}
    across = Counter(" and ".join(sorted({split_of[row] for row in rows})) for rows in groups)
    for splits, number in across.items():
        yield f"{many(number, 'picture')} {what} in {splits}; {_WAY_OUT}"


def _repeated(data: ImageSet, places: NDArray[np.int64], groups_N: NDArray[np.int64]) -> Iterator[str]:
    yield from _told_across(data, _across(data, groups_N).values(), "with the same pixels")
    labels: dict[int, set[bytes]] = {}
    used = {row for indices in data.splits.values() for row in indices.tolist()}
    for place in places.tolist():
        if place in used:
            labels.setdefault(int(groups_N[place]), set()).add(data.labels[place].tobytes())
    if number := sum(len(found) > 1 for found in labels.values()):
        yield f"{many(number, 'picture')} with the same pixels under two labels; {_WAY_OUT}"
