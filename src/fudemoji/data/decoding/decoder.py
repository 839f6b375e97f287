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
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data.decoding.how import USUAL_SIDE, Decoding
from fudemoji.data.decoding.picture import ImageError, fitted, flatten, read_bytes
from fudemoji.data.listing import Item, Problem, ProblemKind
from fudemoji.errors import DataError

__all__ = [
    "THUMB_SIDE",
    "Batch",
    "Plan",
    "Refuted",
    "batches",
    "content_hashes",
    "guess",
]

THUMB_SIDE = 32
_NATIVE_AT_MOST = 128
_NUM_PEEKS = 8
_CHUNK = 16
_NOTHING = hashlib.sha256(b"").digest()

R = TypeVar("R")
# (R, C, H, W) or (R, C, T, H, W), a thumbnail, and what is odd about it
_Pixels = tuple[NDArray[np.uint8], NDArray[np.uint8], Problem | None]


@dataclass(frozen=True)
class Plan:
    """What is decoded to: height, width, and 1 or 3 channels; both may be guesses that an image refutes."""

    height: int
    width: int
    channels: int
    is_size_guessed: bool = False
    is_grey_guessed: bool = False


@dataclass(frozen=True)
class Batch:
    """A few items, decoded.

    Attributes:
        pixels: uint8 (R, C, H, W) or (R, C, T, H, W), of all that could be decoded; None where nothing could.
        rows_M: int64, how many of these rows each of the M items that could be decoded has.
        thumbs_MHW: uint8 (M, 32, 32).
        hashes: SHA-256 of each of the M items' pixels, uint8 (M, 32).
        problems: why the others could not be decoded.
        content_hashes: SHA-256 of the bytes of every item.
    """

    pixels: NDArray[np.uint8] | None
    rows_M: NDArray[np.int64]
    thumbs_MHW: NDArray[np.uint8]
    hashes: NDArray[np.uint8]
    problems: tuple[Problem, ...]
    content_hashes: tuple[bytes, ...]


class Refuted(Exception):  # no error: the guess was wrong, and `plan` is right
    """An image that the plan's guess does not fit."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


def guess(items: Sequence[Item], how: Decoding) -> Plan:
    """A plan after a look at the first few images that can be read; what is not given is guessed.

    A guess of 64 px, or of RGB, is certain; the others hold until an image refutes them.
    """
    plan = Plan(*how.height_width, how.channels or 3, how.size is None, how.channels is None)
    if not (plan.is_size_guessed or plan.is_grey_guessed):
        return plan
    pictures = list(islice((picture for item in items if (picture := _glance(item))), _NUM_PEEKS))
    sizes = {picture.size for picture in pictures}
    if plan.is_size_guessed:
        width, height = sizes.pop() if len(sizes) == 1 else (0, 1)
        is_native = width == height <= _NATIVE_AT_MOST
        side = width if is_native else USUAL_SIDE
        plan = replace(plan, height=side, width=side, is_size_guessed=is_native)
    if plan.is_grey_guessed:
        is_grey = bool(pictures) and all(_fit_grey(picture, plan, how) for picture in pictures)
        plan = replace(plan, channels=1 if is_grey else 3, is_grey_guessed=is_grey)
    return plan


def _glance(item: Item) -> Image.Image | None:
    try:
        return read_bytes(item.read(), name=item.name)
    except (DataError, OSError):
        return None


def batches(items: Sequence[Item], how: Decoding, plan: Plan, *, is_clips: bool) -> Iterator[Batch]:
    """All items decoded, a few at a time and in order; a few dozen are under way at any time.

    Raises:
        Refuted: an image does not fit a guess of the plan.
    """
    function = _clip if is_clips else _image
    return _in_parallel(lambda part: _batch(part, function, how, plan), items, size=1 if is_clips else _CHUNK)


def content_hashes(items: Sequence[Item]) -> Iterator[bytes]:
    """The SHA-256 of each item's bytes, in order."""
    for part in _in_parallel(lambda part: [_read(item)[1] for item in part], items, size=_CHUNK):
        yield from part


def _in_parallel(function: Callable[[Sequence[Item]], R], items: Sequence[Item], *, size: int) -> Iterator[R]:
    """`function` of every `size` items, in order, by as many threads as there are cores.

    Pillow and the hashes let go of the interpreter's lock.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ThreadPoolExecutor(cores)
    waiting: deque[Future[R]] = deque()
    try:
        for start in range(0, len(items), size):
            waiting.append(pool.submit(function, items[start : start + size]))
            if len(waiting) > 4 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _read(item: Item, *, is_clip: bool = False) -> tuple[bytes | Path | Problem, bytes]:
    """The item's bytes, of a video its path where it has one, or why there are none; and their SHA-256."""
    try:
        if is_clip and item.path is not None:
            with item.path.open("rb") as file:
                return item.path, hashlib.file_digest(file, "sha256").digest()
        content = item.read()
    except (OSError, DataError) as error:
        kind: ProblemKind = "missing" if isinstance(error, FileNotFoundError) else "broken"
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        return Problem(item.name, kind, f"cannot be read: {reason}"), hashlib.sha256(reason.encode()).digest()
    return content, hashlib.sha256(content).digest()


