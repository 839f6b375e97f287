"""A model process that is kept running: started, and started again after every crash."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable

from fudemoji.errors import RunError
from fudemoji.serving.pool.process import ModelProcess, ProcessEnded
from fudemoji.wire import Frame

__all__ = ["Keeper"]

_LOG = logging.getLogger("fudemoji.serving")

_FAILURES = 3  # starts in a row that came to nothing, after which nobody is kept waiting
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds after the first of them, and after many
_GREETING = {"do": "forget", "run": "none"}


class Keeper:
    """Keeps one process running with the runs that it loads ahead.

    Attributes:
        process: the one that runs and has come up; None between two.
        restarts: how often it was started again.
    """

    def __init__(self, command: Iterable[str], *, runs: Iterable[str], on_change: Callable[[], None]) -> None:
        self.process: ModelProcess | None = None
        self.restarts = 0
        self._command = tuple(command)
        self._runs = runs
        self._on_change = on_change
        self._failures = 0
        self._is_closing = False
        self._watch: asyncio.Task[None] | None = None
        self._ended: ModelProcess | None = None  # the last that did; it may not be buried yet

    @property
    def is_alive(self) -> bool:
        """Whether its process takes questions."""
        return self.process is not None and not self.process.ended.is_set()

    @property
    def is_broken(self) -> bool:
        """Whether one process after the other ends before it has come up."""
        return self._failures >= _FAILURES

    async def start(self, *, waits: bool) -> None:
        """Start the first process, and watch it from now on.

        Args:
            waits: until it has come up; else it comes up meanwhile, and is tried again as every later one is.

        Raises:
            RunError: it was waited for, and ended before it came up.
        """
        if waits:
            try:
                self.process = await self._started()
            except (OSError, ProcessEnded) as error:
                raise RunError(f"the model process cannot be started: {error}") from error
        self._watch = asyncio.create_task(self._keep())

    async def close(self, *, seconds: float) -> None:
        """End the process, and start no other; one that still has work is not waited for."""
        self._is_closing = True
        if self.process:
            await self.process.close(seconds=0 if self.process.num_asked else seconds)
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._ended:
            await self._ended.close(seconds=0)

    async def _started(self) -> ModelProcess:
        """A process that has answered once; what it shall keep ready, it loads next."""
        starting = asyncio.create_task(ModelProcess.start(*self._command))
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:  # a process that is being born is ended, too
            with contextlib.suppress(OSError):
                await (await starting).close(seconds=0)
            raise
        try:
            await process.ask(_GREETING)
        except BaseException:
            await process.close(seconds=0)
            raise
        for run in self._runs:
            process.ask({"do": "load", "run": run}).add_done_callback(_heard)
        return process

    async def _keep(self) -> None:
        while True:
            if self.process is None:
                self.process = await self._come_up()
                self._on_change()
            process = self.process
            await process.ended.wait()
            self.process, self._ended = None, process
            if self._is_closing:
                return
            _LOG.error(
                "a model process ended with exit code %s; another one starts", await process.exit_code()
            )
            self.restarts += 1

    async def _come_up(self) -> ModelProcess:
        while True:
            try:
                process = await self._started()
            except (OSError, ProcessEnded) as error:
                self._failures += 1
                pause = min(_LONGEST_PAUSE, _PAUSE * 2 ** (self._failures - 1))
                _LOG.error("the model process cannot be started: %s; next try in %g s", error, pause)
                self._on_change()
                await asyncio.sleep(pause)
                self.restarts += 1
            else:
                self._failures = 0
                return process


def _heard(asked: asyncio.Future[Frame]) -> None:
    asked.exception()  # what it says about a run, the next prediction is told too
