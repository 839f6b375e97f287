"""A clip as one picture, for sheets and reports."""

# C channels, T frames, H x W pixels

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["film"]

_LARGE = 48  # pixels of a frame's shorter side, from which half of them will do


def film(clip_CTHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Four frames of a clip in a square, to be read like a page: uint8 (C, H', W').

    They are its first and its last frame, and two between. Frames of 48 pixels and more are halved, so that the
    picture is no larger than a frame.

    >>> film(np.zeros((3, 16, 112, 112), np.uint8)).shape
    (3, 112, 112)
    """
    last = clip_CTHW.shape[1] - 1
    frames = [clip_CTHW[:, round(last * part / 3)] for part in range(4)]
    if min(clip_CTHW.shape[2:]) >= _LARGE:
        frames = [_halved(frame) for frame in frames]
    above, below = (np.concatenate(pair, axis=2) for pair in (frames[:2], frames[2:]))
    return np.concatenate([above, below], axis=1)


def _halved(frame_CHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    channels, height, width = frame_CHW.shape
    even = frame_CHW[:, : height // 2 * 2, : width // 2 * 2]
    cells = even.reshape(channels, height // 2, 2, width // 2, 2)
    halved: NDArray[np.uint8] = (cells.mean(axis=(2, 4)) + 0.5).astype(np.uint8)
    return halved
