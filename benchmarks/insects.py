"""A synthetic set to pretrain on: small animals of 19 kinds, or none, drawn by rule on seven grounds.

Each image is drawn from random numbers: bodies of shaded segments, legs, feelers and wings, seen from above or aside,
at any angle, size and place. Ants and bees are among the kinds, as they are among ImageNet's; nothing is traced from
any photo. Each kind is drawn equally often on each ground, so that the ground gives no kind away, and colours vary so
widely that they do not either.
"""

# S x S pixels; an animal's own frame: x forward along the body, y to its right, a body about 2 long

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.ImageDraw import Draw, ImageDraw

from fudemoji.data import ImageSet, LabelClass
from grounds import GROUNDS, Floats, blurred, cloud, grid, ground
from kinds import BLACK, KINDS, RED, Colour, Kind

__all__ = ["insects"]


def insects(num_train: int, num_valid: int, *, size: int = 40, seed: int = 0) -> ImageSet:
    """So many images of each kind on each ground; a class is a kind."""
    rng = np.random.default_rng(seed)
    kinds = (*KINDS, "nothing")
    labels_N, grounds_N = np.divmod(
        np.tile(np.arange(len(kinds) * len(GROUNDS)), num_train + num_valid), len(GROUNDS)
    )
    images_NCHW = np.empty((len(labels_N), 3, size, size), dtype=np.uint8)
    for image_CHW, label, place in zip(images_NCHW, labels_N, grounds_N, strict=True):
        image_SS3 = _image(KINDS.get(kinds[label]), GROUNDS[place], size=size, rng=rng)
        image_CHW[:] = image_SS3.transpose(2, 0, 1)
    cut = len(kinds) * len(GROUNDS) * num_train
    return ImageSet(
        name="insects",
        images=images_NCHW,
        labels=labels_N.astype(np.int64),
        classes=tuple(LabelClass(kind) for kind in kinds),
        splits={"train": np.arange(cut), "valid": np.arange(cut, len(labels_N))},
        source=f"benchmarks/insects.py, seed {seed}",
        synthetic=True,
        kind="photos",
    )


def _image(kind: Kind | None, place: str, *, size: int, rng: np.random.Generator) -> Floats:
    """One image, S x S x 3 in 0..255."""
    image_SS3 = ground(place, size=size, rng=rng)
    if kind is not None:
        scale = float(np.exp(rng.uniform(np.log(0.4), np.log(1.3))))
        for _ in range(1 + (rng.poisson(0.7) if scale < 0.6 else 0)):
            animal = _Animal(kind, scale=scale * rng.uniform(0.85, 1.15), size=size, rng=rng)
            image_SS3 = animal.over(image_SS3)
    image_SS3 = blurred(image_SS3, size / 64 * max(0.0, rng.uniform(-1, 1)))
    image_SS3 = (image_SS3 - 128) * rng.uniform(0.7, 1.4) + 128 + rng.uniform(-35, 35)
    image_SS3 = image_SS3 * rng.uniform(0.88, 1.12, 3) + rng.normal(0, rng.uniform(0, 8), image_SS3.shape)
    return np.clip(image_SS3, 0, 255).astype(np.float32)