def _kind_of(error: DataError, content_hash: bytes) -> ProblemKind:
    if content_hash == _NOTHING:
        return "empty"
    if isinstance(error, ImageError):
        return error.kind
    return "truncated" if "cut off" in str(error) else "huge" if "more than" in str(error) else "broken"


def _batch(
    items: Sequence[Item],
    function: Callable[[Any, Item, Decoding, Plan], _Pixels],
    how: Decoding,
    plan: Plan,
) -> Batch:
    found: list[_Pixels] = []
    problems, hashes = [], []
    for item in items:
        content, content_hash = _read(item, is_clip=function is _clip)
        hashes.append(content_hash)
        if isinstance(content, Problem):
            problems.append(content)
            continue
        try:
            found.append(function(content, item, how, plan))
            problems += [problem for problem in found[-1][2:] if problem]
        except DataError as error:
            kind = _kind_of(error, content_hash)
            problems.append(Problem(item.name, kind, str(error).removeprefix(item.name).strip()))
    digests = b"".join(hashlib.sha256(pixels.data).digest() for pixels, *_ in found)
    return Batch(
        pixels=np.concatenate([pixels for pixels, *_ in found]) if found else None,
        rows_M=np.array([len(pixels) for pixels, *_ in found], dtype=np.int64),
        thumbs_MHW=np.array([thumb for _, thumb, _ in found], dtype=np.uint8).reshape(
            -1, THUMB_SIDE, THUMB_SIDE
        ),
        hashes=np.frombuffer(digests, np.uint8).reshape(-1, 32),
        problems=tuple(problems),
        content_hashes=tuple(hashes),
    )


def _image(content: bytes, item: Item, how: Decoding, plan: Plan) -> _Pixels:
    least = 0 if plan.is_size_guessed else max(plan.height, plan.width)
    picture = read_bytes(content, name=item.name, least=least)
    if plan.is_size_guessed and picture.size != (plan.width, plan.height):
        raise Refuted(replace(plan, height=USUAL_SIDE, width=USUAL_SIDE, is_size_guessed=False))
    if plan.is_grey_guessed:
        grey = _fit_grey(picture, plan, how)
        if grey is None:
            raise Refuted(replace(plan, channels=3, is_grey_guessed=False))
        small = grey
    else:
        small = _fit(picture, "L" if plan.channels == 1 else "RGB", plan, how)
    shape = (plan.height, plan.width, plan.channels)
    pixels_HWC = np.frombuffer(small.tobytes(), np.uint8).reshape(shape)
    return np.ascontiguousarray(pixels_HWC.transpose(2, 0, 1))[None], _thumb(small), None


def _thumb(picture: Image.Image, side: int = THUMB_SIDE) -> NDArray[np.uint8]:
    grey = picture.convert("L")
    if grey.width == grey.height and grey.width % side == 0:
        grey = grey.reduce(grey.width // side)
    else:
        grey = grey.resize((side, side), Image.Resampling.BOX)
    return np.frombuffer(grey.tobytes(), np.uint8).reshape(side, side)


def _fit(picture: Image.Image, mode: str, plan: Plan, how: Decoding) -> Image.Image:
    return fitted(flatten(picture, mode), height=plan.height, width=plan.width, how=how.fit)


def _fit_grey(picture: Image.Image, plan: Plan, how: Decoding) -> Image.Image | None:
    """The fitted picture in grey; None if it has a pixel of another colour."""
    if picture.mode in ("1", "L", "I;16", "I;16B", "I", "F"):
        return _fit(picture, "L", plan, how)
    small = _fit(picture, "RGB", plan, how)
    pixels_HWC = np.asarray(small)
    return small.convert("L") if (pixels_HWC == pixels_HWC[:, :, :1]).all() else None


def _clip(content: bytes | Path, item: Item, how: Decoding, plan: Plan) -> _Pixels:
    from fudemoji.data.decoding.video import read_video

    video = read_video(
        content, name=item.name, frames=how.frames, sampling=how.sampling, height=plan.height, width=plan.width,
        fit=how.fit,
    )  # fmt: skip
    short = None
    if video.num_frames < how.frames:
        count = f"{video.num_frames} frame{'s' if video.num_frames > 1 else ''}"
        short = Problem(item.name, "short", f"has {count}, fewer than {how.frames}: they are repeated evenly")
    return np.ascontiguousarray(video.clips_RCTHW), _mosaic(video.clips_RCTHW), short


def _mosaic(pixels_RCTHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Four frames of a clip side by side, so that clips that differ in nothing but their motion differ here too."""
    num_rows, _, num_frames = pixels_RCTHW.shape[:3]
    tiles = []
    for place in range(4):
        row, frame = divmod(place * (num_rows * num_frames - 1) // 3, num_frames)
        pixels_HWC = np.ascontiguousarray(pixels_RCTHW[row, :, frame].transpose(1, 2, 0))
        picture = Image.fromarray(pixels_HWC[:, :, 0] if pixels_HWC.shape[2] == 1 else pixels_HWC)
        tiles.append(_thumb(picture, THUMB_SIDE // 2))
    return np.block([tiles[:2], tiles[2:]])
