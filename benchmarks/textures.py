"""A synthetic set to pretrain on: coloured shapes of coloured textures on coloured textures, told apart by both.

Nothing in it is drawn after any photo. Colours are random, so that shape and texture must be learnt.
"""

# N images, S x S pixels

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data import ImageSet, LabelClass

SHAPES = ("disc", "ring", "star", "bar", "chain", "comb", "blob", "cross")
TEXTURES = ("plain", "stripes", "spots", "checks", "grain", "cloud")

Floats = NDArray[np.float32]


def textures(num_train: int, num_valid: int, *, size: int = 64, seed: int = 0) -> ImageSet:
    """So many images of each of the 48 pairs of a shape and a texture."""
    rng = np.random.default_rng(seed)
    num_classes = len(SHAPES) * len(TEXTURES)
    labels_N = np.tile(np.arange(num_classes), num_train + num_valid)
    images_NCHW = np.empty((len(labels_N), 3, size, size), dtype=np.uint8)
    for image_CHW, label in zip(images_NCHW, labels_N, strict=True):
        image_CHW[:] = _image(*divmod(int(label), len(TEXTURES)), size=size, rng=rng)
    cut = num_classes * num_train
    return ImageSet(
        name="textures",
        images=images_NCHW,
        labels=labels_N.astype(np.int64),
        classes=tuple(LabelClass(f"{shape}-{texture}") for shape in SHAPES for texture in TEXTURES),
        splits={"train": np.arange(cut), "valid": np.arange(cut, len(labels_N))},
        source=f"benchmarks/textures.py, seed {seed}",
        synthetic=True,
        kind="photos",
    )


def _image(shape: int, texture: int, *, size: int, rng: np.random.Generator) -> Floats:
    """One image, 3 x S x S in 0..255."""
    mask_SS = _shape(SHAPES[shape], size=size, rng=rng)
    quiet = rng.random() < 0.7  # most grounds are calm, as behind an animal in a photo
    ground = _coloured(
        _texture(str(rng.choice(("plain", "cloud") if quiet else TEXTURES)), size=size, rng=rng), rng=rng
    )
    figure = _coloured(_texture(TEXTURES[texture], size=size, rng=rng), rng=rng)
    shade = 1 + 0.35 * (_cloud(size, 2, rng=rng) - 0.5)  # light that is not the same everywhere
    image = (figure * mask_SS + ground * (1 - mask_SS)) * shade
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.float32)


def _coloured(grey_SS: Floats, *, rng: np.random.Generator) -> Floats:
    one, other = rng.uniform(0, 255, (2, 3, 1, 1))
    return (one * grey_SS + other * (1 - grey_SS)).astype(np.float32)


def _turned(size: int, *, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Coordinates from about -1 to 1, turned by a random angle around a random centre."""
    angle, (left, top) = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3, 2)
    side = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = np.meshgrid(side - left, side - top)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _shape(name: str, *, size: int, rng: np.random.Generator) -> Floats:
    """How much of each pixel the shape covers, 0..1."""
    x, y = _turned(size, rng=rng)
    scale = rng.uniform(0.6, 0.95)
    x, y = x / scale, y / (scale * rng.uniform(0.7, 1.0))
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    inside = {
        "disc": lambda: 1 - radius,
        "ring": lambda: 0.25 - np.abs(radius - 0.7),
        "star": lambda: 0.65 + 0.35 * np.cos(rng.integers(4, 8) * angle) - radius,
        "bar": lambda: np.minimum(0.3 - np.abs(y), 1 - np.abs(x)),
        "chain": lambda: np.max(
            [r - np.hypot(x - c, y) for c, r in ((-0.7, 0.3), (0, 0.25), (0.65, 0.4))], axis=0
        ),
        "comb": lambda: np.maximum(
            np.minimum(0.13 - np.abs(y), 1 - np.abs(x)),
            np.minimum(0.1 - np.abs((x * 2.5) % 1 - 0.5) / 2.5, 0.8 - np.maximum(np.abs(y), np.abs(x))),
        ),
        "blob": lambda: 0.6 + 0.5 * (_cloud(size, 4, rng=rng) - 0.5) * 2 - radius,
        "cross": lambda: np.maximum(
            np.minimum(0.22 - np.abs(y), 1 - np.abs(x)), np.minimum(0.22 - np.abs(x), 1 - np.abs(y))
        ),
    }[name]()
    return np.clip(inside * size * scale / 2 + 0.5, 0, 1).astype(np.float32)


def _texture(name: str, *, size: int, rng: np.random.Generator) -> Floats:
    """A grey texture, 0..1."""
    x, y = _turned(size, rng=rng)
    pitch = rng.uniform(8, 20)
    made = {
        "plain": lambda: np.full_like(x, rng.uniform()),
        "stripes": lambda: 0.5 + 0.5 * np.sin(pitch * x),
        "spots": lambda: (np.sin(pitch * x) * np.sin(pitch * y) > rng.uniform(0.2, 0.6)).astype(np.float32),
        "checks": lambda: (np.sin(pitch * x) * np.sin(pitch * y) > 0).astype(np.float32),
        "grain": lambda: _cloud(size, size // 2, rng=rng),
        "cloud": lambda: np.mean([_cloud(size, n, rng=rng) for n in (4, 8, 16)], axis=0),
    }[name]()
    return made.astype(np.float32)


def _cloud(size: int, knots: int, *, rng: np.random.Generator) -> Floats:
    """Random heights on so many knots a side, smoothly filled, 0..1."""
    field = Image.fromarray(rng.random((knots, knots), dtype=np.float32))
    return np.clip(np.asarray(field.resize((size, size), Image.Resampling.BICUBIC)), 0, 1)
