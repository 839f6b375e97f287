"""How far a share of so many images may be from the truth."""

# K classes

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = ["Z95", "wilson_interval", "wilson_intervals"]

Z95 = 1.959964  # of 95 % confidence


def wilson_interval(num_hits: int, num_images: int, *, z: float = Z95) -> tuple[float, float]:
    """Bounds of a share in 0..1, with 95 % confidence by default; sound for shares near 0 and 1 too.

    Wilson, Probable inference, JASA 22 (1927), https://doi.org/10.1080/01621459.1927.10502953.

    >>> low, high = wilson_interval(1980, 2000)
    >>> f"{low:.4f} {high:.4f}"
    '0.9846 0.9935'

    Raises:
        DataError: no images.
    """
    if not num_images:
        raise DataError("no images to take a share of")
    low, high = wilson_intervals(np.array([num_hits]), np.array([num_images]), z=z)[0]
    return float(low), float(high)


def wilson_intervals(
    hits_K: NDArray[np.int64], images_K: NDArray[np.int64], *, z: float = Z95
) -> NDArray[np.float64]:
    """The bounds of many shares at once, float64 (K, 2); of a share of nothing 0 and 1: nothing is known of it.

    >>> wilson_intervals(np.array([1, 0]), np.array([1, 0])).round(3).tolist()
    [[0.207, 1.0], [0.0, 1.0]]
    """
    images_K, hits_K = np.asarray(images_K, dtype=np.float64), np.asarray(hits_K, dtype=np.float64)
    count_K = np.maximum(images_K, 1)
    share_K, scale_K = hits_K / count_K, 1 + z * z / count_K
    centre_K = (share_K + z * z / (2 * count_K)) / scale_K
    reach_K = z / scale_K * np.sqrt(share_K * (1 - share_K) / count_K + z * z / (4 * count_K**2))
    low_K = np.where(hits_K == 0, 0.0, centre_K - reach_K)
    high_K = np.where(hits_K == images_K, 1.0, centre_K + reach_K)
    return np.stack([low_K, high_K], axis=1)
