"""How the animals of `insects.py` look: proportions, colours and patterns of nineteen kinds."""

# An animal's own frame: x forward along the body, y to its right; a body is about 2 long

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BLACK", "KINDS", "RED", "Colour", "Kind", "Wings"]

Colour = tuple[int, int, int]
BLACK, DARK, RED, AMBER, YELLOW = (
    (22, 20, 20),
    (60, 40, 28),
    (140, 55, 25),
    (190, 120, 45),
    (225, 185, 50),
)
PALE, GREEN, BLUE, SCARLET, GREY = (
    (215, 190, 150),
    (90, 150, 60),
    (40, 70, 120),
    (200, 40, 25),
    (110, 105, 100),
)


@dataclass(frozen=True)
class Wings:
    """Pairs of wings: length and width, how far they spread (0 along the body, 1 across), how opaque."""

    pairs: int
    length: float
    width: float
    spread: float
    opaque: float = 0.3


@dataclass(frozen=True)
class Kind:
    """How one kind of animal is drawn.

    `segments` holds the middle, half length and half width of each from the last to the head; legs stand at the one
    numbered `chest`. `fuzz` and `shine` are in 0..1; lengths of legs and feelers in half bodies.
    """

    segments: tuple[tuple[float, float, float], ...]
    colours: tuple[Colour, ...]
    marks: tuple[Colour, ...] = ()
    pattern: str = "none"
    chest: int = 1
    fuzz: float = 0.0
    shine: float = 0.4
    legs: int = 3
    reach: float = 0.8
    thick: float = 0.05
    feelers: float = 0.4
    elbow: bool = False
    eyes: float = 0.12
    wings: Wings | None = None


