"""Whether images lie on dark or on bright ground."""

# N images, C channels, H x W pixels

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["background"]

_DARK, _BRIGHT = 96, 160  # grey levels of ground that is surely dark or bright


def background(images_NCHW: NDArray[np.uint8]) -> NDArray[np.int8]:
    """-1 for each image on dark ground, 1 on bright ground, 0 between, int8 (N,): by the median of its border.

    >>> background(np.array([[[[0, 255], [0, 0]]], [[[255, 255], [0, 255]]]], dtype=np.uint8)).tolist()
    [-1, 1]
    """
    sides = (images_NCHW[..., 0, :], images_NCHW[..., -1, :], images_NCHW[..., 0], images_NCHW[..., -1])
    border_NP = np.concatenate([side.reshape(len(images_NCHW), -1) for side in sides], axis=1)
    middle = border_NP.shape[1] // 2
    median_N = np.partition(border_NP, middle, axis=1)[:, middle]
    return (median_N > _BRIGHT).astype(np.int8) - (median_N < _DARK).astype(np.int8)
