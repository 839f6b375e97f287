"""Many images or clips at once: decoded by several threads, handed over in the listing's order."""

# R rows of an item (windows of a clip; 1 of an image), C channels, T frames, H x W pixels

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data.decode import Fit, fitted, flatten, read_image, to_array
from fudemoji.data.listing import Item, Problem
from fudemoji.errors import DataError

__all__ = [
    "THUMB_SIDE",
    "Decoding",
    "Failure",
    "Plan",
    "Refuted",
    "Sample",
    "content_hashes",
    "guess",
    "samples",
]

THUMB_SIDE = 32
_NATIVE_AT_MOST = 128
_USUAL_SIDE = 64
_NUM_PEEKS = 8
_CHUNK = 8

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How images become arrays of one size.

    Attributes:
        size: pixels of the square's side; None keeps square images that are all alike and of at most 128 px as
            they are, and brings everything else to 64.
        fit: how a picture of other proportions is fitted.
        channels: 1 for grey, 3 for RGB, None for grey only if every image is grey.
        frames: of each clip; without meaning for images.
        sampling: clips: one with frames from everywhere in the video, or windows of consecutive frames.
    """

    size: int | None = None
    fit: Fit = "crop"
    channels: int | None = None
    frames: int = 16
    sampling: Literal["uniform", "windows"] = "uniform"


@dataclass(frozen=True)
class Plan:
    """What is decoded to: a square's side and 1 or 3 channels; both may be guesses that an image refutes."""

    side: int
    channels: int
    is_side_guessed: bool = False
    is_grey_guessed: bool = False


@dataclass(frozen=True)
class Sample:
    """One item, decoded: pixels uint8 (R, C, H, W) or (R, C, T, H, W), a grey thumbnail, two SHA-256."""

    pixels: NDArray[np.uint8]
    thumb: NDArray[np.uint8]
    pixel_hash: bytes
    content_hash: bytes


@dataclass(frozen=True)
class Failure:
    """An item that could not be decoded."""

    problem: Problem
    content_hash: bytes


class Refuted(Exception):  # no error: the guess was wrong, and `plan` is right
    """An image that the plan's guess does not fit."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


def guess(items: Sequence[Item], how: Decoding) -> Plan:
    """A plan after a look at the first few images that can be read; what is not given is guessed.

    A guess of 64 px, or of RGB, is certain; the others hold until an image refutes them.
    """
    plan = Plan(how.size or _USUAL_SIDE, how.channels or 3, how.size is None, how.channels is None)
    if not (plan.is_side_guessed or plan.is_grey_guessed):
        return plan
    pictures = list(islice((picture for item in items if (picture := _glance(item))), _NUM_PEEKS))
    sizes = {picture.size for picture in pictures}
    if plan.is_side_guessed:
        width, height = sizes.pop() if len(sizes) == 1 else (0, 1)
        is_native = width == height <= _NATIVE_AT_MOST
        plan = replace(plan, side=width if is_native else _USUAL_SIDE, is_side_guessed=is_native)
    if plan.is_grey_guessed:
        is_grey = bool(pictures) and all(_fit_grey(picture, plan, how) for picture in pictures)
        plan = replace(plan, channels=1 if is_grey else 3, is_grey_guessed=is_grey)
    return plan


def _glance(item: Item) -> Image.Image | None:
    try:
        return read_image(item.read(), name=item.name)
    except (DataError, OSError):
        return None


def samples(
    items: Sequence[Item], how: Decoding, plan: Plan, *, is_clips: bool
) -> Iterator[Sample | Failure]:
    """Every item decoded, in order; a few dozen are under way at any time.

    Raises:
        Refuted: an image does not fit a guess of the plan.
    """
    decode = _decode_clip if is_clips else _decode_image
    return _in_parallel(lambda item: decode(item, how, plan), items, chunk=1 if is_clips else _CHUNK)


def content_hashes(items: Sequence[Item]) -> Iterator[bytes]:
    """The SHA-256 of each item's bytes, in order."""

    def one(item: Item) -> bytes:
        try:
            return hashlib.sha256(item.read()).digest()
        except (OSError, DataError) as error:
            return _unread(item, error).content_hash

    return _in_parallel(one, items, chunk=_CHUNK)


