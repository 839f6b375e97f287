"""The embedded set: 46 hiragana and 46 katakana, drawn from fonts with the variation of a hand."""

# N images, K glyphs (of all fonts), H x W pixels of an image, S x S samples of a glyph's distance field

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.named.catalog import CATALOG
from fudemoji.data.named.characters import KANA
from fudemoji.data.named.fonts import japanese_font, render_glyphs
from fudemoji.data.sets import ImageSet
from fudemoji.errors import DataError

__all__ = ["NUM_TEST", "NUM_TRAIN", "draw_kana"]

NUM_TRAIN, NUM_TEST = 160, 40
_SIZE = 28
# samples of a distance field per pixel of an image, and how far from the stroke it reaches, in samples
_FINE = 4
_FIELD = _SIZE * _FINE
_REACH = 3 * _FINE
_EM = 26 * _FINE
_CHUNK = 1024
_KNOTS = 4

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Variation:
    """How far images differ; each quantity is drawn evenly within plus and minus its value unless said."""

    rotation: float = 0.12
    """Radians."""
    slant: float = 0.22
    """Pixels to the side per pixel of height."""
    scale: tuple[float, float] = (0.80, 1.04)
    aspect: float = 0.09
    shift: float = 1.6
    """Pixels."""
    elastic: float = 0.55
    """Standard deviation, in pixels, of the displacement of a 4 x 4 grid of knots."""
    weight: tuple[float, float] = (-0.30, 0.75)
    """Pixels added to each edge of a stroke."""
    softness: tuple[float, float] = (0.45, 0.85)
    """Half the width of a stroke's grey edge, in pixels."""
    ink: tuple[float, float] = (0.75, 1.0)
    noise: tuple[float, float] = (0.0, 0.08)
    """Standard deviation of the noise of each pixel, as a share of white."""


def draw_kana(
    *,
    seed: int = 0,
    fonts: Sequence[str | Path] = (),
    num_train: int = NUM_TRAIN,
    num_test: int = NUM_TEST,
    variation: Variation | None = None,
) -> ImageSet:
    """The kana set: 92 classes, white on black, 28 x 28, the same to the byte for one seed and version.

    Synthetic: every image is a glyph of IPAex Gothic (or of one of `fonts`, drawn equally often) with another
    stroke weight, slant, rotation, size, place, elastic bend and noise. Train and test are drawn
    independently, but from the same fonts, so that a test accuracy here says nothing about handwriting or
    old books. へ and ヘ are all but the same glyph: a net that has to guess between them loses 1.1 % of
    accuracy (half of 2 classes of 92). The other classes can be told apart.

    Args:
        seed: not negative.
        fonts: further font files.
        num_train: training images per class.
        num_test: test images per class.
        variation: how far images differ.

    Raises:
        DataError: a font file is missing, is no font or lacks a glyph; a number is out of range.

    >>> data = draw_kana(num_train=2, num_test=1)
    >>> data.images.shape, data.synthetic
    ((276, 1, 28, 28), True)
    """
    if seed < 0 or num_train < 1 or num_test < 1:
        found = f"seed {seed} and {num_train} train, {num_test} test images"
        raise DataError(f"kana: {found} per class; expected 0 or more and 1 or more")
    paths = [japanese_font(), *(Path(font).expanduser() for font in fonts)]
    glyphs = [c.glyph for c in KANA]
    fields = np.concatenate([_distance_fields(render_glyphs(p, glyphs, size=_FIELD, em=_EM)) for p in paths])
    images, labels = [], []
    for number, per_class in enumerate((num_train, num_test)):
        rng = np.random.default_rng([seed, number])
        labels_N = np.repeat(np.arange(len(KANA), dtype=np.int64), per_class)
        # fonts take turns within a class, so that each gives its share
        turns_N = np.tile(np.arange(per_class) % len(paths), len(KANA))
        images.append(_draw(fields, labels_N + len(KANA) * turns_N, rng, variation or Variation()))
        labels.append(labels_N)
    names = ", ".join(path.name for path in paths)
    everything = np.arange(sum(map(len, labels)), dtype=np.int64)
    return ImageSet(
        name="kana",
        images=np.concatenate(images)[:, None],
        labels=np.concatenate(labels),
        classes=KANA,
        splits={"train": everything[: len(labels[0])], "test": everything[len(labels[0]) :]},
        source=f"synthetic: drawn by fudemoji from the font{'s' * (len(paths) > 1)} {names} with seed {seed}",
        licence=CATALOG["kana"].licence,
        credit=CATALOG["kana"].credit,
        synthetic=True,
    )


def _distance_fields(pictures_KSS: NDArray[np.uint8]) -> Floats:
    """Signed distance to the stroke's edge, (K, S, S), in image pixels, positive inside, 3 at most."""
    inside = pictures_KSS >= 128
    depth = _distance_to(~inside) - _distance_to(inside)
    # a stair of half samples is left by the threshold; a small blur takes it away
    for axis in (1, 2):
        depth = (np.roll(depth, 1, axis) + 2 * depth + np.roll(depth, -1, axis)) / 4
    return (depth / _FINE).astype(np.float32)


