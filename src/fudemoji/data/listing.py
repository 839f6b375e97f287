"""What lies in a source before anything is decoded: its items, their labels and splits, and what is odd about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fudemoji.data.sets import Kind, LabelClass

__all__ = ["IMAGE_SUFFIXES", "VIDEO_SUFFIXES", "Item", "Listing", "Problem", "ProblemKind"]

IMAGE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".ppm",
     ".pgm", ".pbm", ".pnm", ".jp2", ".tga", ".ico", ".avif")
)  # fmt: skip
VIDEO_SUFFIXES = frozenset(
    (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv")
)

ProblemKind = Literal["broken", "truncated", "empty", "huge", "stray", "missing", "short", "changed"]


@dataclass(frozen=True)
class Item:
    """An image or video before it is decoded.

    Attributes:
        name: where it lies in its source, with `/` between folders; unique.
        labels: places in the listing's classes; exactly one unless the set is multi-label.
        read: its bytes; raises OSError or DataError. Safe to call from several threads.
        split: `train`, `valid`, `test`, or empty where the source names none.
        stamp: what changes when the content may have: size and time of change, a checksum, a row.
        path: the file on the disk, where it is one of its own.
    """

    name: str
    labels: tuple[int, ...]
    read: Callable[[], bytes] = field(repr=False, compare=False)
    split: str = ""
    stamp: tuple[int | str, ...] = ()
    path: Path | None = None


@dataclass(frozen=True)
class Problem:
    """A file that is not trained on, and why."""

    name: str
    kind: ProblemKind
    detail: str

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


@dataclass(frozen=True)
class Listing:
    """A source of encoded images or videos.

    Attributes:
        name: short name, used in run names.
        source: the path it was listed from.
        kind: what it holds.
        classes: in label order.
        items: in a fixed order.
        problems: what was passed over while listing.
        is_multi_label: whether an image may have several labels, or none.
    """

    name: str
    source: str
    kind: Kind
    classes: tuple[LabelClass, ...]
    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    is_multi_label: bool = False