KINDS: dict[str, Kind] = {
    "ant": Kind(
        ((-0.68, 0.36, 0.27), (-0.27, 0.08, 0.08), (0.1, 0.32, 0.14), (0.62, 0.24, 0.21)),
        colours=(BLACK, DARK, RED, AMBER), chest=2, shine=0.6, reach=1.0, thick=0.04, feelers=0.75,
        elbow=True, eyes=0.06,
    ),
    "winged ant": Kind(
        ((-0.65, 0.36, 0.24), (-0.27, 0.07, 0.07), (0.1, 0.34, 0.2), (0.6, 0.2, 0.18)),
        colours=(BLACK, DARK, RED), chest=2, reach=0.9, feelers=0.6, elbow=True,
        wings=Wings(2, 1.5, 0.35, 0.25),
    ),
    "termite": Kind(
        ((-0.45, 0.55, 0.26), (0.2, 0.28, 0.2), (0.65, 0.25, 0.23)),
        colours=(PALE, AMBER), chest=1, shine=0.2, reach=0.5, feelers=0.4, eyes=0.0,
    ),
    "honey bee": Kind(
        ((-0.5, 0.5, 0.31), (0.18, 0.3, 0.3), (0.6, 0.18, 0.24)),
        colours=(AMBER, DARK, GREY), marks=(BLACK, DARK), pattern="bands", fuzz=0.25, shine=0.15,
        reach=0.55, thick=0.07, feelers=0.35, elbow=True, eyes=0.17, wings=Wings(2, 0.95, 0.28, 0.4),
    ),
    "bumblebee": Kind(
        ((-0.4, 0.55, 0.46), (0.25, 0.4, 0.42), (0.7, 0.18, 0.24)),
        colours=(BLACK, BLACK, YELLOW), marks=(YELLOW, PALE, RED), pattern="broad", fuzz=0.5, shine=0.05,
        reach=0.6, thick=0.08, feelers=0.3, elbow=True, eyes=0.1, wings=Wings(2, 0.9, 0.3, 0.5),
    ),
    "dark bee": Kind(
        ((-0.45, 0.48, 0.32), (0.2, 0.3, 0.3), (0.6, 0.18, 0.25)),
        colours=(BLACK, DARK, BLUE), marks=(PALE, GREY), pattern="lines", fuzz=0.3, shine=0.3, reach=0.55,
        thick=0.07, feelers=0.35, elbow=True, eyes=0.16, wings=Wings(2, 0.9, 0.28, 0.4),
    ),
    "wasp": Kind(
        ((-0.6, 0.48, 0.24), (-0.05, 0.08, 0.06), (0.25, 0.28, 0.21), (0.65, 0.15, 0.2)),
        colours=(YELLOW, AMBER), marks=(BLACK,), pattern="bands", chest=2, shine=0.5, reach=0.8, thick=0.05,
        feelers=0.5, eyes=0.12, wings=Wings(2, 1.05, 0.18, 0.25),
    ),
    "hoverfly": Kind(
        ((-0.5, 0.52, 0.24), (0.2, 0.26, 0.24), (0.58, 0.16, 0.26)),
        colours=(YELLOW, AMBER), marks=(BLACK,), pattern="bands", shine=0.5, reach=0.45, thick=0.03,
        feelers=0.08, eyes=0.22, wings=Wings(1, 1.0, 0.28, 0.7, 0.15),
    ),
    "fly": Kind(
        ((-0.35, 0.4, 0.3), (0.2, 0.32, 0.3), (0.6, 0.17, 0.27)),
        colours=(GREY, BLACK, GREEN, BLUE), marks=(BLACK,), pattern="streaks", shine=0.7, reach=0.7,
        feelers=0.06, eyes=0.24, wings=Wings(1, 0.95, 0.34, 0.35, 0.2),
    ),
    "beetle": Kind(
        ((-0.25, 0.62, 0.42), (0.42, 0.16, 0.34), (0.68, 0.16, 0.2)),
        colours=(BLACK, DARK, GREEN, BLUE, RED), marks=(BLACK,), pattern="seam", shine=0.9, reach=0.55,
        thick=0.06, feelers=0.4, eyes=0.06,
    ),
    "ladybird": Kind(
        ((-0.1, 0.65, 0.58), (0.55, 0.2, 0.36), (0.75, 0.12, 0.2)),
        colours=(SCARLET, YELLOW, BLACK), marks=(BLACK, BLACK, SCARLET), pattern="spots", shine=0.9,
        reach=0.3, feelers=0.15, eyes=0.06,
    ),
    "longhorn": Kind(
        ((-0.3, 0.65, 0.24), (0.45, 0.17, 0.19), (0.72, 0.16, 0.17)),
        colours=(DARK, BLACK, GREY), marks=(PALE, YELLOW), pattern="blots", shine=0.4, reach=0.7,
        feelers=1.8, eyes=0.07,
    ),
    "shield bug": Kind(
        ((-0.2, 0.6, 0.45), (0.25, 0.28, 0.5), (0.68, 0.16, 0.18)),
        colours=(GREEN, DARK, GREY), marks=(DARK, PALE), pattern="blots", shine=0.2, reach=0.55, thick=0.04,
        feelers=0.5, eyes=0.05,
    ),
    "spider": Kind(
        ((-0.35, 0.55, 0.45), (0.4, 0.32, 0.28)),
        colours=(DARK, GREY, BLACK, AMBER), marks=(PALE, BLACK), pattern="blots", fuzz=0.15, shine=0.15,
        legs=4, reach=1.3, thick=0.06, feelers=0.2, eyes=0.05,
    ),
    "harvestman": Kind(
        ((-0.05, 0.4, 0.3), (0.2, 0.2, 0.2)),
        colours=(DARK, GREY, AMBER), marks=(PALE,), pattern="blots", shine=0.1, legs=4, reach=2.6,
        thick=0.025, feelers=0.0, eyes=0.0,
    ),
    "grasshopper": Kind(
        ((-0.45, 0.7, 0.17), (0.3, 0.28, 0.21), (0.7, 0.18, 0.18)),
        colours=(GREEN, AMBER, GREY), marks=(DARK,), pattern="streaks", shine=0.2, reach=0.85, thick=0.09,
        feelers=0.5, eyes=0.08,
    ),
    "butterfly": Kind(
        ((-0.35, 0.45, 0.09), (0.2, 0.22, 0.12), (0.5, 0.1, 0.1)),
        colours=(DARK, BLACK), marks=(), pattern="none", fuzz=0.2, reach=0.2, thick=0.02, feelers=0.6,
        eyes=0.04, wings=Wings(2, 1.2, 0.6, 0.8, 1.0),
    ),
    "dragonfly": Kind(
        ((-0.75, 0.85, 0.07), (0.25, 0.26, 0.17), (0.6, 0.13, 0.19)),
        colours=(BLUE, SCARLET, GREEN, DARK), marks=(BLACK,), pattern="bands", shine=0.6, reach=0.3,
        thick=0.03, feelers=0.0, eyes=0.17, wings=Wings(2, 1.5, 0.2, 0.95, 0.15),
    ),
    "caterpillar": Kind(
        tuple((x, 0.22, 0.2) for x in (-1.0, -0.72, -0.44, -0.16, 0.12, 0.4, 0.68)),
        colours=(GREEN, BLACK, AMBER, PALE), marks=(YELLOW, BLACK), pattern="seam", chest=4, fuzz=0.3,
        shine=0.1, reach=0.2, feelers=0.05, eyes=0.05,
    ),
}  # fmt: skip
