"""A set of labelled images in memory: what every reader returns and everything above works on."""

# N images, C channels, H x W pixels

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError, did_you_mean

__all__ = ["ImageSet", "LabelClass"]


@dataclass(frozen=True)
class LabelClass:
    """A class: its id (`U+304A` for characters, never normalised), its glyph and its romanisation."""

    id: str
    glyph: str = ""
    romanisation: str = ""

    def __str__(self) -> str:
        name = " ".join(part for part in (self.glyph, self.romanisation) if part)
        return name or self.id


@dataclass(frozen=True)
class ImageSet:
    """Images with labels, classes and named splits.

    Attributes:
        name: short name, used in run names.
        images: uint8 (N, C, H, W), in memory or memory-mapped.
        labels: int64 (N,), indices into `classes`.
        classes: the classes, in label order.
        splits: split name to int64 indices into the images; `train`, and `valid`, `test` where there are.
        source: where the images came from: an address, a path, or how they were made.
        licence: licence of the images, or an empty string where unknown.
        credit: the line to print wherever the set is used, or an empty string.
        synthetic: whether the images were drawn by a program.
        rare_classes: whether classes of a single image are known and meant; they then stay in train.

    Raises:
        DataError: wrong shapes, types or lengths, labels beyond the classes, empty or overlapping splits.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[LabelClass, ...]
    splits: Mapping[str, NDArray[np.int64]]
    source: str = ""
    licence: str = ""
    credit: str = ""
    synthetic: bool = field(default=False)
    rare_classes: bool = field(default=False)

    def __post_init__(self) -> None:
        _check_arrays(self)
        _check_splits(self)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def num_channels(self) -> int:
        """Channels of each image: 1 for grey, 3 for RGB."""
        return int(self.images.shape[1])

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.images.shape[2]), int(self.images.shape[3])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over shapes, pixels, labels, classes and splits, as 64 hexadecimal digits."""
        digest = hashlib.sha256()
        digest.update(repr((self.images.shape, [c.id for c in self.classes])).encode())
        digest.update(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        for name in sorted(self.splits):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(self.splits[name], dtype="<i8").data)
        return digest.hexdigest()

    def split(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Images and labels of one split.

        Raises:
            DataError: there is no such split.
        """
        if name not in self.splits:
            known = ", ".join(self.splits)
            near = did_you_mean(name, self.splits)
            raise DataError(f"{self.name} has no split '{name}'{near}; it has: {known}")
        indices = self.splits[name]
        return self.images[indices], self.labels[indices]

    def with_splits(self, splits: Mapping[str, NDArray[np.int64]]) -> ImageSet:
        """The same images under other splits."""
        return replace(self, splits=dict(splits))


def _check_arrays(data: ImageSet) -> None:
    if data.images.dtype != np.uint8 or data.images.ndim != 4:
        shape = "x".join(map(str, data.images.shape))
        raise DataError(f"{data.name}: images are {data.images.dtype} {shape}, expected uint8 N x C x H x W")
    if data.labels.dtype != np.int64 or data.labels.ndim != 1:
        found = f"{data.labels.dtype} in {data.labels.ndim} dimensions"
        raise DataError(f"{data.name}: labels are {found}, expected int64 in 1")
    if len(data.images) != len(data.labels):
        raise DataError(f"{data.name}: {len(data.images)} images but {len(data.labels)} labels")
    if len({c.id for c in data.classes}) != len(data.classes):
        raise DataError(f"{data.name}: two classes have the same id")
    if len(data.labels) and not 0 <= data.labels.min() <= data.labels.max() < data.num_classes:
        raise DataError(
            f"{data.name}: labels run from {data.labels.min()} to {data.labels.max()}, "
            f"but there are {data.num_classes} classes (0 to {data.num_classes - 1})"
        )


def _check_splits(data: ImageSet) -> None:
    seen = np.zeros(len(data), dtype=bool)
    for name, indices in data.splits.items():
        if not len(indices):
            raise DataError(f"{data.name}: split '{name}' is empty")
        if not 0 <= indices.min() <= indices.max() < len(data):
            raise DataError(f"{data.name}: split '{name}' points beyond the {len(data)} images")
        if len(np.unique(indices)) != len(indices) or seen[indices].any():
            raise DataError(f"{data.name}: split '{name}' has images twice or shares some with another split")
        seen[indices] = True
