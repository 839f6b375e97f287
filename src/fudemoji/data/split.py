"""Cutting a share of every class off a split, the same images for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.sets import ImageSet
from fudemoji.errors import DataError

__all__ = ["cut_validation", "strata", "stratified"]


def cut_validation(data: ImageSet, *, share: float = 0.1, seed: int = 0) -> ImageSet:
    """The set with a `valid` split cut from `train`: about `share` of each class, drawn with `seed`.

    A set that has a `valid` split already, or a share of 0, comes back unchanged. Every class keeps at least
    one image in train and gives at least one. A class of a single image cannot; it is an error, unless the
    set says that it is full of such classes (`rare_classes`), which then stay in train.

    Raises:
        DataError: no `train` split, a class too small to be cut, or a share out of range.
    """
    if not 0 <= share < 1:
        raise DataError(f"the validation share is {share}, expected 0 up to 1 (1 excluded); 0.1 is usual")
    if "valid" in data.splits or share == 0:
        return data
    if "train" not in data.splits:
        known = ", ".join(data.splits)
        raise DataError(f"{data.name}: has no split 'train' to cut validation from; it has: {known}")
    indices = data.splits["train"]
    counts = data.class_counts(indices)
    small = [data.classes[k] for k in np.flatnonzero(counts == 1)]
    if small and not data.rare_classes:
        names = ", ".join(f"{c.id} {c}" if str(c) != c.id else c.id for c in small[:5])
        more = f" and {len(small) - 5} more" if len(small) > 5 else ""
        raise DataError(
            f"{data.name}: one training image only of {names}{more}; 2 are needed to cut validation from: "
            "add images, leave the class out, or train without validation (--valid 0)"
        )
    train, valid = stratified(strata(data.labels), indices, share=share, seed=seed)
    if not len(valid):
        raise DataError(f"{data.name}: no class has 2 training images; train without validation (--valid 0)")
    return data.with_splits({**data.splits, "train": train, "valid": valid})


def strata(labels: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
    """What to spread evenly over splits, int64 (N,): the label, or of several labels the rarest.

    A multi-label image without a label belongs to a stratum of its own, behind the classes.

    >>> strata(np.array([[True, True], [True, False], [False, False]])).tolist()
    [1, 0, 2]
    """
    if labels.ndim == 1:
        return labels.astype(np.int64, copy=False)
    rarity_NK = np.where(labels, labels.sum(axis=0), len(labels) + 1)
    rarest_N: NDArray[np.int64] = rarity_NK.argmin(axis=1)
    rarest_N[~labels.any(axis=1)] = labels.shape[1]
    return rarest_N


def stratified(
    labels: NDArray[np.int64], indices: NDArray[np.int64], *, share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`indices` in two parts, kept and cut, each sorted: `share` of every class is cut.

    Rounded to the nearest image; a class of two or more gives at least one and keeps at least one, a class of
    one image is kept.

    >>> kept, cut = stratified(np.array([0, 0, 0, 0, 1]), np.arange(5), share=0.25, seed=0)
    >>> len(kept), len(cut), 4 in kept
    (4, 1, True)
    """
    rng = np.random.default_rng(seed)
    cut = np.zeros(len(indices), dtype=bool)
    # a stable sort keeps the images of a class in their order, so that the draw depends on nothing else
    order = np.argsort(labels[indices], kind="stable")
    starts = np.flatnonzero(np.diff(labels[indices][order], prepend=-1))
    for members in np.split(order, starts[1:]):
        num_cut = min(len(members) - 1, max(1, int(share * len(members) + 0.5)))
        cut[rng.permutation(members)[:num_cut]] = True
    return np.sort(indices[~cut]).astype(np.int64), np.sort(indices[cut]).astype(np.int64)
