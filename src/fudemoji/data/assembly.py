"""From a listing and its decoded pixels to an image set: splits, groups of near-duplicates, what is worth telling."""

# M items, R rows (a clip may give several), K classes

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.cache.decoded import Decoded
from fudemoji.data.duplicates import VERSION, duplicate_groups, exact_groups
from fudemoji.data.listing import Item, Listing, Problem
from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.data.split import cut_splits
from fudemoji.errors import DataError

__all__ = ["MOST_COMPARED", "assemble", "group", "tell_cut"]

MOST_COMPARED = 20_000
"""Images that near-duplicates are looked for among: the time grows with the square, to half a minute here."""
_FEW = 3
_NAMES = ("train", "valid", "test")


def assemble(listing: Listing, decoded: Decoded, *, valid: float = 0.1, seed: int = 0) -> ImageSet:
    """The set of what could be decoded, under the splits of the listing, or cut 80/10/10 where it has none.

    Args:
        listing: what lay in the source.
        decoded: its pixels.
        valid: share of all images for validation where the listing has no splits.
        seed: of that cut.

    Raises:
        DataError: fewer than two classes have an image that can be read.
    """
    items = decoded.items
    classes = _seen_classes(listing, items)
    labels_M = _labels(listing, items, classes)
    item_R = decoded.item_R
    stray = [problem for problem in decoded.problems if problem.kind == "stray"]
    short = [problem for problem in decoded.problems if problem.kind == "short"]
    lost = [problem for problem in decoded.problems if problem.kind not in ("stray", "short")]
    notes = [
        f"{listing.name}: {', '.join(decoded.said)}",
        *_tell_problems(stray, "passed over", listing.source),
    ]
    warnings = [
        *_tell_problems(lost, "left out", listing.source),
        *_tell_problems(short, "too short", listing.source),
    ]
    missing = [str(c) for c in listing.classes if c not in classes]
    if missing:
        warnings.append(f"no image of {_few(missing)} can be read: left out of the classes")
    groups_M = decoded.kept(f"groups-{VERSION}", lambda: group(decoded.hashes, decoded.thumbs_MHW))
    splits_M, told = _splits(items, labels_M, groups_M, valid=valid, seed=seed)
    notes += [*told, *_tell_classes(labels_M, classes, splits_M)]
    return ImageSet(
        name=listing.name,
        images=decoded.images,
        labels=labels_M[item_R],
        classes=classes,
        splits={name: np.flatnonzero(np.isin(item_R, part)) for name, part in splits_M.items()},
        source=listing.source,
        rare_classes=True,
        kind=listing.kind,
        names=tuple(items[place].name for place in item_R),
        digest=decoded.digest,
        groups=groups_M[item_R],
        fit=decoded.how.fit,
        notes=tuple(notes),
        warnings=tuple(warnings),
        splits_given=any(item.split for item in items),
    )


def _splits(
    items: Sequence[Item],
    labels_M: NDArray[np.int64] | NDArray[np.bool_],
    groups_M: NDArray[np.int64],
    *,
    valid: float,
    seed: int,
) -> tuple[dict[str, NDArray[np.int64]], list[str]]:
    """The splits, and what is to be told of them."""
    given = {item.split for item in items} - {""}
    if given:
        return {str(name): _of_split(items, name) for name in _NAMES if name in given}, []
    splits_M = cut_splits(labels_M, groups=groups_M, valid=valid, seed=seed)
    return splits_M, [tell_cut(splits_M, groups_M)]


def group(hashes: Sequence[str], thumbs_MHW: NDArray[np.uint8]) -> NDArray[np.int64]:
    """One number for images that are all but the same, int64 (M,); of very many images for exact copies only."""
    if len(hashes) > MOST_COMPARED:
        return exact_groups(hashes)
    return duplicate_groups(hashes, np.asarray(thumbs_MHW))


def _seen_classes(listing: Listing, items: Sequence[Item]) -> tuple[LabelClass, ...]:
    seen = {place for item in items for place in item.labels}
    classes = tuple(c for place, c in enumerate(listing.classes) if place in seen)
    if len(classes) < 2:
        found = f"one class only ({classes[0]})" if classes else "no class"
        raise DataError(
            f"{listing.source} has {found} with images that can be read; a classifier needs two or more"
        )
    return classes


def _labels(
    listing: Listing, items: Sequence[Item], classes: Sequence[LabelClass]
) -> NDArray[np.int64] | NDArray[np.bool_]:
    place_of = {c: place for place, c in enumerate(classes)}
    if not listing.is_multi_label:
        return np.array([place_of[listing.classes[item.labels[0]]] for item in items], dtype=np.int64)
    labels_MK = np.zeros((len(items), len(classes)), dtype=np.bool_)
    for row, item in zip(labels_MK, items, strict=True):
        row[[place_of[listing.classes[place]] for place in item.labels]] = True
    return labels_MK


def _of_split(items: Sequence[Item], name: str) -> NDArray[np.int64]:
    return np.array([place for place, item in enumerate(items) if item.split == name], dtype=np.int64)


# --- what is told ------------------------------------------------------------


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def _tell_problems(problems: Sequence[Problem], word: str, source: str) -> Iterator[str]:
    if problems:
        files = "1 file" if len(problems) == 1 else f"{len(problems):,} files"
        named = _few([str(problem) for problem in problems])
        yield f"{files} {word}: {named} (all of them: `fudemoji data check {source}`)"


def tell_cut(splits_M: dict[str, NDArray[np.int64]], groups_M: NDArray[np.int64]) -> str:
    """How a set without splits was cut, in words."""
    sizes = ", ".join(f"{name} {len(part):,}" for name, part in splits_M.items())
    copies = len(groups_M) - len(np.unique(groups_M))
    near = "copies" if len(groups_M) > MOST_COMPARED else "copies and near-copies"
    together = f"; {near} of one image stay together ({copies:,})" if copies else ""
    return f"no splits given: cut {sizes}, each class alike{together}"


def _tell_classes(
    labels_M: NDArray[np.int64] | NDArray[np.bool_],
    classes: Sequence[LabelClass],
    splits_M: dict[str, NDArray[np.int64]],
) -> Iterator[str]:
    has_label_MK = labels_M if labels_M.ndim == 2 else labels_M[:, None] == np.arange(len(classes))
    seen_K = (
        has_label_MK[splits_M["train"]].any(axis=0)
        if "train" in splits_M
        else np.ones(len(classes), dtype=bool)
    )
    absent = [str(classes[int(place)]) for place in np.flatnonzero(~seen_K)]
    if absent:
        yield f"{len(absent):,} of {len(classes):,} classes without a training image: {_few(absent)}"
