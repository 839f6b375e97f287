"""What lies in a source, before any of it becomes part of a project."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from fudemoji.data.listing import Listing, Problem
from fudemoji.data.sets import ImageSet, LabelClass

__all__ = ["Contents", "Piece", "of_listing", "of_set"]

# N images, C channels, H x W pixels


@dataclass(frozen=True)
class Piece:
    """An image of a source.

    Attributes:
        name: where it lies in the source.
        labels: what it shows.
        num_bytes: of its file; None where only reading it tells.
        read: its bytes; raises OSError or DataError.
    """

    name: str
    labels: tuple[LabelClass, ...]
    num_bytes: int | None
    read: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Contents:
    """All images of a source, in an order that is the same each time, and what is odd about it."""

    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def has_several(self) -> bool:
        """Whether an image has more than one label."""
        return any(len(one.labels) > 1 for one in self.pieces)


def of_listing(listing: Listing) -> Contents:
    """The images of a listing, those of all splits."""
    return Contents(
        tuple(
            Piece(one.name, tuple(listing.classes[label] for label in one.labels), None, one.read)
            for one in listing.items
        ),
        listing.problems,
    )


def of_set(data: ImageSet, indices: NDArray[np.int64], *, per_class: int | None) -> Contents:
    """Images of a set as PNG files; of each class one after the other, so that every part shows them all.

    Args:
        data: the set.
        indices: those of its images that are meant.
        per_class: at most so many of each class, chosen the same each time; None: all.
    """
    if data.is_multi_label:
        labels_NK = data.labels[indices]
        several = [tuple(data.classes[k] for k in np.flatnonzero(row)) for row in labels_NK]
        return Contents(
            tuple(_piece(data, int(n), labels) for n, labels in zip(indices, several, strict=True))
        )
    shuffled = np.random.default_rng(0).permutation(indices)
    labels_N = data.labels[shuffled]
    ranks_N = np.empty(len(shuffled), dtype=np.int64)
    for label in range(data.num_classes):
        places = np.flatnonzero(labels_N == label)
        ranks_N[places] = np.arange(len(places))
    order = np.lexsort((labels_N, ranks_N))
    chosen = order if per_class is None else order[ranks_N[order] < per_class]
    return Contents(tuple(_piece(data, int(shuffled[n]), (data.classes[labels_N[n]],)) for n in chosen))


def _piece(data: ImageSet, index: int, labels: tuple[LabelClass, ...]) -> Piece:
    name = data.names[index] if data.names else f"{data.name}-{index:06}.png"
    return Piece(name, labels, None, partial(_png, data, index))


def _png(data: ImageSet, index: int) -> bytes:
    image_CHW = data.images[index]
    pixels = image_CHW[0] if len(image_CHW) == 1 else np.moveaxis(image_CHW, 0, -1)
    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()
