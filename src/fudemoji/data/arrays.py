"""An image set out of NumPy arrays, in whichever order their axes are."""

# N images, C channels, T frames of a clip, H x W pixels, K classes

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fudemoji.data.assembly import MOST_COMPARED, group, tell_cut
from fudemoji.data.duplicates import exact_groups, pixel_hashes, thumbnails
from fudemoji.data.readers.layout import class_named, in_order, kind_of, split_named
from fudemoji.data.sets import ImageSet, Kind, LabelClass
from fudemoji.data.split import cut_splits
from fudemoji.errors import DataError, did_you_mean

__all__ = ["from_arrays"]

_ORDERS = "uint8 (N, H, W), (N, H, W, C) or (N, C, H, W), of clips (N, T, H, W, C) or (N, C, T, H, W), C being 1 or 3"


def from_arrays(
    images: NDArray[np.uint8],
    labels: ArrayLike,
    *,
    classes: Sequence[str | LabelClass] | None = None,
    name: str = "arrays",
    splits: Mapping[str, ArrayLike] | None = None,
    kind: Kind | None = None,
    valid: float = 0.1,
    seed: int = 0,
) -> ImageSet:
    """The set of these images or clips, which are not copied.

    Args:
        images: uint8 (N, H, W), (N, H, W, C) or (N, C, H, W); of clips (N, T, H, W, C) or (N, C, T, H, W); 1 or 3
            channels. Where both could be meant, as in (N, 3, H, 3), it is an error.
        labels: whole numbers or names, (N,); or bool (N, K), several labels an image.
        classes: names in label order; else those that occur, in their order.
        name: of the set.
        splits: places of the images of `train`, `valid` and `test`; else they are cut 80/10/10, each class alike,
            and copies of an image stay together.
        kind: what the images show; else clips where there are frames, characters where each class is one sign.
        valid: share of validation where the splits are cut.
        seed: of that cut.

    Raises:
        DataError: arrays of another type or shape, labels that no class has, or what `ImageSet` refuses.

    >>> grey = np.zeros((20, 8, 8), dtype=np.uint8)
    >>> data = from_arrays(grey, ["cat", "dog"] * 10, splits={"train": range(20)})
    >>> data.images.shape, [c.id for c in data.classes], data.kind
    ((20, 1, 8, 8), ['cat', 'dog'], 'photos')
    """
    ordered = _channels_first(np.asarray(images), name)
    numbers, label_classes = _numbered(np.asarray(labels), classes, name)
    if len(numbers) != len(ordered):
        raise DataError(f"{name}: {len(ordered)} images but {len(numbers)} labels")
    kind = _checked_kind(kind, ordered, label_classes, name)
    groups = _groups(ordered) if splits is None else None
    if groups is not None:
        parts = cut_splits(numbers, groups=groups, valid=valid, seed=seed)
    else:
        parts = _given(splits or {}, name)
    return ImageSet(
        name=name,
        images=ordered,
        labels=numbers,
        classes=label_classes,
        splits=parts,
        source="NumPy arrays",
        rare_classes=True,
        kind=kind,
        groups=groups,
        notes=() if groups is None else (tell_cut(parts, groups),),
        splits_given=groups is None,
    )


def _checked_kind(
    kind: Kind | None, images: NDArray[np.uint8], classes: Sequence[LabelClass], name: str
) -> Kind:
    """The kind, found out where it is not given, and in agreement with the axes."""
    is_clips = images.ndim == 5
    kind = kind or kind_of(classes, num_videos=int(is_clips), num_images=int(not is_clips), source=name)
    if (kind == "clips") != is_clips:
        has = "have frames" if is_clips else "have no frames, as (N, T, H, W, C) and (N, C, T, H, W) do"
        raise DataError(f"{name}: the kind is {kind}, but the images {has}")
    return kind


def _channels_first(images: NDArray[Any], name: str) -> NDArray[np.uint8]:
    sizes = "x".join(map(str, images.shape))
    if images.dtype != np.uint8:
        how = "(images * 255).astype(np.uint8)" if images.dtype.kind == "f" else "images.astype(np.uint8)"
        raise DataError(
            f"{name}: images are {images.dtype} {sizes}, expected uint8, 0 to 255; {how} if they fit"
        )
    if not images.size or images.ndim not in (3, 4, 5):
        raise DataError(f"{name}: images are uint8 {sizes}, expected {_ORDERS}")
    if images.ndim == 3:
        return images[:, None]
    is_first, is_last = images.shape[1] in (1, 3), images.shape[-1] in (1, 3)
    if is_first and is_last:
        axes = "(N, C, H, W)" if images.ndim == 4 else "(N, C, T, H, W)"
        raise DataError(
            f"{name}: images are {sizes}: channels may be the second or the last axis; make it {axes}, "
            "with more than 3 pixels in a row"
        )
    if not (is_first or is_last):
        raise DataError(f"{name}: images are uint8 {sizes}, no axis of 1 or 3 channels; expected {_ORDERS}")
    return images if is_first else np.moveaxis(images, -1, 1)


def _numbered(
    labels: NDArray[Any], classes: Sequence[str | LabelClass] | None, name: str
) -> tuple[NDArray[np.int64] | NDArray[np.bool_], tuple[LabelClass, ...]]:
    given = (
        None
        if classes is None
        else tuple(c if isinstance(c, LabelClass) else class_named(str(c)) for c in classes)
    )
    if labels.dtype == np.bool_ and labels.ndim == 2:
        given = tuple(LabelClass(str(k)) for k in range(labels.shape[1])) if given is None else given
        return labels, given
    if labels.ndim != 1 or labels.dtype.kind not in "iuUO":
        sizes = "x".join(map(str, labels.shape))
        raise DataError(
            f"{name}: labels are {labels.dtype} {sizes}, expected whole numbers or names (N,), or bool (N, K)"
        )
    if labels.dtype.kind in "iu" and given is not None:
        return labels.astype(np.int64), given  # ImageSet holds them against the classes
    words = [class_named(str(label)) for label in labels.tolist()]
    known = in_order(words) if given is None else given
    place_of = {c.id: place for place, c in enumerate(known)}
    strange = next((c.id for c in words if c.id not in place_of), None)
    if strange is not None:
        raise DataError(
            f"{name}: no class is called '{strange}'{did_you_mean(strange, place_of)}; there are "
            f"{', '.join(list(place_of)[:5])}"
        )
    return np.array([place_of[c.id] for c in words], dtype=np.int64), known


def _groups(images_NCHW: NDArray[np.uint8]) -> NDArray[np.int64]:
    hashes = pixel_hashes(images_NCHW)
    if len(hashes) > MOST_COMPARED:
        return exact_groups(hashes)
    return group(hashes, thumbnails(images_NCHW))


def _given(splits: Mapping[str, ArrayLike], name: str) -> dict[str, NDArray[np.int64]]:
    parts = {}
    for split, places in splits.items():
        indices = np.asarray(places)
        if not split_named(split) or indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise DataError(
                f"{name}: split '{split}' of {indices.dtype}, expected train, valid or test, each with places (whole "
                "numbers) of images"
            )
        parts[split_named(split)] = indices.astype(np.int64)
    return parts
