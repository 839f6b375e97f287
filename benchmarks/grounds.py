"""What drawn animals sit on: leaves, flowers, flower heads, soil, bark, blurred green, plain surfaces."""

# S x S pixels; coordinates from -1 to 1, x to the right and y down

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

__all__ = ["GROUNDS", "blurred", "cloud", "grid", "ground"]

GROUNDS = ("leaf", "flower", "florets", "soil", "bark", "blur", "plain")

Floats = NDArray[np.float32]

_GREENS = ((60, 110, 35), (110, 160, 50), (35, 70, 30), (150, 185, 95), (85, 120, 70))
_BROWNS = ((150, 115, 80), (95, 70, 50), (190, 160, 125), (120, 110, 100), (60, 50, 42), (205, 190, 165))
_PETALS = (
    (235, 200, 40),
    (245, 240, 230),
    (180, 60, 150),
    (110, 90, 200),
    (230, 110, 40),
    (200, 40, 60),
    (240, 170, 200),
)
_CALM = ((235, 235, 235), (200, 205, 215), (225, 205, 180), (150, 150, 150), (95, 130, 160), (30, 30, 32))


def ground(name: str, *, size: int, rng: np.random.Generator) -> Floats:
    """A ground of that name, S x S x 3 in 0..255; out of focus half of the time."""
    image_SS3 = {
        "leaf": _leaf, "flower": _flower, "florets": _florets, "soil": _soil,
        "bark": _bark, "blur": _blur, "plain": _plain,
    }[name](size, rng)  # fmt: skip
    image_SS3 = image_SS3 * (1 + rng.uniform(0, 0.5) * (cloud(size, 3, rng=rng)[..., None] - 0.5))
    return blurred(image_SS3, size * max(0.0, rng.uniform(-0.03, 0.03)))


def cloud(size: int, knots: int, *, rng: np.random.Generator, stretch: int = 1) -> Floats:
    """Random heights on so many knots a side, smoothly filled, 0..1; `stretch` times as many down as across."""
    field = Image.fromarray(rng.random((knots * stretch, knots), dtype=np.float32))
    return np.clip(np.asarray(field.resize((size, size), Image.Resampling.BICUBIC)), 0, 1)


def blurred(image_SS3: Floats, sigma: float) -> Floats:
    """The image seen through a Gaussian of so many pixels."""
    if sigma < 0.2:
        return image_SS3
    image = Image.fromarray(np.clip(image_SS3, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(sigma)), dtype=np.float32)


def grid(
    size: int, *, centre: tuple[float, float] = (0, 0), angle: float = 0, scale: tuple[float, float] = (1, 1)
) -> tuple[Floats, Floats]:
    """Coordinates of each pixel in a frame at `centre`, turned by `angle` and so many times as large, each S x S."""
    side = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = (side - centre[0])[None, :], (side - centre[1])[:, None]
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return (x * cos + y * sin) / np.float32(scale[0]), (y * cos - x * sin) / np.float32(scale[1])


def _colour(family: tuple[tuple[int, int, int], ...], rng: np.random.Generator) -> Floats:
    """One of a family, a little off; now and then any colour at all."""
    if rng.random() < 0.1:
        return rng.uniform(0, 255, 3).astype(np.float32)
    return np.clip(
        np.array(family[rng.integers(len(family))]) * rng.uniform(0.7, 1.2) + rng.normal(0, 12, 3), 0, 255
    ).astype(np.float32)


def _mixed(share_SS: Floats, one: Floats, other: Floats) -> Floats:
    share_SS1 = np.clip(share_SS, 0, 1)[..., None]
    return share_SS1 * one + (1 - share_SS1) * other


def _blur(size: int, rng: np.random.Generator) -> Floats:
    image_SS3 = _mixed(cloud(size, 4, rng=rng) * 2 - 0.5, _colour(_GREENS, rng), _colour(_GREENS, rng))
    if rng.random() < 0.5:
        image_SS3 = _mixed(cloud(size, 3, rng=rng) * 4 - 2.5, _colour(_PETALS, rng), image_SS3)
    if rng.random() < 0.5:  # a stem
        _, y = grid(size, centre=tuple(rng.uniform(-0.6, 0.6, 2)), angle=rng.uniform(0, np.pi))
        image_SS3 = _mixed((rng.uniform(0.03, 0.2) - np.abs(y)) * size / 3, _colour(_GREENS, rng), image_SS3)
    return image_SS3


