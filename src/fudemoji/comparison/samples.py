"""Some training images of each class, for the page to show what was learnt from."""

# M images, N training images, K classes, C channels, H x W pixels

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fudemoji.data import ImageSet
from fudemoji.data.film import film
from fudemoji.errors import DataError, RunError
from fudemoji.runs import Run
from fudemoji.training.sources import stored_set

__all__ = ["choose_images"]

_PER_CLASS, _MOST_CLASSES = 8, 24


def choose_images(
    folder: Path, run: Run, data: ImageSet | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (M, C, H, W) and their classes: of each of up to 24 classes the first training images.

    They are kept in the comparison's folder. Where the set cannot be had there are none.

    Args:
        folder: of the comparison.
        run: whose set it is.
        data: the set, where the run cannot load it by its name.
    """
    kept = Run(folder)
    if (folder / "samples.npz").is_file():
        arrays = kept.read_arrays("samples")
        return arrays["images"], arrays["labels"]
    try:
        cut = stored_set(run, data)
    except (DataError, RunError):
        return np.zeros((0, 1, 1, 1), np.uint8), np.zeros(0, np.int64)
    train = cut.indices("train")
    has_label_NK = cut.labels[train]
    if has_label_NK.ndim == 1:
        has_label_NK = has_label_NK[:, None] == np.arange(cut.num_classes)
    classes = range(min(_MOST_CLASSES, cut.num_classes))
    chosen = [train[np.flatnonzero(has_label_NK[:, k])[:_PER_CLASS]] for k in classes]
    images = cut.images[np.concatenate(chosen)]
    if images.ndim == 5:
        images = np.stack([film(clip_CTHW) for clip_CTHW in images])
    labels = np.repeat(np.array(classes, dtype=np.int64), [len(indices) for indices in chosen])
    kept.write_arrays("samples", {"images": images, "labels": labels})
    return images, labels
