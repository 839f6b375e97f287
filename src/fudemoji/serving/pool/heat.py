"""Grad-CAM, asked of a pool's processes: where a model looked."""

from __future__ import annotations

from pathlib import Path

from fudemoji.serving.pool.answers import ImageRefused, refusal, unavailable
from fudemoji.serving.pool.process import ProcessEnded
from fudemoji.serving.pool.processes import Processes

__all__ = ["Heat"]

_MOST = 16  # pictures that are asked for at a time


class Heat:
    """Asks for pictures of heat, so many at a time.

    Args:
        processes: that draw them.
    """

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._num = 0

    async def of(self, run: Path, image: bytes, *, label: int | None) -> bytes:
        """What `Pool.gradcam` says."""
        if self._num >= _MOST:
            raise unavailable()
        self._num += 1
        try:
            frame = await self._processes.ask({"do": "gradcam", "run": str(run), "label": label}, [image])
        except ProcessEnded:
            raise ImageRefused("fatal") from None
        finally:
            self._num -= 1
        if (told := frame.header.get("error")) is not None:
            raise refusal(told)
        return frame.blobs[0]
