"""The processes of a pool: started, watched, started again, and sent questions of any kind."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fudemoji.errors import RunError
from fudemoji.serving.pool.answers import stopping, unavailable
from fudemoji.serving.pool.keeping import Keeper
from fudemoji.serving.pool.process import ModelProcess, ProcessEnded
from fudemoji.wire import Frame

__all__ = ["PoolSettings", "Processes"]

_LOG = logging.getLogger("fudemoji.serving")

_RETRY_SECONDS = 0.05
_HOST = (sys.executable, "-P", "-m", "fudemoji.predictor.host")


@dataclass(frozen=True)
class PoolSettings:
    """How a pool works.

    Attributes:
        processes: that compute side by side.
        threads: of each.
        models: that each keeps in memory.
        device: auto, cpu, cuda, cuda:N or mps.
        max_batch: images of a batch.
        max_delay: seconds that an image waits for others while a process is idle.
        max_queue: images that wait; further ones are refused.
        max_queue_bytes: of the files that wait.
        batch_seconds: after which a process that has not answered a question is ended.
        host: command line of a model process, without its options.
    """

    processes: int = 1
    threads: int = 1
    models: int = 4
    device: str = "auto"
    max_batch: int = 64
    max_delay: float = 0.002
    max_queue: int = 1024
    max_queue_bytes: int = 256 * 2**20
    batch_seconds: float = 60.0
    host: tuple[str, ...] = _HOST

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command line of a model process."""
        options = ("--threads", self.threads, "--models", self.models, "--device", self.device)
        return (*self.host, *map(str, options))


class Processes:
    """Model processes that take questions of any kind; one that dies is started again.

    Attributes:
        keepers: one for each.
        is_closing: whether nothing more is taken.

    Args:
        settings: of the pool.
        on_change: called when a process has come up again, or will not.
    """

    def __init__(self, settings: PoolSettings, *, on_change: Callable[[], None]) -> None:
        self._runs: dict[str, None] = {}  # that every process loads ahead
        self.keepers = tuple(
            Keeper(settings.command, runs=self._runs, on_change=on_change) for _ in range(settings.processes)
        )
        self.is_closing = False
        self._seconds = settings.batch_seconds

    @property
    def is_broken(self) -> bool:
        """Whether none comes up any more."""
        return all(keeper.is_broken for keeper in self.keepers)

    @property
    def is_ready(self) -> bool:
        """Whether a process runs and takes work."""
        return not self.is_closing and bool(self._running())

    @property
    def restarts(self) -> int:
        """How often a process had to be started again."""
        return sum(keeper.restarts for keeper in self.keepers)

    async def start(self, *, waits: bool = True) -> None:
        """Start them.

        Args:
            waits: until they have come up; else what is asked meanwhile waits.

        Raises:
            RunError: they were waited for, and cannot be started.
        """
        starts = (keeper.start(waits=waits) for keeper in self.keepers)
        failed = [one for one in await asyncio.gather(*starts, return_exceptions=True) if one is not None]
        if failed:
            await self.close()
            raise failed[0]

    async def close(self) -> None:
        """End them."""
        self.is_closing = True
        await asyncio.gather(*(keeper.close(seconds=5.0) for keeper in self.keepers))

    def check(self) -> None:
        """Nothing, if questions are taken.

        Raises:
            ApiError: 503, they end or none comes up any more.
        """
        if self.is_closing:
            raise stopping()
        if self.is_broken:
            raise unavailable()

    async def ask(self, header: dict[str, Any], images: Sequence[bytes]) -> Frame:
        """What the process with the least to do answers; while all start again, the question waits.

        Raises:
            ApiError: 503, there is none, and for the time being none will be.
            ProcessEnded: it ended over it, or had to be ended.
        """
        while not (running := self._running()):
            self.check()
            await asyncio.sleep(_RETRY_SECONDS)
        self.check()
        asked = self.send(min(running, key=lambda one: one.num_asked), header, images)
        return await asyncio.shield(asked)  # who leaves does not take the watch over the process along

    def send(
        self, process: ModelProcess, header: dict[str, Any], images: Sequence[bytes]
    ) -> asyncio.Future[Frame]:
        """Ask a process; one that does not answer in time is ended, which its future tells as `ProcessEnded`."""
        timer = asyncio.get_running_loop().call_later(self._seconds, self._overdue, process)
        asked = process.ask(header, images)
        asked.add_done_callback(partial(_answered, timer))
        return asked

    async def load(self, run: Path) -> None:
        """Let every process load a run ahead, the ones that are started later too.

        Raises:
            RunError: the run cannot be used, or a process ended over it.
        """
        self._runs[str(run)] = None
        for asked in [process.ask({"do": "load", "run": str(run)}) for process in self._running()]:
            try:
                told = (await asked).header.get("error")
            except ProcessEnded:
                raise RunError(
                    f"the model process ended while it loaded {run}; its words are above"
                ) from None
            if told:
                raise RunError(told["message"])

    async def forget(self, run: Path) -> None:
        """Let every process drop a run's model."""
        self._runs.pop(str(run), None)
        asked = [process.ask({"do": "forget", "run": str(run)}) for process in self._running()]
        await asyncio.gather(*asked, return_exceptions=True)

    def _running(self) -> list[ModelProcess]:
        return [keeper.process for keeper in self.keepers if keeper.process]

    def _overdue(self, process: ModelProcess) -> None:
        _LOG.error("a model process did not answer within %g s and is ended", self._seconds)
        process.kill()


def _answered(timer: asyncio.TimerHandle, asked: asyncio.Future[Frame]) -> None:
    timer.cancel()
    asked.exception()  # perhaps nobody waits for it any more