class _Animal:
    """One animal at one place, drawn over an image part by part."""

    def __init__(self, kind: Kind, *, scale: float, size: int, rng: np.random.Generator) -> None:
        self.kind, self.size, self.rng = kind, size, rng
        self.is_aside = rng.random() < 0.4
        self.centre = rng.uniform(-0.6, 0.6, 2) * (1.2 - 0.6 * min(scale, 1.0))
        self.angle = rng.uniform(0, 2 * np.pi)
        foreshortened = rng.uniform(0.5, 1) if rng.random() < 0.4 else 1.0
        self.scale = (scale * foreshortened, scale * rng.uniform(0.75, 1.1) * rng.choice((-1, 1)))
        self.bend = rng.normal(0, 0.25)
        self.colour = _near(kind.colours, rng)
        self.mark = _near(kind.marks, rng) if kind.marks else self.colour
        self.limb = self.colour * rng.uniform(0.4, 1) if rng.random() < 0.6 else np.array(BLACK, np.float32)
        self.light = rng.uniform(-0.7, 0.7, 2)
        self.segments = [
            (x + rng.normal(0, 0.03), a * rng.uniform(0.85, 1.15), b * rng.uniform(0.8, 1.2))
            for x, a, b in kind.segments
        ]
        self.x, y = grid(size, centre=(self.centre[0], self.centre[1]), angle=self.angle, scale=self.scale)
        self.y = y - self.bend * self.x**2

    def over(self, image_SS3: Floats) -> Floats:
        """The image with the animal upon it."""
        image_SS3 = self._shadow(image_SS3)
        image_SS3 = self._drawn(image_SS3, self._limbs, self.limb)
        for number in range(len(self.segments)):
            image_SS3 = self._segment(image_SS3, number)
        image_SS3 = self._eyes(image_SS3)
        return self._drawn(image_SS3, self._wings, self._wing_colour()) if self.kind.wings else image_SS3

    def _shadow(self, image_SS3: Floats) -> Floats:
        if self.rng.random() < 0.4:
            return image_SS3
        x, y = self.rng.normal(0, 0.25, 2)
        radius = np.hypot((self.x - x) / 1.1, (self.y - y) / self.rng.uniform(0.4, 0.8))
        return image_SS3 * (1 - self.rng.uniform(0.2, 0.6) * np.clip(1.3 - radius, 0, 1)[..., None])

    def _inside(
        self, x: float, y: float, half: tuple[float, float], *, fuzz: float = 0.0
    ) -> tuple[Floats, Floats, Floats]:
        """Coordinates within an ellipse, -1..1 each, and the share of each pixel that it covers."""
        u, v = (self.x - x) / half[0], (self.y - y) / half[1]
        radius = np.sqrt(u * u + v * v)
        if fuzz:
            radius = radius * (1 + 0.7 * fuzz * (self._hair() - 0.5))
        pixels = min(half[0] * self.scale[0], half[1] * abs(self.scale[1])) * self.size / 2
        return u, v, np.clip((1 - radius) * pixels / (1 + 3 * fuzz) + 0.5, 0, 1)

    def _hair(self) -> Floats:
        return cloud(self.size, self.size * 2 // 3, rng=self.rng)

    def _segment(self, image_SS3: Floats, number: int) -> Floats:
        x, a, b = self.segments[number]
        kind = self.kind
        u, v, cover = self._inside(x, 0.0, (a, b), fuzz=kind.fuzz)
        height = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
        facing = self.light[0] * u + self.light[1] * v + 0.8 * height
        shade = 0.45 + 0.6 * facing
        if kind.fuzz:
            shade = shade * (1 + kind.fuzz * (self._hair() - 0.5))
        marks_SS1 = self._pattern(u, v, number)[..., None]
        colour_SS3 = (self.mark * marks_SS1 + self.colour * (1 - marks_SS1)) * shade[..., None]
        colour_SS3 = colour_SS3 + 230 * kind.shine * (np.clip(facing, 0, 1) ** 12)[..., None]
        return image_SS3 + cover[..., None] * (colour_SS3 - image_SS3)

    def _pattern(self, u: Floats, v: Floats, number: int) -> Floats:
        """Where a segment has the colour of the marks, 0..1; most patterns are on the hindmost alone."""
        rng, pattern = self.rng, self.kind.pattern
        if pattern == "none" or (number and pattern not in ("broad", "streaks", "seam")):
            return np.zeros_like(u)
        pitch, start = rng.uniform(0.7, 1.3), rng.uniform(0, 2 * np.pi)
        wave = {
            "bands": lambda: np.sin(9 * pitch * u + start + 0.4 * v * v) + rng.uniform(-0.4, 0.4),
            "lines": lambda: np.sin(9 * pitch * u + start) - 0.75,
            "broad": lambda: np.sin(3 * pitch * u + start),
            "streaks": lambda: np.sin(6 * pitch * v) - 0.3,
            "seam": lambda: 0.06 - np.abs(v),
            "spots": lambda: np.sin(5 * pitch * u + 1) * np.sin(5 * pitch * np.abs(v)) - 0.35,
            "blots": lambda: (cloud(self.size, self.size // 8, rng=rng) - 0.6) * 3,
        }[pattern]()
        return np.clip(wave * 4 + 0.5, 0, 1).astype(np.float32)

    def _eyes(self, image_SS3: Floats) -> Floats:
        size = self.kind.eyes * self.rng.uniform(0.8, 1.2)
        if not size:
            return image_SS3
        x, a, b = self.segments[-1]
        colour = np.array(BLACK if self.rng.random() < 0.6 else RED, np.float32) * self.rng.uniform(0.5, 1.5)
        for side in (-1, 1):
            u, v, cover = self._inside(x + 0.3 * a, side * 0.75 * b, (size, size * 0.8))
            glint_SS1 = 120 * np.clip(1 - 3 * np.hypot(u + 0.3, v + 0.3), 0, 1)[..., None]
            image_SS3 = image_SS3 + cover[..., None] * (colour + glint_SS1 - image_SS3)
        return image_SS3

    def _drawn(self, image_SS3: Floats, part: Callable[[ImageDraw, Colour], None], colour: Floats) -> Floats:
        """The image with lines and areas upon it, drawn at twice the size."""
        red, green, blue = (int(c) for c in np.clip(colour, 0, 255))
        layer = Image.new("RGBA", (2 * self.size, 2 * self.size), (red, green, blue, 0))
        part(Draw(layer), (red, green, blue))
        drawn = np.asarray(layer.reduce(2), dtype=np.float32)
        return image_SS3 + drawn[..., 3:] / 255 * (drawn[..., :3] - image_SS3)

    def _seen(self, *points_2: Floats) -> list[tuple[float, float]]:
        """Points of the animal's frame in pixels of the layer."""
        x, y = np.stack(points_2, axis=1)
        x, y = x * self.scale[0], (y + self.bend * x * x) * self.scale[1]
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        right, down = self.centre[0] + x * cos - y * sin, self.centre[1] + x * sin + y * cos
        return list(zip((right + 1) * self.size, (down + 1) * self.size, strict=True))

    def _limbs(self, draw: ImageDraw, colour: Colour) -> None:
        """Legs of two parts each; seen aside, all of them hang down."""
        kind, rng = self.kind, self.rng
        x, a, b = self.segments[kind.chest]
        thick = kind.thick * rng.uniform(0.7, 1.5)
        for side in (-1, 1):
            out = 1 if self.is_aside else side
            for leg, slant in enumerate(np.linspace(2.4, 0.7, kind.legs)):
                root = np.array((x + a * (2 * (leg + 0.5) / kind.legs - 1) * 0.7, out * b * 0.5))
                turn, reach = slant + rng.normal(0, 0.2), kind.reach * rng.uniform(0.75, 1.2)
                lift = 0.5 * (turn - np.pi / 2)
                knee = root + 0.5 * reach * _towards(turn - lift, out)
                foot = knee + 0.65 * reach * _towards(turn + lift, out)
                draw.line(self._seen(root, knee), fill=(*colour, 255), width=self._pixels(2 * thick))
                draw.line(self._seen(knee, foot), fill=(*colour, 255), width=self._pixels(1.2 * thick))
        if kind.feelers:
            self._feelers(draw, colour)

    def _feelers(self, draw: ImageDraw, colour: Colour) -> None:
        kind, rng = self.kind, self.rng
        x, a, b = self.segments[-1]
        for side in (-1, 1):
            length, turn = kind.feelers * rng.uniform(0.8, 1.2), rng.uniform(0.3, 1.2)
            knee = np.array((x + 0.7 * a, side * 0.3 * b)) + 0.5 * length * _towards(turn, side)
            turn -= rng.uniform(0.6, 1.5) if kind.elbow else rng.uniform(-0.4, 0.2)
            tip = knee + 0.6 * length * _towards(turn, side)
            points = self._seen(np.array((x + 0.7 * a, side * 0.3 * b)), knee, tip)
            draw.line(points, fill=(*colour, 255), width=self._pixels(0.04))

    def _pixels(self, length: float) -> int:
        return max(1, round(length * self.scale[0] * self.size))

    def _wing_colour(self) -> Floats:
        if self.kind.wings and self.kind.wings.opaque == 1:
            return self.rng.uniform(20, 250, 3).astype(np.float32)
        return (self.rng.uniform(60, 235) * self.rng.uniform(0.85, 1.1, 3)).astype(np.float32)

    def _wings(self, draw: ImageDraw, colour: Colour) -> None:
        """Egg-shaped wings with two veins each; seen aside, all of them point up."""
        wings, rng = self.kind.wings, self.rng
        assert wings is not None
        x, a, b = self.segments[self.kind.chest]
        opaque = int(255 * min(1, wings.opaque * rng.uniform(0.6, 1.4)))
        dark = (colour[0] // 2, colour[1] // 2, colour[2] // 2)
        spread = np.pi - wings.spread * rng.uniform(0.6, 1.4) * np.pi / 2
        around = np.linspace(0, 2 * np.pi, 18)
        for pair in reversed(range(wings.pairs)):
            length = wings.length * (1 - 0.25 * pair) * rng.uniform(0.9, 1.1)
            width = wings.width * rng.uniform(0.8, 1.2) / 2 * np.sin(around) * (1 + 0.3 * np.cos(around))
            for side in (-1, 1):
                out = -1 if self.is_aside else side
                turn = spread + 0.3 * pair * wings.spread + (0.25 * side if self.is_aside else 0)
                along, across = _towards(turn, out), _towards(turn + np.pi / 2, out)
                root = np.array((x + 0.2 * a - 0.3 * a * pair, out * 0.4 * b))
                reach = length / 2 * (1 + np.cos(around))
                edge = [root + r * along + w * across for r, w in zip(reach, width, strict=True)]
                draw.polygon(self._seen(*edge), (*colour, opaque), outline=(*dark, min(255, opaque + 80)))
                for vein in (-0.2, 0.15):
                    tip = root + 0.85 * length * along + vein * wings.width * across
                    draw.line(self._seen(root, tip), fill=(*dark, min(255, opaque + 50)), width=1)


def _towards(turn: float, side: int) -> Floats:
    """A step of length 1, `turn` away from forward on one side of the body."""
    return np.array((np.cos(turn), side * np.sin(turn)), dtype=np.float32)


def _near(family: tuple[Colour, ...], rng: np.random.Generator) -> Floats:
    """One of a family of colours, a little off; now and then any colour at all."""
    if rng.random() < 0.15:
        return rng.uniform(0, 255, 3).astype(np.float32)
    colour = np.array(family[rng.integers(len(family))]) * rng.uniform(0.6, 1.3) + rng.normal(0, 12, 3)
    return np.clip(colour, 0, 255).astype(np.float32)


def _write_sheet(path: Path) -> None:
    """Each kind (across) on each ground (down)."""
    images = insects(1, 1).images[: len(GROUNDS) * (len(KINDS) + 1)]
    columns, side = len(KINDS) + 1, images.shape[-1]
    cells = images.reshape(columns, len(GROUNDS), 3, side, side).transpose(1, 3, 0, 4, 2)
    Image.fromarray(cells.reshape(len(GROUNDS) * side, columns * side, 3)).save(path, quality=85)


if __name__ == "__main__":
    _write_sheet(Path(__file__).with_name("results") / "insects.jpg")
