"""Sizes of images: the side of a square, or height and width."""

# H x W pixels

from __future__ import annotations

import re

__all__ = ["parse_size", "size_text"]

_SMALLEST, _LARGEST = 8, 1024
_PAIR = re.compile(r"(\d+)\s*[xX×]\s*(\d+)")

Size = int | tuple[int, int] | str


def parse_size(value: object) -> Size:
    """A side, (height, width), or `auto`, out of a number, a pair or a text; a square is always a side.

    Raises:
        ValueError: it is none of them, or out of range.

    >>> parse_size("64"), parse_size("64x96"), parse_size((32, 32)), parse_size("auto")
    (64, (64, 96), 32, 'auto')
    """
    if value == "auto":
        return "auto"
    sides = _sides(value)
    if not sides or not all(_SMALLEST <= side <= _LARGEST for side in sides):
        raise ValueError(
            f"{value!r} is neither a side of {_SMALLEST} to {_LARGEST} pixels, nor height x width like 64x96, "
            "nor 'auto'"
        )
    return sides[0] if sides[0] == sides[-1] else (sides[0], sides[-1])


def _sides(value: object) -> tuple[int, ...]:
    if isinstance(value, str):
        if match := _PAIR.fullmatch(value.strip()):
            return int(match[1]), int(match[2])
        return (int(value),) if value.strip().isdecimal() else ()
    if isinstance(value, list | tuple):
        return tuple(value) if len(value) == 2 and all(type(side) is int for side in value) else ()
    return (value,) if type(value) is int else ()


def size_text(size: Size) -> Size:
    """The size as `parse_size` reads it: a pair as text, all else as it is.

    >>> size_text((64, 96)), size_text(64)
    ('64x96', 64)
    """
    return f"{size[0]}x{size[1]}" if isinstance(size, tuple) else size
