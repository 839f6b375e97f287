"""Another set made to fit a trained model: its classes by their ids, its images as those of the training were made."""

# N images, C channels, T frames, H x W pixels, K classes of the model, J classes of the other set

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.config import Settings
from fudemoji.data import CATALOG, ImageSet, LabelClass, load
from fudemoji.data.background import background
from fudemoji.data.cache.decoded import Decoding
from fudemoji.data.decoding.picture import fitted, to_array
from fudemoji.data.loader import holds_pixels
from fudemoji.errors import DataError, did_you_mean
from fudemoji.training.sources import Progress

__all__ = ["Adapted", "adapt", "load_like", "split_of"]

_FEW = 5
_KNOWN, _USUAL = 0.01, 0.5  # as in the predictor: a ground that training images have, and the usual one


@dataclass(frozen=True)
class Adapted:
    """A set that a model can be measured on.

    Attributes:
        data: with the model's classes in the model's order, and one split.
        split: its name; `all` for all images of a set that came without splits.
        notes: what was mapped, left out and changed, a line each.
        num_left_out: images whose classes the model does not know.
    """

    data: ImageSet
    split: str
    notes: tuple[str, ...]
    num_left_out: int


def load_like(
    source: str | Path, *, settings: Settings, sheet: dict[str, Any], progress: Progress | None = None
) -> ImageSet:
    """The set at `source`, its files decoded as those of the training set were, told to `progress`.

    Raises:
        DataError: it is missing, damaged or no set.
    """
    how = settings.data
    height, width = sheet["image_size"]
    decoding = Decoding(
        size=(height, width),
        fit=sheet.get("fit") or how.fit,
        channels=sheet["channels"] if sheet["channels"] in (1, 3) else None,
        frames=sheet.get("num_frames") or how.frames,
        sampling=how.clip_sampling,
    )
    return load(
        source,
        data_dir=how.data_dir,
        fonts=how.fonts if source == "kana" else (),
        seed=0 if source in CATALOG else settings.loop.seed,
        decoding=None if holds_pixels(source) else decoding,
        cache_dir=how.cache_dir,
        cache_gb=how.cache_gb,
        progress=progress,
    )


def split_of(data: ImageSet, split: str | None) -> tuple[str, NDArray[np.int64]]:
    """The split to measure and its images: the one asked for, else the test split, else all images."""
    if split == "all" or (split is None and not ("test" in data.splits and data.splits_given)):
        return "all", np.sort(np.concatenate(list(data.splits.values())))
    name = split or "test"
    return name, data.indices(name)


def adapt(data: ImageSet, *, split: str | None, sheet: dict[str, Any], run: str) -> Adapted:
    """The split of a set under the classes of a model, its images as the model's were made.

    Args:
        data: the other set.
        split: which of its splits; its test split where None, or all images where it came without splits.
        sheet: the data sheet of the run.
        run: what messages call the run.

    Raises:
        DataError: no class of the set is known to the model, or its images are of another kind than it reads.
    """
    known = tuple(LabelClass(c["id"], c["glyph"], c["romanisation"]) for c in sheet["classes"])
    _check_kind(data, sheet, run=run)
    name, indices = split_of(data, split)
    place_J = _places(data.classes, known, name=data.name, run=run)
    labels, is_kept, notes = _mapped(
        data, indices, place_J, known=known, multi_label=bool(sheet.get("multi_label"))
    )
    kept = indices[is_kept]
    if not len(kept):
        raise DataError(
            f"{data.name}: no image of its {name} split is of a class that {run} knows; give another --split"
        )
    images, kept_rows, changes = _as_read(data.images, kept, sheet)
    if images is not data.images:
        labels = labels[kept]
    adapted = replace(
        data,
        images=images,
        labels=labels,
        classes=known,
        splits={name: kept_rows},
        names=(),
        groups=None,
        digest="" if images is not data.images else data.digest,
        notes=(),
        warnings=(),
    )
    return Adapted(adapted, name, (*notes, *changes, *data.warnings), int((~is_kept).sum()))


def _check_kind(data: ImageSet, sheet: dict[str, Any], *, run: str) -> None:
    reads, has = sheet.get("num_frames") or 0, data.num_frames
    if bool(reads) != bool(has) or (reads and reads != has):
        told = [f"clips of {frames} frames" if frames else "images" for frames in (has, reads)]
        raise DataError(f"{data.name} holds {told[0]}, but {run} reads {told[1]}")
    if data.is_multi_label and not sheet.get("multi_label"):
        raise DataError(
            f"{data.name} has several labels an image, but {run} gives one; it can be measured on sets with one"
        )


def _places(
    classes: Sequence[LabelClass], known: Sequence[LabelClass], *, name: str, run: str
) -> NDArray[np.int64]:
    """The model's number of each class of the set, by its id; -1 where the model does not know it."""
    number_of = {c.id: k for k, c in enumerate(known)}
    place_J = np.array([number_of.get(c.id, -1) for c in classes], dtype=np.int64)
    if (place_J < 0).all():
        near = did_you_mean(classes[0].id, list(number_of))
        raise DataError(
            f"{name} has no class that {run} knows: classes are mapped by id, its are {_some(classes)}{near}, "
            f"the run's are {_some(known)}; rename its folders or labels to the run's ids"
        )
    return place_J


