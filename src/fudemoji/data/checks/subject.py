"""What a check looks at: the images of a set one by one, with their names, labels, splits and thumbnails."""

# M images or clips, N rows of an array, K classes, C channels, H x W pixels

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data.cache.decoded import Decoded, Decoding, cache_root
from fudemoji.data.decoding.picture import fitted, flatten, read_image
from fudemoji.data.duplicates import duplicate_groups, exact_groups, pixel_hashes, thumbnails
from fudemoji.data.listing import Item, Listing, Problem
from fudemoji.data.loader import decode_source, existing_path, list_source, load
from fudemoji.data.named.catalog import CATALOG
from fudemoji.data.sets import ImageSet, Kind, LabelClass
from fudemoji.errors import DataError

__all__ = ["MOST_COMPARED", "Subject", "open_subject"]

MOST_COMPARED = 200_000
"""Images that near-duplicates are looked for among; the time grows with the square, to a few minutes here."""

Labels = NDArray[np.int64] | NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A set as a check sees it; places count images, and clips once, however many windows were cut from them.

    Attributes:
        name: of the set.
        source: where it lies.
        kind: what it holds.
        classes: in label order; some may have no image.
        names: one an image, `train/123` where the set is an array.
        labels: int64 (M,), or bool (M, K) where there are several labels an image.
        splits: split name to places, int64; empty where the source names none.
        hashes: equal for equal pixels.
        thumbs_MHW: uint8 (M, 32, 32), grey.
        problems: what is left out of the set, and why.
        images: uint8 (N, C, H, W) or (N, C, T, H, W), as they would be trained on.
        row_M: int64, the first row of each image in `images`.
        items: the files, where the set is made of such.
    """

    name: str
    source: str
    kind: Kind
    classes: tuple[LabelClass, ...]
    names: tuple[str, ...]
    labels: Labels
    splits: Mapping[str, NDArray[np.int64]]
    hashes: tuple[str, ...] = field(repr=False)
    thumbs_MHW: NDArray[np.uint8] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    images: NDArray[np.uint8] = field(repr=False)
    row_M: NDArray[np.int64] = field(repr=False)
    items: tuple[Item, ...] = field(default=(), repr=False)

    @classmethod
    def of_set(cls, data: ImageSet) -> Subject:
        """The images of a set in memory or behind a map; several windows of one clip count once."""
        names = data.names or _numbered(data)
        _, first = np.unique(np.array(names, dtype=object), return_index=True)
        row_M = np.sort(first).astype(np.int64)
        is_whole = len(row_M) == len(data)
        images = data.images if is_whole else data.images[row_M]
        place_of = np.searchsorted(row_M, np.arange(len(data)))
        splits = {name: place_of[indices[np.isin(indices, row_M)]] for name, indices in data.splits.items()}
        return cls(
            name=data.name,
            source=data.source,
            kind=data.kind,
            classes=data.classes,
            names=tuple(names[row] for row in row_M),
            labels=data.labels[row_M],
            splits=splits,
            hashes=tuple(pixel_hashes(images)),
            thumbs_MHW=thumbnails(images),
            images=images,
            row_M=np.arange(len(row_M), dtype=np.int64),
        )

    @classmethod
    def of_listing(cls, listing: Listing, decoded: Decoded) -> Subject:
        """What was listed and could be decoded; everything else is among the problems."""
        items = decoded.items
        given = [name for name in ("train", "valid", "test") if any(item.split == name for item in items)]
        return cls(
            name=listing.name,
            source=listing.source,
            kind=listing.kind,
            classes=listing.classes,
            names=tuple(item.name for item in items),
            labels=_labels(listing, items),
            splits={
                name: np.array([m for m, item in enumerate(items) if item.split == name]) for name in given
            },
            hashes=decoded.hashes,
            thumbs_MHW=decoded.thumbs_MHW,
            problems=decoded.problems,
            images=decoded.images,
            row_M=np.searchsorted(decoded.item_R, np.arange(len(items))).astype(np.int64),
            items=items,
        )

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def split_M(self) -> tuple[str, ...]:
        """The split of each image; empty where it is in none."""
        split = [""] * len(self)
        for name, places in self.splits.items():
            for place in places.tolist():
                split[place] = name
        return tuple(split)

    def labels_of(self, place: int) -> tuple[int, ...]:
        """The classes of an image; exactly one unless the set is multi-label."""
        if self.labels.ndim == 1:
            return (int(self.labels[place]),)
        return tuple(np.flatnonzero(self.labels[place]).tolist())

    def class_counts(self, places: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Images of each class, int64 (K,), among `places` or all."""
        labels = self.labels if places is None else self.labels[places]
        if labels.ndim == 1:
            return np.bincount(cast("NDArray[np.int64]", labels), minlength=len(self.classes))
        return np.asarray(labels.sum(axis=0, dtype=np.int64))

    @cached_property
    def groups_M(self) -> NDArray[np.int64]:
        """For each image the place of the first that shows the same picture, or in very large sets the same pixels."""
        if len(self) > MOST_COMPARED:
            return exact_groups(self.hashes)
        return duplicate_groups(self.hashes, np.asarray(self.thumbs_MHW))

    @cached_property
    def exact_M(self) -> NDArray[np.int64]:
        """For each image the place of the first with the same pixels.

        Files are compared as they were before they were made smaller, so that a resized or re-encoded copy that
        looks the same at the size trained on is no exact one.
        """
        if not self.items:
            return exact_groups(self.hashes)
        whole = list(self.hashes)
        shared = np.bincount(self.groups_M, minlength=len(self))[self.groups_M] > 1
        for place in np.flatnonzero(shared).tolist():
            whole[place] = _whole_hash(self.items[place], self.kind)
        return exact_groups(whole)

    def sizes_M2(self) -> NDArray[np.int64]:
        """Width and height of each file's image, int64 (M, 2); empty for arrays and clips, which are all alike."""
        if not self.items or self.kind == "clips":
            return np.empty((0, 2), dtype=np.int64)
        return np.array([_size(item) for item in self.items], dtype=np.int64).reshape(-1, 2)

    def pixels(self, place: int) -> NDArray[np.uint8]:
        """The image as it would be trained on, uint8 (C, H, W); of a clip the frame in the middle."""
        image = self.images[self.row_M[place]]
        return np.asarray(image if image.ndim == 3 else image[:, image.shape[1] // 2])

    def picture(self, place: int, *, side: int) -> NDArray[np.uint8]:
        """The whole image as it lies in its file, in a square of `side` pixels at most, uint8 (C, H, W)."""
        if not self.items or self.kind == "clips":
            return self.pixels(place)
        item = self.items[place]
        try:
            picture = flatten(read_image(item.read(), name=item.name, least=side), "RGB")
        except (DataError, OSError):  # it has changed since it was decoded
            return self.pixels(place)
        scale = min(1.0, side / max(picture.size))
        width, height = (max(1, round(length * scale)) for length in picture.size)
        return np.asarray(fitted(picture, height=height, width=width, how="stretch")).transpose(2, 0, 1)


def open_subject(
    source: str | Path,
    *,
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    decoding: Decoding | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Subject:
    """What `source` names, anything that `load` takes, with what was left out of it.

    Args:
        source: a name or a path.
        data_dir: where named sets lie.
        cache_dir: where decoded images are kept; else a folder in `data_dir`.
        decoding: size and fit of image files, and frames of clips; a training by the same finds the set decoded.
        progress: called with the files decoded so far, and all.

    Raises:
        DataError: there is no such source, or nothing in it can be read.
    """
    if str(source) not in CATALOG or isinstance(source, Path):
        path, cache = existing_path(source), cache_root(cache_dir, data_dir)
        listing = list_source(path, scratch=cache)
        if listing is not None:
            decoded = decode_source(listing, decoding or Decoding(), root=cache, progress=progress)
            return Subject.of_listing(listing, decoded)
    return Subject.of_set(load(source, data_dir=data_dir, decoding=decoding))


def _numbered(data: ImageSet) -> tuple[str, ...]:
    names = [f"unused/{row}" for row in range(len(data))]
    for split, indices in data.splits.items():
        for number, row in enumerate(indices.tolist()):
            names[row] = f"{split}/{number}"
    return tuple(names)


def _labels(listing: Listing, items: tuple[Item, ...]) -> Labels:
    if not listing.is_multi_label:
        return np.array([item.labels[0] for item in items], dtype=np.int64)
    labels_MK = np.zeros((len(items), len(listing.classes)), dtype=np.bool_)
    for row, item in zip(labels_MK, items, strict=True):
        row[list(item.labels)] = True
    return labels_MK


def _whole_hash(item: Item, kind: Kind) -> str:
    """SHA-256 of size and pixels of an image file, of the bytes of a video."""
    try:
        content = item.read()
        if kind == "clips":
            return hashlib.sha256(content).hexdigest()
        picture = read_image(content, name=item.name)
        pixels = picture.convert("I" if picture.mode.startswith("I") else "RGBA")
        return hashlib.sha256(repr(pixels.size).encode() + pixels.tobytes()).hexdigest()
    except (DataError, OSError):  # it has changed since it was decoded
        return f"unreadable {item.name}"


def _size(item: Item) -> tuple[int, int]:
    """Width and height as the file's head says, lying or upright; 0 where it has changed since it was decoded."""
    try:
        with Image.open(item.path or io.BytesIO(item.read())) as picture:
            return picture.size
    except (DataError, OSError, ValueError, SyntaxError):
        return 0, 0
