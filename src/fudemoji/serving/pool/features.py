"""Features, asked of a pool's processes: what the last layer of a model reads of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fudemoji.serving.pool.answers import ImageRefused, refusal
from fudemoji.serving.pool.process import ProcessEnded
from fudemoji.serving.pool.processes import Processes
from fudemoji.wire import Frame

__all__ = ["Features", "features_of"]

Features = NDArray[np.float32] | ImageRefused


async def features_of(processes: Processes, run: Path, images: Sequence[bytes]) -> list[Features]:
    """What `Pool.features` says; where a process ends over a batch, its images are tried one by one."""
    if not images:
        return []
    try:
        frame = await processes.ask({"do": "features", "run": str(run)}, images)
    except ProcessEnded:
        frame = Frame({"error": {"kind": "crash"}})
    told = frame.header.get("error")
    if told is None:
        return _rows(frame)
    if told["kind"] != "crash":
        raise refusal(told)
    if len(images) == 1:
        return [ImageRefused("fatal")]
    return [found for image in images for found in await features_of(processes, run, [image])]


def _rows(frame: Frame) -> list[Features]:
    rows = iter(np.frombuffer(frame.blobs[0], dtype=np.float32).reshape(-1, frame.header["size"] or 1))
    return [
        ImageRefused(one["error"]["kind"]) if "error" in one else next(rows) for one in frame.header["images"]
    ]