def _mapped(
    data: ImageSet,
    indices: NDArray[np.int64],
    place_J: NDArray[np.int64],
    *,
    known: Sequence[LabelClass],
    multi_label: bool,
) -> tuple[NDArray[np.int64] | NDArray[np.bool_], NDArray[np.bool_], list[str]]:
    """The labels in the model's numbers, which images of the split have one, and what is to be told."""
    labels: NDArray[np.int64] | NDArray[np.bool_]
    if data.is_multi_label:
        labels = np.zeros((len(data), len(known)), dtype=np.bool_)
        labels[:, place_J[place_J >= 0]] = data.labels[:, place_J >= 0]
        stranger_N = data.labels[indices][:, place_J < 0].any(axis=1)
        is_kept = np.asarray(labels[indices].any(axis=1) | ~stranger_N)
    else:
        numbers = place_J[data.labels]
        is_kept = np.greater_equal(numbers[indices], 0)
        labels = np.maximum(numbers, 0)
        if multi_label:
            labels = labels[:, None] == np.arange(len(known))
    return labels, is_kept, _tell_mapping(data, place_J, known, num_out=int((~is_kept).sum()))


def _tell_mapping(
    data: ImageSet, place_J: NDArray[np.int64], known: Sequence[LabelClass], *, num_out: int
) -> list[str]:
    num_shared = int((place_J >= 0).sum())
    order = "in the same order" if (np.diff(place_J[place_J >= 0]) > 0).all() else "in another order"
    strangers = [c for c, place in zip(data.classes, place_J, strict=True) if place < 0]
    if not strangers and num_shared == len(known):
        return [f"classes mapped by id: all {num_shared:,} of {data.name} are the model's, {order}"]
    told = [
        f"classes mapped by id: {num_shared:,} of the {len(data.classes):,} of {data.name} are among the "
        f"model's {len(known):,}, {order}"
    ]
    if strangers:
        images = "1 image" if num_out == 1 else f"{num_out:,} images"
        told.append(f"left out: {images} of classes that the model does not know ({_some(strangers)})")
    shared = {data.classes[j].id for j in np.flatnonzero(place_J >= 0)}
    absent = [c for c in known if c.id not in shared]
    if absent:
        told.append(f"{len(absent):,} of the model's classes are not in {data.name}: {_some(absent)}")
    return told


def _some(classes: Sequence[LabelClass]) -> str:
    more = f" and {len(classes) - _FEW:,} more" if len(classes) > _FEW else ""
    return ", ".join(f"{c.id} {c}" if str(c) != c.id else c.id for c in classes[:_FEW]) + more


def _as_read(
    images_NCHW: NDArray[np.uint8], kept: NDArray[np.int64], sheet: dict[str, Any]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    """The images as the model reads them, where the kept ones lie in them, and what was changed.

    Where nothing has to be changed the array stays as it is, so that one that lies in a file is not read.
    """
    (height, width), channels = sheet["image_size"], sheet["channels"]
    told: list[str] = []
    fits = images_NCHW.shape[-2:] == (height, width) and images_NCHW.shape[1] == channels
    is_negative = _negatives(images_NCHW, kept, sheet)
    if fits and not is_negative.any():
        return images_NCHW, kept, told
    images = images_NCHW[kept]
    if images.shape[1] != channels:
        told.append(f"images of {images.shape[1]} channels made {channels}")
        images = _recoloured(images, channels)
    if is_negative.any():
        count = int(is_negative.sum())
        told.append(
            f"inverted: {count:,} of {len(kept):,} images, whose ground is not that of the training images"
        )
        images[is_negative] = 255 - images[is_negative]
    if images.shape[-2:] != (height, width):
        was = "x".join(map(str, images.shape[-2:]))
        told.append(f"images of {was} pixels brought to {height}x{width}")
        images = _resized(images, height=height, width=width, fit=sheet.get("fit") or "stretch")
    return images, np.arange(len(kept)), told


def _negatives(
    images_NCHW: NDArray[np.uint8], kept: NDArray[np.int64], sheet: dict[str, Any]
) -> NDArray[np.bool_]:
    """Which images lie on ground that hardly any training image has, as the predictor decides it."""
    dark, bright = sheet.get("dark"), sheet.get("bright")
    if dark is None or bright is None or images_NCHW.ndim == 5:
        return np.zeros(len(kept), dtype=np.bool_)
    ground_N = np.concatenate(
        [background(images_NCHW[part]) for part in np.array_split(kept, 1 + len(kept) // 4096)]
    )
    from_bright = dark > _USUAL and bright < _KNOWN
    from_dark = bright > _USUAL and dark < _KNOWN
    return np.asarray(((ground_N > 0) & from_bright) | ((ground_N < 0) & from_dark))


def _recoloured(images: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Grey repeated, or RGB to grey as Pillow does it (ITU-R 601)."""
    if images.shape[1] == 1:
        return np.repeat(images, channels, axis=1)
    if images.shape[1] != 3 or channels != 1:
        raise DataError(f"images of {images.shape[1]} channels cannot be made {channels}")
    weights = np.array([19595, 38470, 7471], dtype=np.uint32).reshape(3, *(1,) * (images.ndim - 2))
    parts = [
        ((part * weights).sum(axis=1, keepdims=True, dtype=np.uint32) + 0x8000 >> 16).astype(np.uint8)
        for part in np.array_split(images, 1 + len(images) // 1024)
    ]
    return np.concatenate(parts)


def _resized(images: NDArray[np.uint8], *, height: int, width: int, fit: Any) -> NDArray[np.uint8]:
    if images.ndim == 5:
        frames = np.moveaxis(images, 2, 1)
        flat = _resized(frames.reshape(-1, *frames.shape[2:]), height=height, width=width, fit=fit)
        return np.moveaxis(flat.reshape(*frames.shape[:2], *flat.shape[1:]), 1, 2)
    made = np.empty((len(images), images.shape[1], height, width), dtype=np.uint8)
    for target, image_CHW in zip(made, images, strict=True):
        picture = Image.fromarray(image_CHW[0] if len(image_CHW) == 1 else np.moveaxis(image_CHW, 0, -1))
        target[:] = to_array(fitted(picture, height=height, width=width, how=fit))
    return made