def _leaf(size: int, rng: np.random.Generator) -> Floats:
    x, y = grid(size, centre=tuple(rng.uniform(-0.5, 0.5, 2)), angle=rng.uniform(0, 2 * np.pi))
    y = y + rng.uniform(-0.2, 0.2) * x * x
    vein = np.abs(np.sin((x - rng.uniform(0.5, 1.5) * np.abs(y)) * rng.uniform(3, 9)))
    veins = np.maximum(
        1 - np.abs(y) * rng.uniform(15, 40), rng.uniform(0, 0.6) * (1 - vein * rng.uniform(3, 8))
    )
    green = _colour(_GREENS, rng)
    image_SS3 = _mixed(
        veins * rng.uniform(0.2, 0.8), green * rng.uniform(0.7, 1.6), green * (0.9 + 0.2 * vein[..., None])
    )
    edge = rng.uniform(0.4, 2) * np.sqrt(np.clip(1.2 - (x / rng.uniform(1, 3)) ** 2, 0.01, None)) - np.abs(y)
    return _mixed(edge * size / 3, image_SS3, _blur(size, rng) * rng.uniform(0.2, 1))


def _flower(size: int, rng: np.random.Generator) -> Floats:
    x, y = grid(
        size,
        centre=tuple(rng.uniform(-0.8, 0.8, 2)),
        angle=rng.uniform(0, 2 * np.pi),
        scale=(1, rng.uniform(0.5, 1)),
    )
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    petals, reach, heart = int(rng.integers(4, 16)), rng.uniform(0.6, 2), rng.uniform(0.05, 0.4)
    wave = np.abs(np.cos(petals / 2 * angle + rng.uniform(0, 1) * radius))
    edge = reach * (1 - rng.uniform(0.2, 0.7) * (1 - wave) ** rng.uniform(0.7, 3))
    petal = _colour(_PETALS, rng)
    shade = 1 - rng.uniform(0, 0.6) * (1 - wave) + rng.uniform(-0.3, 0.3) * (radius / reach)
    image_SS3 = _mixed(
        (edge - radius) * size / 3, petal * shade[..., None], _blur(size, rng) * rng.uniform(0.2, 1)
    )
    dots = cloud(size, size // 3, rng=rng)[..., None]
    return _mixed((heart - radius) * size / 3, _colour(_PETALS, rng) * (0.4 + dots), image_SS3)


def _florets(size: int, rng: np.random.Generator) -> Floats:
    image = Image.fromarray(np.clip(_blur(size, rng) * rng.uniform(0.2, 1), 0, 255).astype(np.uint8)).resize(
        (2 * size, 2 * size)
    )
    draw, petal = ImageDraw.Draw(image), _colour(_PETALS, rng)
    radius, spread = size * rng.uniform(0.04, 0.18), size * rng.uniform(0.3, 0.9)
    centre, thin, slant = (
        size + rng.uniform(-0.6, 0.6, 2) * size,
        rng.uniform(0.2, 1),
        rng.uniform(0, 2 * np.pi),
    )
    for x, y in centre + rng.normal(0, spread, (int(rng.integers(40, 90)), 2)) * (1, rng.uniform(0.3, 1)):
        turn = slant + rng.normal(0, 0.5)
        round_62 = (
            np.array([(np.cos(a), thin * np.sin(a)) for a in np.arange(6) * np.pi / 3])
            * radius
            * rng.uniform(0.6, 1.3)
        )
        turned = round_62 @ np.array(((np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn)))) + (x, y)
        colour = petal * rng.uniform(0.5, 1.2) + rng.normal(0, 8, 3)
        draw.polygon([tuple(p) for p in turned], fill=tuple(int(c) for c in np.clip(colour, 0, 255)))
    return np.asarray(image.reduce(2), dtype=np.float32)


def _soil(size: int, rng: np.random.Generator) -> Floats:
    weights = rng.dirichlet((1, 1, 1, 1))
    rough = sum(w * cloud(size, n, rng=rng) for w, n in zip(weights, (5, 12, size // 3, size), strict=True))
    share = (rough - 0.5) * rng.uniform(1, 5) + 0.5
    return _mixed(share, _colour(_BROWNS, rng), _colour(_BROWNS, rng))


def _bark(size: int, rng: np.random.Generator) -> Floats:
    weights, knots = rng.dirichlet((1, 1, 1)), int(rng.integers(2, 5))
    big = 2 * size  # turned, and the middle taken
    rough = sum(w * cloud(big, knots, rng=rng, stretch=n) for w, n in zip(weights, (3, 8, 20), strict=True))
    turned = Image.fromarray(rough).rotate(rng.uniform(0, 180), Image.Resampling.BILINEAR)
    middle = np.asarray(turned)[size // 2 : size // 2 + size, size // 2 : size // 2 + size]
    return _mixed((middle - 0.5) * rng.uniform(1.5, 5) + 0.5, _colour(_BROWNS, rng), _colour(_BROWNS, rng))


def _plain(size: int, rng: np.random.Generator) -> Floats:
    x, _ = grid(size, centre=tuple(rng.uniform(-0.5, 0.5, 2)), angle=rng.uniform(0, 2 * np.pi))
    sharp = rng.uniform(0.3, 1) if rng.random() < 0.6 else size / 3  # a slope of light, or an edge
    calm = _colour(_CALM, rng)
    return _mixed(
        x * sharp + 0.5, calm, calm * rng.uniform(0.6, 1.2) if rng.random() < 0.6 else _colour(_BROWNS, rng)
    )
