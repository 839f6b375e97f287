"""A set of labelled images or clips: what every reader returns and everything above works on."""

# N images, C channels, T frames of a clip, H x W pixels, K classes

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError, did_you_mean

__all__ = ["ImageSet", "Kind", "LabelClass"]

Kind = Literal["characters", "photos", "clips"]


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
    """Images, or clips of several frames each, with labels, classes and named splits.

    Attributes:
        name: short name, used in run names.
        images: uint8 (N, C, H, W), of clips (N, C, T, H, W), in memory or memory-mapped.
        labels: int64 (N,), indices into `classes`; of a multi-label set bool (N, K).
        classes: the classes, in label order.
        splits: split name to int64 indices into the images; `train`, and `valid`, `test` where there are.
        source: where the images came from: an address, a path, or how they were made.
        licence: licence of the images, or an empty string where unknown.
        credit: the line to print wherever the set is used, or an empty string.
        synthetic: whether the images were drawn by a program.
        rare_classes: whether classes of a single image are known and meant; they then stay in train.
        kind: what the images show; augmentation follows it.
        names: where each image came from, one name an image; empty where there is nothing to tell.
        digest: SHA-256 of the pixels where it is known already, which spares reading them all for it.
        groups: int64 (N,), one number for images that are all but the same and are never cut apart, or None.
        fit: how files of other proportions were brought to this size; empty where the set came as pixels.
        notes: what was decided while loading, a line each.
        warnings: what belongs to the set but could not be loaded, a line each.
        splits_given: whether the splits came with the images; else they were cut while loading.

    Raises:
        DataError: wrong shapes, types or lengths, labels beyond the classes, empty or overlapping splits.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | NDArray[np.bool_]
    classes: tuple[LabelClass, ...]
    splits: Mapping[str, NDArray[np.int64]]
    source: str = ""
    licence: str = ""
    credit: str = ""
    synthetic: bool = field(default=False)
    rare_classes: bool = field(default=False)
    kind: Kind = "characters"
    names: tuple[str, ...] = field(default=(), repr=False)
    digest: str = ""
    groups: NDArray[np.int64] | None = field(default=None, repr=False)
    fit: Literal["crop", "letterbox", "stretch", ""] = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    splits_given: bool = field(default=True)

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
        return int(self.images.shape[-2]), int(self.images.shape[-1])

    @property
    def num_frames(self) -> int:
        """Frames of each clip; 0 for images."""
        return int(self.images.shape[2]) if self.images.ndim == 5 else 0

    @property
    def is_multi_label(self) -> bool:
        """Whether an image may belong to several classes, or to none."""
        return self.labels.ndim == 2

    def class_counts(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Images of each class among `indices`, int64 (K,); a multi-label image counts for each of its labels."""
        labels = self.labels[indices]
        counts: NDArray[np.int64] = (
            labels.sum(axis=0, dtype=np.int64)
            if self.is_multi_label
            else np.bincount(labels, minlength=self.num_classes)
        )
        return counts

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over shapes, pixels, labels, classes and splits, as 64 hexadecimal digits."""
        digest = hashlib.sha256()
        digest.update(repr((self.images.shape, [c.id for c in self.classes])).encode())
        digest.update(self.digest.encode() if self.digest else np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        for name in sorted(self.splits):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(self.splits[name], dtype="<i8").data)
        return digest.hexdigest()

    def indices(self, split: str) -> NDArray[np.int64]:
        """Places of the images of a split.

        Raises:
            DataError: there is no such split.
        """
        if split not in self.splits:
            known = ", ".join(self.splits)
            near = did_you_mean(split, self.splits)
            raise DataError(f"{self.name} has no split '{split}'{near}; it has: {known}")
        return self.splits[split]

    def split(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64] | NDArray[np.bool_]]:
        """Images and labels of one split, copied.

        Raises:
            DataError: there is no such split.
        """
        indices = self.indices(name)
        return self.images[indices], self.labels[indices]

    def with_splits(self, splits: Mapping[str, NDArray[np.int64]]) -> ImageSet:
        """The same images under other splits."""
        return replace(self, splits=dict(splits))


def _check_arrays(data: ImageSet) -> None:
    if data.images.dtype != np.uint8 or data.images.ndim not in (4, 5):
        shape = "x".join(map(str, data.images.shape))
        raise DataError(
            f"{data.name}: images are {data.images.dtype} {shape}, expected uint8 N x C x H x W, or N x C x T x H x W"
        )
    is_single = data.labels.dtype == np.int64 and data.labels.ndim == 1
    if not is_single and not (data.labels.dtype == np.bool_ and data.labels.ndim == 2):
        found = f"{data.labels.dtype} in {data.labels.ndim} dimensions"
        raise DataError(
            f"{data.name}: labels are {found}, expected int64 in 1, or bool in 2 for several labels"
        )
    if len(data.images) != len(data.labels):
        raise DataError(f"{data.name}: {len(data.images)} images but {len(data.labels)} labels")
    if data.names and len(data.names) != len(data.labels):
        raise DataError(f"{data.name}: {len(data.labels)} images but {len(data.names)} names")
    if data.groups is not None and data.groups.shape != (len(data.labels),):
        raise DataError(f"{data.name}: {len(data.labels)} images but groups of shape {data.groups.shape}")
    if len({c.id for c in data.classes}) != len(data.classes):
        raise DataError(f"{data.name}: two classes have the same id")
    if data.labels.ndim == 2 and data.labels.shape[1] != data.num_classes:
        raise DataError(
            f"{data.name}: labels for {data.labels.shape[1]} classes, but there are {data.num_classes}"
        )
    if is_single and len(data.labels) and not 0 <= data.labels.min() <= data.labels.max() < data.num_classes:
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