def _in_parallel(function: Callable[[T], R], items: Sequence[T], *, chunk: int) -> Iterator[R]:
    """`function` of each item, in order, by as many threads as there are cores; Pillow lets go of the lock."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ThreadPoolExecutor(cores)
    waiting: deque[Future[list[R]]] = deque()
    try:
        for start in range(0, len(items), chunk):
            waiting.append(pool.submit(_each, function, items[start : start + chunk]))
            if len(waiting) > 4 * cores:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _each(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    return [function(item) for item in items]


def _decode_image(item: Item, how: Decoding, plan: Plan) -> Sample | Failure:
    try:
        content = item.read()
    except (OSError, DataError) as error:
        return _unread(item, error)
    content_hash = hashlib.sha256(content).digest()
    try:
        if not content:
            raise DataError(f"{item.name} is empty")
        least = 0 if plan.is_side_guessed else plan.side
        picture = read_image(content, name=item.name, least=least)
    except DataError as error:
        return Failure(_problem(item, content, error), content_hash)
    if plan.is_side_guessed and picture.size != (plan.side, plan.side):
        raise Refuted(replace(plan, side=_USUAL_SIDE, is_side_guessed=False))
    if plan.is_grey_guessed:
        grey = _fit_grey(picture, plan, how)
        if grey is None:
            raise Refuted(replace(plan, channels=3, is_grey_guessed=False))
        small = grey
    else:
        small = _fit(picture, "L" if plan.channels == 1 else "RGB", plan, how)
    pixels = np.ascontiguousarray(to_array(small))
    thumb = small.convert("L").resize((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BOX)
    return Sample(pixels[None], np.asarray(thumb), hashlib.sha256(pixels.data).digest(), content_hash)


def _fit(picture: Image.Image, mode: str, plan: Plan, how: Decoding) -> Image.Image:
    return fitted(flatten(picture, mode), height=plan.side, width=plan.side, how=how.fit)


def _fit_grey(picture: Image.Image, plan: Plan, how: Decoding) -> Image.Image | None:
    """The fitted picture in grey; None if it has a pixel of another colour."""
    if picture.mode in ("1", "L", "I;16", "I;16B", "I", "F"):
        return _fit(picture, "L", plan, how)
    small = _fit(picture, "RGB", plan, how)
    pixels_HWC = np.asarray(small)
    return small.convert("L") if (pixels_HWC == pixels_HWC[:, :, :1]).all() else None


def _decode_clip(item: Item, how: Decoding, plan: Plan) -> Sample | Failure:
    from fudemoji.data.video import read_clip

    try:
        content = item.read()
    except (OSError, DataError) as error:
        return _unread(item, error)
    content_hash = hashlib.sha256(content).digest()
    try:
        if not content:
            raise DataError(f"{item.name} is empty")
        pixels_RCTHW = read_clip(
            content, name=item.name, frames=how.frames, sampling=how.sampling,
            height=plan.side, width=plan.side, fit=how.fit,
        )  # fmt: skip
    except DataError as error:
        return Failure(_problem(item, content, error), content_hash)
    pixels_RCTHW = np.ascontiguousarray(pixels_RCTHW)
    return Sample(
        pixels_RCTHW, _mosaic(pixels_RCTHW), hashlib.sha256(pixels_RCTHW.data).digest(), content_hash
    )


def _mosaic(pixels_RCTHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Four frames of a clip side by side, so that clips that differ in their motion only differ here too."""
    side = THUMB_SIDE // 2
    sheet = Image.new("L", (THUMB_SIDE, THUMB_SIDE))
    num_rows, _, num_frames = pixels_RCTHW.shape[:3]
    for place in range(4):
        row, frame = divmod(place * (num_rows * num_frames - 1) // 3, num_frames)
        pixels_HWC = pixels_RCTHW[row, :, frame].transpose(1, 2, 0)
        picture = Image.fromarray(pixels_HWC[:, :, 0] if pixels_HWC.shape[2] == 1 else pixels_HWC.copy())
        tile = picture.convert("L").resize((side, side), Image.Resampling.BOX)
        sheet.paste(tile, ((place % 2) * side, (place // 2) * side))
    return np.asarray(sheet)


def _problem(item: Item, content: bytes, error: DataError) -> Problem:
    detail = str(error).removeprefix(item.name).strip(" :")
    if not content:
        return Problem(item.name, "empty", detail)
    if ("pixels" in detail and "more than" in detail) or "too large" in detail:
        return Problem(item.name, "huge", detail)
    return Problem(item.name, "truncated" if "truncated" in detail else "broken", detail)


def _unread(item: Item, error: OSError | DataError) -> Failure:
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    kind: Literal["missing", "broken"] = "missing" if isinstance(error, FileNotFoundError) else "broken"
    return Failure(
        Problem(item.name, kind, f"cannot be read: {reason}"), hashlib.sha256(reason.encode()).digest()
    )