def _distance_to(marked_KSS: NDArray[np.bool_]) -> Floats:
    """Euclidean distance to the nearest marked sample, in samples, `_REACH` at most; exact."""
    # the square of a distance is a sum over the axes, so that one axis can be done after the other
    square = np.where(marked_KSS, 0, _REACH**2).astype(np.float32)
    for axis in (1, 2):
        padded = np.pad(
            square,
            [(0, 0), *((_REACH, _REACH) if a == axis else (0, 0) for a in (1, 2))],
            constant_values=_REACH**2,
        )
        size = square.shape[axis]
        nearest = square.copy()
        for offset in range(-_REACH, _REACH + 1):
            window = [slice(None)] * 3
            window[axis] = slice(_REACH + offset, _REACH + offset + size)
            np.minimum(nearest, padded[tuple(window)] + np.float32(offset**2), out=nearest)
        square = nearest
    return np.sqrt(square)


def _draw(
    fields: Floats, which_N: NDArray[np.int64], rng: np.random.Generator, variation: Variation
) -> NDArray[np.uint8]:
    images = np.empty((len(which_N), _SIZE, _SIZE), dtype=np.uint8)
    for start in range(0, len(which_N), _CHUNK):
        part = slice(start, start + _CHUNK)
        images[part] = _draw_part(fields, which_N[part], rng, variation)
    return images


def _draw_part(
    fields: Floats, which_N: NDArray[np.int64], rng: np.random.Generator, variation: Variation
) -> NDArray[np.uint8]:
    num = len(which_N)

    def between(low: float, high: float) -> Floats:
        return rng.uniform(low, high, (num, 1, 1)).astype(np.float32)

    x_NHW, y_NHW = _warp(num, rng, between, variation)
    depth = _sample(fields, which_N, x_NHW, y_NHW)
    soft = between(*variation.softness)
    ink = between(*variation.ink) * np.clip(0.5 + (depth + between(*variation.weight)) / (2 * soft), 0, 1)
    noise = rng.standard_normal(ink.shape, dtype=np.float32) * between(*variation.noise)
    white = np.clip(ink + noise, 0, 1) * np.float32(255)
    return np.asarray(white + np.float32(0.5), dtype=np.uint8)


def _warp(
    num: int, rng: np.random.Generator, between: Callable[[float, float], Floats], variation: Variation
) -> tuple[Floats, Floats]:
    """Where in its glyph each pixel looks, in samples of the field; two arrays (N, H, W)."""
    axis = np.arange(_SIZE, dtype=np.float32) - (_SIZE - 1) / 2
    y, x = axis[None, :, None], axis[None, None, :]
    angle = between(-variation.rotation, variation.rotation)
    # the first terms of sine and cosine: a library's differ between processors in the last bit
    sin, cos = angle - angle**3 / 6, 1 - angle**2 / 2 + angle**4 / 24
    scale = between(*variation.scale)
    stretch = 1 + between(-variation.aspect, variation.aspect)
    slant = between(-variation.slant, variation.slant)
    x = x - between(-variation.shift, variation.shift)
    y = y - between(-variation.shift, variation.shift)
    turned_x, turned_y = (cos * x + sin * y) / (scale * stretch), (cos * y - sin * x) * stretch / scale
    bend_x, bend_y = (_bend(num, rng, variation.elastic) for _ in range(2))
    middle = (_FIELD - 1) / 2
    return (
        (turned_x + slant * turned_y + bend_x) * _FINE + middle,
        (turned_y + bend_y) * _FINE + middle,
    )


def _bend(num: int, rng: np.random.Generator, deviation: float) -> Floats:
    """A smooth random displacement in pixels, (N, H, W): random knots, joined by smooth curves."""
    knots = rng.standard_normal((num, _KNOTS, _KNOTS), dtype=np.float32) * np.float32(deviation)
    place = np.linspace(0, _KNOTS - 1, _SIZE, dtype=np.float32)
    near = np.clip(1 - np.abs(place[None, :] - np.arange(_KNOTS, dtype=np.float32)[:, None]), 0, 1)
    weights = near * near * (3 - 2 * near)
    # sums written out: a matrix product adds up in another order on another processor
    rows = sum(knots[:, k, None, :] * weights[k, None, :, None] for k in range(_KNOTS))
    both = sum(rows[:, :, k, None] * weights[k, None, None, :] for k in range(_KNOTS))
    return np.asarray(both, dtype=np.float32)


def _sample(fields: Floats, which_N: NDArray[np.int64], x_NHW: Floats, y_NHW: Floats) -> Floats:
    """The fields at these places, bilinear; the border value goes on outside."""
    x, y = (np.clip(place, 0, _FIELD - 1.001) for place in (x_NHW, y_NHW))
    left, top = x.astype(np.int32), y.astype(np.int32)
    right_share, low_share = x - left, y - top
    flat = fields.reshape(-1)
    corner = which_N.astype(np.int64)[:, None, None] * _FIELD**2 + top * _FIELD + left
    upper = flat[corner] * (1 - right_share) + flat[corner + 1] * right_share
    lower = flat[corner + _FIELD] * (1 - right_share) + flat[corner + _FIELD + 1] * right_share
    return np.asarray(upper * (1 - low_share) + lower * low_share, dtype=np.float32)
