"""The part of a check that costs a fraction of a second: what a training warns of before it starts."""

# N images

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
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
_SAME = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif"}


def warnings_of(data: ImageSet) -> list[str]:
    """What a training should warn of, found in a fraction of a second: copies, odd files, imbalance.

    Only equal pixels are looked for; sets of more than 2 GB of pixels are not looked through.
    """
    told: list[str] = []
    if data.images.nbytes <= _MOST_PIXELS:
        groups_N = exact_groups(pixel_hashes(data.images))
        first, copies = np.unique(groups_N, return_counts=True)
        repeated = first[copies > 1]
        if len(repeated):
            told += _repeated(data, np.flatnonzero(np.isin(groups_N, repeated)), groups_N)
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


def _repeated(data: ImageSet, places: NDArray[np.int64], groups_N: NDArray[np.int64]) -> Iterator[str]:
    split_of = {row: name for name, indices in data.splits.items() for row in indices.tolist()}
    splits: dict[int, set[str]] = {}
    labels: dict[int, set[bytes]] = {}
    for place in places.tolist():
        if place in split_of:
            splits.setdefault(int(groups_N[place]), set()).add(split_of[place])
            labels.setdefault(int(groups_N[place]), set()).add(data.labels[place].tobytes())
    way_out = "see `fudemoji data check`"
    across = Counter(" and ".join(sorted(names)) for names in splits.values() if len(names) > 1)
    for pair, number in across.items():
        yield f"{many(number, 'picture')} with the same pixels in {pair}; {way_out}"
    if number := sum(len(found) > 1 for found in labels.values()):
        yield f"{many(number, 'picture')} with the same pixels under two labels; {way_out}"
