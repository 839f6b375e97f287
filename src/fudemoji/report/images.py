"""Small pictures as data URIs, and how they lie on the page."""

# M images, C channels, H x W pixels, h x w of a heat map

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["data_uri", "heat_colours", "tone"]

_LARGEST = 96  # pixels of the longer side on the page
_AMBER, _VERMILION = np.array([246, 178, 60]), np.array([200, 40, 16])
_PHOTO = 64  # colour images from this side on are photographs: JPEG is a sixth of PNG


def data_uri(image_CHW: NDArray[np.uint8], *, largest: int = _LARGEST) -> str:
    """The image as a `data:` address: PNG, or JPEG for photographs; none is longer than `largest` pixels."""
    image_HWC = np.moveaxis(image_CHW, 0, -1)
    channels = image_HWC.shape[-1]
    if channels not in (1, 3, 4):
        image_HWC = image_HWC[..., :1]  # two or many channels have no colour: the first stands for all
    picture = Image.fromarray(
        np.ascontiguousarray(image_HWC.squeeze(-1) if image_HWC.shape[-1] == 1 else image_HWC)
    )
    if max(picture.size) > largest:
        picture.thumbnail((largest, largest))
    is_photo = channels == 3 and max(picture.size) >= _PHOTO
    file = io.BytesIO()
    if is_photo:
        picture.save(file, "JPEG", quality=85)
    else:
        picture.save(file, "PNG", optimize=True)
    kind = "jpeg" if is_photo else "png"
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"


def tone(images_MCHW: NDArray[np.uint8]) -> str:
    """How to lay images on paper: `light-ink` or `dark-ink` for writing in grey, `photo` for all others."""
    if images_MCHW.shape[1] != 1 or not len(images_MCHW):
        return "photo"
    edge = np.concatenate([images_MCHW[..., 0, :].ravel(), images_MCHW[..., -1, :].ravel()])
    if edge.mean() < 64:
        return "light-ink"
    return "dark-ink" if edge.mean() > 192 else "photo"


def heat_colours(heat_hw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A heat map as RGBA (h, w, 4): clear where nothing, amber where some, vermilion where much speaks for a class."""
    share_hw1 = heat_hw[..., None] / 255.0
    colour_hw3 = _AMBER + (_VERMILION - _AMBER) * np.clip(2 * share_hw1 - 0.6, 0, 1)
    alpha_hw1 = 215 * np.clip(1.25 * share_hw1 - 0.12, 0, 1)
    return np.concatenate([colour_hw3, alpha_hw1], axis=-1).round().astype(np.uint8)
