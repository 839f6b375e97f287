"""A pool of model processes: what callers ask of it, and its beginning and end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from fudemoji.serving.pool.answers import Outcome
from fudemoji.serving.pool.classifying import Classifying
from fudemoji.serving.pool.features import Features, features_of
from fudemoji.serving.pool.heat import Heat
from fudemoji.serving.pool.processes import PoolSettings, Processes

__all__ = ["Pool"]


class Pool:
    """Model processes that are started, watched and started again, and the kinds of questions that they are asked.

    Call `start` in the event loop that uses it, and `close` at the end.

    Args:
        settings: how it works.
        on_batch: told the size of every batch of images that are classified.
    """

    def __init__(
        self, settings: PoolSettings | None = None, *, on_batch: Callable[[int], None] | None = None
    ) -> None:
        wanted = settings or PoolSettings()
        self.processes = Processes(wanted, on_change=self._changed)
        self._classifying = Classifying(self.processes, wanted, on_batch=on_batch)
        self._heat = Heat(self.processes)

    async def start(self, *, waits: bool = True) -> None:
        """Start the processes.

        Args:
            waits: until they have come up; else what is asked meanwhile waits.

        Raises:
            RunError: they were waited for, and cannot be started.
        """
        await self.processes.start(waits=waits)

    async def predict(
        self,
        run: Path,
        images: Sequence[bytes],
        *,
        shifts: int | None = None,
        invert: bool | None = None,
    ) -> list[Outcome]:
        """What a run's model says about image files, or why it says nothing, in their order.

        Cancelling it drops what still waits.

        Args:
            run: folder of the run.
            images: bytes of files.
            shifts: pixels to average over; None for what the run was calibrated with.
            invert: whether to invert the images; None to decide for each by its ground.

        Raises:
            ApiError: 503 where too many images wait or the server stops, 500 where the model cannot be used.
        """
        return await self.submit(run, images, shifts=shifts, invert=invert)

    def submit(
        self,
        run: Path | str,
        images: Sequence[bytes],
        *,
        shifts: int | None = None,
        invert: bool | None = None,
    ) -> asyncio.Future[list[Outcome]]:
        """As `predict`, without a coroutine."""
        return self._classifying.submit(run, images, shifts=shifts, invert=invert)

    async def gradcam(self, run: Path, image: bytes, *, label: int | None = None) -> bytes:
        """A PNG of where the model looked for a class, given by its place; the likeliest one where that is None.

        Raises:
            ApiError: 400 where the image or the model has no such picture, 500 or 503 where there is no answer.
        """
        return await self._heat.of(run, image, label=label)

    async def features(self, run: Path, images: Sequence[bytes]) -> list[Features]:
        """What the last layer of a run's model reads of images, float32, or why there is nothing, in their order.

        They go to a process as one batch; give a few at a time, so that those who wait for predictions come in between.

        Raises:
            ApiError: 503 where there is no process, 500 where the model cannot be used.
        """
        return await features_of(self.processes, run, images)

    async def load(self, run: Path) -> None:
        """Let every process load a run ahead, the ones that are started later too.

        Raises:
            RunError: the run cannot be used, or a process ended over it.
        """
        await self.processes.load(run)

    async def forget(self, run: Path) -> None:
        """Let every process drop a run's model."""
        await self.processes.forget(run)

    @property
    def num_waiting(self) -> int:
        """Images that wait to be classified."""
        return self._classifying.num_waiting

    @property
    def restarts(self) -> int:
        """How often a process had to be started again."""
        return self.processes.restarts

    @property
    def is_ready(self) -> bool:
        """Whether a process runs and takes work."""
        return self.processes.is_ready

    async def close(self, *, seconds: float = 10.0) -> None:
        """Finish classifying what was accepted, for so many seconds at most, and end the processes."""
        self.processes.is_closing = True
        latest = asyncio.get_running_loop().time() + seconds
        while self._classifying.is_busy and asyncio.get_running_loop().time() < latest:
            await asyncio.sleep(0.01)
        self._classifying.end()
        await self.processes.close()

    def _changed(self) -> None:
        """A process has come up, or will not."""
        if self.processes.is_broken:
            self._classifying.give_up()
        self._classifying.dispatch()
