"""Cutting a share of every class off a split, the same images for the same seed; near-duplicates stay together."""

# N images, U units: groups of images that stay together

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.sets import ImageSet
from fudemoji.errors import DataError

__all__ = ["TEST_SEED", "cut_splits", "cut_validation", "num_train_only", "strata", "stratified"]

# fixed, whatever the seed of a run: the test split belongs to the set, so that runs can be compared, and so that a
# network that an earlier run pretrained has not seen it
TEST_SEED = 0


def cut_validation(data: ImageSet, *, share: float = 0.1, seed: int = 0) -> ImageSet:
    """The set with a `valid` split cut from `train`: about `share` of each class, drawn with `seed`.

    A set that has a `valid` split already, or a share of 0, comes back unchanged. Every class keeps at least
    one image in train and gives at least one. A class of a single image cannot; it is an error, unless the
    set says that it is full of such classes (`rare_classes`), which then stay in train. Where no class can, nothing
    is cut, and the set says so.

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
    train, valid = stratified(strata(data.labels), indices, share=share, seed=seed, groups=data.groups)
    if not len(valid):
        none = "no class has 2 training images that differ: none is held out, and nothing can be measured by them"
        return replace(data, warnings=(*data.warnings, none))
    cut = data.with_splits({**data.splits, "train": train, "valid": valid})
    few = f"{len(small):,} of {data.num_classes:,} classes have one training image, which stays there"
    return replace(cut, notes=(*cut.notes, few)) if small else cut


def num_train_only(data: ImageSet) -> int:
    """How many classes have all their images in train, where there are other splits: they are never measured."""
    if set(data.splits) <= {"train"}:
        return 0
    counts = {name: data.class_counts(indices) for name, indices in data.splits.items()}
    others = sum(count for name, count in counts.items() if name != "train")
    return int(((counts["train"] > 0) & (others == 0)).sum()) if "train" in counts else 0


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


def cut_splits(
    labels: NDArray[np.int64] | NDArray[np.bool_],
    *,
    groups: NDArray[np.int64] | None = None,
    valid: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
) -> dict[str, NDArray[np.int64]]:
    """The splits of a set that has none: indices of `train`, and of `valid` and `test` where there is anything in them.

    The shares are those of all images, of every class about alike. A class with too few different images to give
    one to each split stays in train, and so does a group under several labels, which nothing can be measured on.
    `test` is drawn with a fixed seed, whatever `seed` is.

    Args:
        labels: int64 (N,), or bool (N, K) of a multi-label set.
        groups: int64 (N,); images of one group, near-duplicates, land in the same split.
        valid: share of the images.
        test: share of the images.
        seed: of `valid`.

    >>> {name: len(part) for name, part in cut_splits(np.arange(200) % 2).items()}
    {'train': 160, 'valid': 20, 'test': 20}
    """
    strata_N, everything = strata(labels), np.arange(len(labels))
    stays_N = _stays_in_train(strata_N, groups, least=1 + (valid > 0) + (test > 0))
    rest, test_part, valid_part = everything[~stays_N], everything[:0], everything[:0]
    num_dealt = len(rest)
    if test > 0 and num_dealt:
        rest, test_part = stratified(strata_N, rest, share=test, seed=TEST_SEED, groups=groups)
    if valid > 0 and num_dealt:
        share = valid * num_dealt / len(rest)
        rest, valid_part = stratified(strata_N, rest, share=share, seed=seed, groups=groups)
    train = np.sort(np.concatenate([rest, everything[stays_N]]))
    parts = {"train": train, "valid": valid_part, "test": test_part}
    return {name: part.astype(np.int64) for name, part in parts.items() if len(part)}


def _stays_in_train(
    strata_N: NDArray[np.int64], groups: NDArray[np.int64] | None, *, least: int
) -> NDArray[np.bool_]:
    """True for the images that are not dealt out: of mixed groups, and of classes of fewer than `least` groups."""
    lead_U = unit_N = np.arange(len(strata_N))
    if groups is not None:
        _, lead_U, unit_N = np.unique(groups, return_index=True, return_inverse=True)
    is_mixed_U = np.zeros(len(lead_U), dtype=bool)
    is_mixed_U[unit_N[strata_N != strata_N[lead_U][unit_N]]] = True
    num_strata = int(strata_N.max(initial=0)) + 1
    units_K = np.bincount(strata_N[lead_U[~is_mixed_U]], minlength=num_strata)
    stays_N: NDArray[np.bool_] = is_mixed_U[unit_N] | (units_K < least)[strata_N]
    return stays_N


def stratified(
    labels: NDArray[np.int64],
    indices: NDArray[np.int64],
    *,
    share: float,
    seed: int,
    groups: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`indices` in two parts, kept and cut, each sorted: `share` of every class is cut.

    Rounded to the nearest image; a class of two or more gives at least one and keeps at least one, a class of
    one image is kept. A group is dealt out as one, with the class of its first image.

    >>> kept, cut = stratified(np.array([0, 0, 0, 0, 1]), np.arange(5), share=0.25, seed=0)
    >>> len(kept), len(cut), 4 in kept
    (4, 1, True)
    """
    rng = np.random.default_rng(seed)
    lead_N = np.arange(len(indices))
    if groups is not None:
        _, first_U, unit_N = np.unique(groups[indices], return_index=True, return_inverse=True)
        lead_N = first_U[unit_N]
    size_N = np.bincount(lead_N, minlength=len(indices))
    lead_U = np.flatnonzero(size_N)
    is_cut = np.zeros(len(indices), dtype=bool)
    # a stable sort keeps the images of a class in their order, so that the draw depends on nothing else
    labels_U = labels[indices[lead_U]]
    order = np.argsort(labels_U, kind="stable")
    starts = np.flatnonzero(np.diff(labels_U[order], prepend=-1))
    for units in np.split(lead_U[order], starts[1:]):
        drawn = rng.permutation(units)
        wanted = max(1, int(share * size_N[units].sum() + 0.5))
        is_cut[drawn[_first_that_fit(size_N[drawn], wanted)]] = True
    cut = is_cut[lead_N]
    return np.sort(indices[~cut]).astype(np.int64), np.sort(indices[cut]).astype(np.int64)


def _first_that_fit(sizes_U: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Places of the units that together hold `wanted` images or somewhat fewer; never none of two, never all."""
    if sizes_U.sum() == len(sizes_U):
        return np.arange(min(len(sizes_U) - 1, wanted))
    taken: list[int] = []
    room = wanted
    for place, size in enumerate(sizes_U):
        if size <= room and len(taken) < len(sizes_U) - 1:
            taken.append(place)
            room -= int(size)
    if not taken and len(sizes_U) > 1:
        taken = [int(sizes_U.argmin())]
    return np.array(taken, dtype=np.int64)
