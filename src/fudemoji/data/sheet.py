"""A set at a glance: its facts as plain data, and a picture of samples of each class."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fudemoji.data.background import background
from fudemoji.data.cache.maps import release
from fudemoji.data.film import film
from fudemoji.data.named.fonts import font_of_size, japanese_font
from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.errors import DataError

__all__ = ["data_sheet", "sample_sheet"]

_INK, _GREY, _RULE = (28, 28, 30), (120, 120, 126), (226, 226, 230)
_MARGIN, _LABEL_WIDTH, _GAP, _BLOCK_GAP, _HEAD = 28, 136, 4, 36, 84
_CHUNK_BYTES = 16 << 20


def data_sheet(data: ImageSet) -> dict[str, Any]:
    """The facts of a set as JSON-able data: where it comes from, what it holds, how its classes are spread.

    `mean` and `std` are those of the training pixels in 0..255, one number per channel, or None without a
    training split. `dark` and `bright` are the shares of training images on dark and on bright ground, None where
    that means nothing: photographs and clips. `fit` is empty where the set came as pixels, `num_frames` 0 for images.
    `classes` lists id, glyph, romanisation and the number of images in each split; a `multi_label` image counts for
    each of its labels.
    """
    counts = {name: data.class_counts(indices) for name, indices in data.splits.items()}
    mean = std = dark = bright = None
    if "train" in data.splits:
        mean, std = _pixel_statistics(data.images, data.splits["train"])
        if data.kind == "characters":
            dark, bright = _grounds(data.images, data.splits["train"])
    return {
        "name": data.name,
        "source": data.source,
        "licence": data.licence,
        "credit": data.credit,
        "synthetic": data.synthetic,
        "kind": data.kind,
        "fit": data.fit,
        "multi_label": data.is_multi_label,
        "fingerprint": data.fingerprint,
        "num_images": len(data),
        "image_size": list(data.image_size),
        "num_frames": data.num_frames,
        "channels": data.num_channels,
        "num_classes": data.num_classes,
        "splits": {name: len(indices) for name, indices in data.splits.items()},
        "mean": mean,
        "std": std,
        "dark": dark,
        "bright": bright,
        "classes": [
            {
                "id": c.id,
                "glyph": c.glyph,
                "romanisation": c.romanisation,
                "counts": {name: int(count[index]) for name, count in counts.items()},
            }
            for index, c in enumerate(data.classes)
        ],
    }


def _pixel_statistics(
    images_NCHW: NDArray[np.uint8], indices: NDArray[np.int64]
) -> tuple[list[float], list[float]]:
    """Mean and standard deviation per channel, exact, without a copy of all the images."""
    num_channels = images_NCHW.shape[1]
    histogram = np.zeros((num_channels, 256), dtype=np.int64)
    for part in _parts(images_NCHW, indices):
        for channel in range(num_channels):
            histogram[channel] += np.bincount(part[:, channel].reshape(-1), minlength=256)
    values = np.arange(256, dtype=np.float64)
    total = histogram.sum(1)
    mean = (histogram * values).sum(1) / total
    std = np.sqrt((histogram * (values - mean[:, None]) ** 2).sum(1) / total)
    return [round(float(x), 4) for x in mean], [round(float(x), 4) for x in std]


def _grounds(images_NCHW: NDArray[np.uint8], indices: NDArray[np.int64]) -> tuple[float, float]:
    """The shares of images on dark and on bright ground."""
    ground_N = np.concatenate([background(part) for part in _parts(images_NCHW, indices)])
    return round(float((ground_N < 0).mean()), 4), round(float((ground_N > 0).mean()), 4)


def _parts(images_NCHW: NDArray[np.uint8], indices: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
    """The images at these places, a few megabytes at a time."""
    chunk = max(1, _CHUNK_BYTES // images_NCHW[:1].nbytes)
    for start in range(0, len(indices), chunk):
        part = images_NCHW[indices[start : start + chunk]]
        release(images_NCHW)
        yield part


def sample_sheet(
    data: ImageSet, *, split: str = "train", per_class: int = 8, max_classes: int = 120, seed: int = 0
) -> Image.Image:
    """A picture with a row of samples for each class, labelled with glyph, romanisation, id and count.

    Args:
        data: grey or RGB images, or clips, of which four frames are shown.
        split: whose images to show.
        per_class: images in a row, 1 to 40.
        max_classes: beyond this many, that many classes are drawn at random and the head line says so.
        seed: which images, and which classes.

    Raises:
        DataError: there is no such split, or a number is out of range.
    """
    if not 1 <= per_class <= 40 or not 1 <= max_classes <= 1000:
        raise DataError(
            f"a sheet of {max_classes} classes with {per_class} images each; expected 1 to 1000 and 1 to 40"
        )
    indices = data.indices(split)
    labels, rng = data.labels[indices], np.random.default_rng(seed)
    chosen = np.arange(data.num_classes)
    if len(chosen) > max_classes:
        chosen = np.sort(rng.permutation(chosen)[:max_classes])
    side = 44 if max(data.image_size) <= 64 else 72
    grid = _Grid(num_rows=len(chosen), per_class=per_class, side=side)
    sheet = Image.new("RGB", grid.size, "white")
    _draw_head(sheet, data, split, len(labels), len(chosen))
    for number, index in enumerate(chosen):
        members = indices[labels[:, index] if data.is_multi_label else labels == index]
        picked = np.sort(rng.permutation(len(members))[:per_class])
        left, top = grid.place(number)
        _draw_label(sheet, data.classes[index], len(members), left=left, top=top, side=side)
        for column, image in enumerate(data.images[members[picked]]):
            x = left + _LABEL_WIDTH + column * (side + _GAP)
            sheet.paste(_tile(film(image) if data.num_frames else image, side), (x, top))
    return sheet


class _Grid:
    """Rows of classes in as many blocks beside each other as make the sheet about 4:3."""

    def __init__(self, *, num_rows: int, per_class: int, side: int) -> None:
        self._row_height = side + _GAP
        self._block_width = _LABEL_WIDTH + per_class * (side + _GAP) - _GAP
        ideal = math.sqrt(4 / 3 * num_rows * self._row_height / (self._block_width + _BLOCK_GAP))
        num_blocks = min(num_rows, max(1, round(ideal)))
        self._rows = math.ceil(num_rows / num_blocks)
        self._num_blocks = math.ceil(num_rows / self._rows)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the sheet in pixels; wide enough for the head line."""
        width = self._num_blocks * (self._block_width + _BLOCK_GAP) - _BLOCK_GAP + 2 * _MARGIN
        return max(width, 640), _HEAD + self._rows * self._row_height - _GAP + _MARGIN

    def place(self, number: int) -> tuple[int, int]:
        """Left and top of the class with this number."""
        block, row = divmod(number, self._rows)
        return _MARGIN + block * (self._block_width + _BLOCK_GAP), _HEAD + row * self._row_height


