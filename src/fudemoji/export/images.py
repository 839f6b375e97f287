"""The images that an export is compared on, and those that int8 is calibrated and judged by."""

# N images, C channels, H x W pixels

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.data import ImageSet
from fudemoji.errors import DataError, RunError, SettingsError
from fudemoji.predictor import Trained
from fudemoji.training.sources import Progress, stored_set

__all__ = ["NUM_IMAGES", "Trial", "noise", "open_set", "rows_of", "trial_images"]

NUM_IMAGES = 1000
_MOST_PIXELS = (
    NUM_IMAGES * 224 * 224
)  # of large images and of clips fewer are enough, and all that time allows
_LEAST = 64


@dataclass(frozen=True)
class Trial:
    """Real images, uint8 (N, C, H, W) or clips (N, C, T, H, W), and what they are in words."""

    images_NCHW: NDArray[np.uint8]
    told: str


def open_set(
    trained: Trained, data: ImageSet | None, *, progress: Progress | None
) -> tuple[ImageSet | None, str]:
    """The run's set under its splits, or None and why it cannot be had."""
    try:
        return stored_set(trained.run, data, progress=progress), ""
    except (DataError, RunError, SettingsError) as error:
        if data is not None:
            raise
        return None, str(error)


def trial_images(trained: Trained, data: ImageSet | None, why: str, *, most: int | None) -> Trial:
    """Images of the test split, else of the validation split, else those that are stored with the run.

    Args:
        trained: the run.
        data: its set; None where it cannot be had, and `why` says why.
        why: see `data`.
        most: how many to take at most; as many as time allows where None.

    Raises:
        DataError: there are none.
    """
    if data is not None:
        split = next(name for name in ("test", "valid", "train") if name in data.splits)
        images_NCHW = data.images[rows_of(data, split, most=most)]
        return Trial(images_NCHW, f"{split} images of {data.name}")
    samples = trained.run.path / "samples.npz"
    if trained.sheet.get("num_frames") or not samples.is_file():
        raise DataError(
            f"there are no images to compare the export on: the set of {trained.run.path} cannot be had ({why})"
        )
    images_NCHW = trained.run.read_arrays("samples")["images"]
    return Trial(images_NCHW[: most or NUM_IMAGES], "images that are stored with the run")


def rows_of(data: ImageSet, split: str, *, most: int | None) -> NDArray[np.int64]:
    """Places in the set of images from all over a split, evenly chosen; as many as time allows where `most` is None."""
    rows = data.indices(split)
    if most is None:
        most = min(NUM_IMAGES, max(_LEAST, _MOST_PIXELS // data.images[:1].size))
    places = np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(np.int64)
    return np.sort(rows[places])


def noise(like: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Images of random pixels, a black and a white one among them, in the shape of `like`."""
    images = np.random.default_rng(0).integers(0, 256, (count, *like.shape[1:]), dtype=np.uint8)
    images[0], images[1] = 0, 255
    return images
