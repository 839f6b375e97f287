"""Which of many images are like one, and how they fall into groups."""

# N images, D features of each, F forms, C channels, H x W pixels

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_GROUPED", "Form", "forms", "nearest", "seen", "unit"]

_SIDE = 14  # pixels of what is compared, at least
MOST_GROUPED = 3000  # images of a class or tag that are grouped by their forms
_TRIES, _STEPS = 5, 30
_CHUNK = 8192

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Form:
    """Images that are like each other.

    Attributes:
        places: of the images, the most typical first.
    """

    places: NDArray[np.int64]


def seen(images_NCHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images as they are compared without a model: grey, and of some 14 pixels a side; uint8 (N, D)."""
    height, width = images_NCHW.shape[2:]
    factor = max(1, min(height, width) // _SIDE)
    rows, columns = height // factor, width // factor
    parts = []
    for start in range(0, len(images_NCHW), _CHUNK):
        part = images_NCHW[start : start + _CHUNK, :, : rows * factor, : columns * factor]
        blocks = part.reshape(len(part), -1, rows, factor, columns, factor)
        parts.append(blocks.mean(axis=(1, 3, 5), dtype=np.float32).astype(np.uint8).reshape(len(part), -1))
    return np.concatenate(parts) if parts else np.zeros((0, rows * columns), dtype=np.uint8)


def unit(found_ND: NDArray[Any], *, centred: bool) -> Floats:
    """Rows of length 1, so that a product of two is their likeness, 1 for the same.

    Args:
        found_ND: pixels or features.
        centred: whether each row's mean is taken away first, as is right for pixels: what is bright everywhere is
            like nothing.
    """
    rows_ND = found_ND.astype(np.float32)
    if centred:
        rows_ND -= rows_ND.mean(axis=1, keepdims=True)
    length_N1 = np.linalg.norm(rows_ND, axis=1, keepdims=True)
    return np.asarray(rows_ND / np.maximum(length_N1, 1e-6), dtype=np.float32)


def nearest(likeness_N: Floats, *, but: int, take: int) -> list[tuple[int, float]]:
    """Places and likeness of those that are most like one, itself left out, the most alike first.

    >>> nearest(np.array([0.5, 1.0, 0.25], np.float32), but=1, take=2)
    [(0, 0.5), (2, 0.25)]
    """
    others_N = likeness_N.astype(np.float32)
    others_N[but] = -np.inf
    take = min(take, len(others_N) - 1)
    best = np.argpartition(-others_N, take - 1)[:take] if take else np.zeros(0, dtype=np.int64)
    best = best[np.lexsort((best, -others_N[best]))]
    return [(int(place), float(others_N[place])) for place in best]


def forms(unit_ND: Floats, *, count: int, seed: int = 0) -> list[Form]:
    """The images in so many groups at most, the largest first.

    Spherical k-means, the best of a few tries, with the seeding of k-means++ (Arthur and Vassilvitskii 2007,
    http://ilpubs.stanford.edu:8090/778/1/2006-13.pdf).

    Args:
        unit_ND: rows of length 1.
        count: of groups.
        seed: another one may find other groups.
    """
    if not len(unit_ND):
        return []
    rng = np.random.default_rng(seed)
    tries = [_divided(unit_ND, min(count, len(unit_ND)), rng) for _ in range(_TRIES)]
    labels_N, likeness_N = max(tries, key=lambda found: float(found[1].sum()))
    groups = [np.flatnonzero(labels_N == label) for label in np.unique(labels_N)]
    found = [Form(group[np.argsort(-likeness_N[group], kind="stable")]) for group in groups]
    return sorted(found, key=lambda form: -len(form.places))


def _divided(unit_ND: Floats, count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    """The group of each image, int64 (N,), and its likeness to the group's centre."""
    centres_FD = _first_centres(unit_ND, count, rng)
    labels_N = np.full(len(unit_ND), -1)
    for _ in range(_STEPS):
        before_N, labels_N = labels_N, (unit_ND @ centres_FD.T).argmax(axis=1)
        if (labels_N == before_N).all():
            break
        members_FN = (labels_N == np.arange(count)[:, None]).astype(np.float32)
        is_used_F = members_FN.any(axis=1)
        centres_FD[is_used_F] = unit(members_FN[is_used_F] @ unit_ND, centred=False)
    return labels_N, (unit_ND * centres_FD[labels_N]).sum(axis=1)


def _first_centres(unit_ND: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Images far from each other, each drawn with the square of its distance to those before it."""
    chosen = [int(rng.integers(len(unit_ND)))]
    square_N = 2 - 2 * unit_ND @ unit_ND[chosen[0]]
    while len(chosen) < count:
        weights_N = np.clip(square_N.astype(np.float64), 0, None)
        total = weights_N.sum()
        place = int(rng.choice(len(unit_ND), p=weights_N / total)) if total > 1e-9 else len(chosen)
        chosen.append(place)
        square_N = np.minimum(square_N, 2 - 2 * unit_ND @ unit_ND[place])
    return unit_ND[chosen].copy()