def _draw_head(sheet: Image.Image, data: ImageSet, split: str, num_images: int, num_shown: int) -> None:
    draw, font = ImageDraw.Draw(sheet), japanese_font()
    size = "x".join(map(str, data.image_size)) + (f", {data.num_frames} frames" if data.num_frames else "")
    shown = f" ({num_shown} shown)" if num_shown < data.num_classes else ""
    classes = f"{data.num_classes:,} classes{shown}"
    facts = f"{split}: {num_images:,} images, {classes}, {size}" + (", synthetic" if data.synthetic else "")
    room = sheet.width - 2 * _MARGIN
    for text, size_px, top, colour in (
        (data.name, 24, 16, _INK),
        (facts, 13, 45, _GREY),
        (data.credit, 10, 65, _GREY),
    ):
        face = font_of_size(font, size_px)
        while text and draw.textlength(text, font=face) > room:
            text = text[:-2].rstrip("…") + "…"  # noqa: PLW2901  # the same text, shorter
        draw.text((_MARGIN, top), text, fill=colour, font=face)


def _draw_label(
    sheet: Image.Image, label_class: LabelClass, count: int, *, left: int, top: int, side: int
) -> None:
    """Glyph, and beside it romanisation (or id) over id and count, with a hair line above the row."""
    draw, font = ImageDraw.Draw(sheet), japanese_font()
    middle = top + side / 2
    draw.line((left, top - _GAP / 2, left + _LABEL_WIDTH - 12, top - _GAP / 2), fill=_RULE)
    text_left = left
    if label_class.glyph:
        glyph_font = font_of_size(font, 30)
        draw.text((left + 17, middle), label_class.glyph[:1], fill=_INK, font=glyph_font, anchor="mm")
        text_left = left + 42
    if label_class.romanisation:
        name, below = label_class.romanisation, f"{label_class.id} · {count:,}"
    else:
        name, below = label_class.id, f"{count:,}"
    draw.text((text_left, middle - 8), name[:14], fill=_INK, font=font_of_size(font, 13), anchor="lm")
    draw.text((text_left, middle + 9), below[:20], fill=_GREY, font=font_of_size(font, 10), anchor="lm")


def _tile(image_CHW: NDArray[np.uint8], side: int) -> Image.Image:
    """The image in a square of `side` pixels, its proportions kept."""
    picture = Image.fromarray(image_CHW[0] if len(image_CHW) != 3 else image_CHW.transpose(1, 2, 0))
    tile = Image.new("RGB", (side, side), "white")
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    picture = picture.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    tile.paste(picture, ((side - size[0]) // 2, (side - size[1]) // 2))
    return tile
