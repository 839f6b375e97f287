"""How far a figure from so many images may be from the truth."""

from __future__ import annotations

import math

from fudemoji.errors import DataError

__all__ = ["wilson_interval"]


def wilson_interval(num_hits: int, num_images: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Bounds of a share in 0..1, with 95 % confidence by default; sound for shares near 0 and 1 too.

    Wilson, Probable inference, JASA 22 (1927), https://doi.org/10.1080/01621459.1927.10502953.

    >>> low, high = wilson_interval(1980, 2000)
    >>> f"{low:.4f} {high:.4f}"
    '0.9846 0.9935'
    """
    if not num_images:
        raise DataError("no images to take a share of")
    share = num_hits / num_images
    scale = 1 + z * z / num_images
    centre = (share + z * z / (2 * num_images)) / scale
    reach = z / scale * math.sqrt(share * (1 - share) / num_images + z * z / (4 * num_images**2))
    low = 0.0 if num_hits == 0 else centre - reach
    return low, 1.0 if num_hits == num_images else centre + reach
