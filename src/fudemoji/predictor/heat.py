"""An image with what speaks for a class painted over it."""

# C channels, T frames, H x W pixels

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data.film import film

__all__ = ["heat_picture"]

_LEAST_SIDE = 224  # pixels of the longer side: a character of 28 is enlarged eightfold


def heat_picture(image: NDArray[np.uint8], heat: NDArray[np.float32]) -> Image.Image:
    """The image in RGB, heat over it; small ones are enlarged, each pixel a square.

    Args:
        image: uint8 (C, H, W), or a clip (C, T, H, W), of which four frames are shown.
        heat: 0..1, (H, W) or (T, H, W).
    """
    from fudemoji.report.images import heat_colours

    heat_HW = (255 * heat + 0.5).astype(np.uint8)
    if image.ndim == 4:
        image, heat_HW = film(image), film(heat_HW[None])[0]
    pixels_HWC = np.ascontiguousarray(np.moveaxis(image, 0, -1))
    grey = pixels_HWC.shape[-1] == 1
    picture = Image.fromarray(pixels_HWC[:, :, 0] if grey else pixels_HWC).convert("RGB")
    scale = max(1, -(-_LEAST_SIDE // max(picture.size)))
    size = (picture.width * scale, picture.height * scale)
    picture = picture.resize(size, Image.Resampling.NEAREST)
    heat_hw = np.asarray(Image.fromarray(heat_HW).resize(size, Image.Resampling.BICUBIC))
    over = Image.fromarray(heat_colours(heat_hw))
    picture.paste(over, mask=over)
    return picture
