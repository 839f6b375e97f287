"""Model processes for many callers: images gathered into batches, a bounded queue, and an answer after every crash."""

# M images of a batch, K classes

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import RunError
from fudemoji.serving.errors import ApiError
from fudemoji.serving.keeping import Keeper
from fudemoji.serving.process import ModelProcess, ProcessEnded
from fudemoji.serving.queue import Answer, ImageRefused, Item, Job, Outcome, Queue
from fudemoji.wire import Frame

__all__ = ["Answer", "ImageRefused", "Pool", "PoolSettings"]

_LOG = logging.getLogger("fudemoji.serving")

_MOST_HEATS = 16  # Grad-CAM pictures that are asked for at a time

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
        batch_seconds: after which a process that has not answered is ended.
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


class Pool:
    """Model processes that are started, watched and started again, behind one queue.

    Requests of many callers for the same run are gathered: an idle process gets a batch when it is full or its first
    image has waited `max_delay`, a busy one gets its next when that is as large as the one it works on. When a process
    dies, the images it had are tried once more, one by one; the image on which it dies again is refused as `fatal`.

    Call `start` in the event loop that uses it, and `close` at the end.
    """

    def __init__(
        self, settings: PoolSettings | None = None, *, on_batch: Callable[[int], None] | None = None
    ) -> None:
        """`on_batch` is told the size of every batch."""
        self.settings = wanted = settings or PoolSettings()
        self._on_batch = on_batch
        self._runs: dict[str, None] = {}  # that every process loads ahead
        self._keepers = [
            Keeper(wanted.command, runs=self._runs, on_change=self._changed) for _ in range(wanted.processes)
        ]
        self._timer: asyncio.TimerHandle | None = None
        self._num_heats = 0
        self._is_closing = self._has_ended = False
        self._queue = Queue(
            max_batch=wanted.max_batch,
            max_delay=wanted.max_delay,
            max_images=wanted.max_queue,
            max_bytes=wanted.max_queue_bytes,
        )

    # ---- for callers

    async def start(self) -> None:
        """Start the processes, and wait until they have come up.

        Raises:
            RunError: they cannot be started.
        """
        self._loop = asyncio.get_running_loop()
        starts = (keeper.start() for keeper in self._keepers)
        failed = [one for one in await asyncio.gather(*starts, return_exceptions=True) if one is not None]
        if failed:
            await self.close(seconds=0)
            raise failed[0]

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
        if self._is_closing:
            raise _stopping()
        if self._is_broken():
            raise _unavailable()
        job = Job(self._loop.create_future(), [None] * len(images), len(images))
        if images:
            self._queue.add(job, images, (str(run), shifts, invert), self._loop.time())
            self._dispatch()
        else:
            job.future.set_result([])
        return job.future

    async def load(self, run: Path) -> None:
        """Let every process load a run ahead, the ones that are started later too.

        Raises:
            RunError: the run cannot be used, or a process ended over it.
        """
        self._runs[str(run)] = None
        for asked in [process.ask({"do": "load", "run": str(run)}) for process in self._processes()]:
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
        asked = [process.ask({"do": "forget", "run": str(run)}) for process in self._processes()]
        await asyncio.gather(*asked, return_exceptions=True)

    async def gradcam(self, run: Path, image: bytes, *, label: int | None = None) -> bytes:
        """A PNG of where the model looked for a class, given by its place; the likeliest one where that is None.

        Raises:
            ApiError: 400 where the image or the model has no such picture, 500 or 503 where there is no answer.
        """
        if self._is_closing or not self._processes() or self._num_heats >= _MOST_HEATS:
            raise _unavailable()
        header = {"do": "gradcam", "run": str(run), "label": label}
        process = self._processes()[0]
        timer = self._loop.call_later(self.settings.batch_seconds, self._overdue, process)
        self._num_heats += 1
        try:
            frame = await process.ask(header, [image])
        except ProcessEnded:
            raise ImageRefused("fatal") from None
        finally:
            timer.cancel()
            self._num_heats -= 1
        if (told := frame.header.get("error")) is not None:
            raise _refusal(told)
        return frame.blobs[0]

    async def features(self, run: Path, images: Sequence[bytes]) -> list[NDArray[np.float32] | ImageRefused]:
        """What the last layer of a run's model reads of images, or why there is nothing, in their order.

        They go to a process as one batch; give a few at a time, so that those who wait for predictions come in between.

        Raises:
            ApiError: 503 where there is no process, 500 where the model cannot be used.
        """
        if not images:
            return []
        process = await self._least_asked()
        try:
            frame = await process.ask({"do": "features", "run": str(run)}, images)
        except ProcessEnded:
            frame = Frame({"error": {"kind": "crash"}})
        told = frame.header.get("error")
        if told is None:
            rows = iter(
                np.frombuffer(frame.blobs[0], dtype=np.float32).reshape(-1, frame.header["size"] or 1)
            )
            return [
                ImageRefused(one["error"]["kind"]) if "error" in one else next(rows)
                for one in frame.header["images"]
            ]
        if told["kind"] != "crash":
            raise _refusal(told)
        if len(images) == 1:
            return [ImageRefused("fatal")]
        return [found for image in images for found in await self.features(run, [image])]

    @property
    def num_waiting(self) -> int:
        """Images in the queue."""
        return self._queue.num_images

    @property
    def restarts(self) -> int:
        """How often a process had to be started again."""
        return sum(keeper.restarts for keeper in self._keepers)

    @property
    def is_ready(self) -> bool:
        """Whether a process runs and takes work."""
        return not self._is_closing and bool(self._processes())

    async def close(self, *, seconds: float = 10.0) -> None:
        """Finish what was accepted, for so many seconds at most, and end the processes."""
        self._is_closing = True
        latest = asyncio.get_running_loop().time() + seconds
        while self._is_busy() and asyncio.get_running_loop().time() < latest:
            await asyncio.sleep(0.01)
        self._has_ended = True
        for item in self._queue.empty():
            item.job.fail(_stopping())
        await asyncio.gather(*(keeper.close(seconds=5.0) for keeper in self._keepers))

    # ---- batches

    def _dispatch(self) -> None:
        """Hand out every batch that is ripe, and wake up when the next one will be."""
        now = self._loop.time()
        while self._queue.num_images:
            free = [keeper for keeper in self._keepers if keeper.is_free]
            if not free:
                return
            keeper = min(free, key=lambda one: len(one.batches))
            batch = self._queue.take(now, num_ahead=keeper.num_images)
            if not batch:
                if not keeper.batches:
                    self._wake(now)
                return
            self._send(keeper, batch)

    def _wake(self, now: float) -> None:
        due = self._queue.due()
        if due is not None and self._timer is None:
            self._timer = self._loop.call_later(max(due - now, 0.0005), self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._dispatch()

    def _send(self, keeper: Keeper, batch: list[Item]) -> None:
        run, shifts, invert = batch[0].kind
        header: dict[str, Any] = {"do": "predict", "run": run, "shifts": shifts, "invert": invert}
        process = keeper.process
        assert process is not None
        keeper.batches = (*keeper.batches, batch)
        timer = self._loop.call_later(self.settings.batch_seconds, self._overdue, process)
        asked = process.ask(header, [item.content for item in batch])
        asked.add_done_callback(partial(self._answered, keeper, batch, timer))
        if self._on_batch:
            self._on_batch(len(batch))

    def _answered(
        self, keeper: Keeper, batch: list[Item], timer: asyncio.TimerHandle, asked: asyncio.Future[Frame]
    ) -> None:
        timer.cancel()
        keeper.batches = keeper.batches[1:]
        if asked.exception() is not None:
            self._try_alone(batch)
        else:
            self._hand_out(batch, asked.result())
        self._dispatch()

    def _hand_out(self, batch: list[Item], frame: Frame) -> None:
        told = frame.header.get("error")
        if told is None:
            probs_MK = np.frombuffer(frame.blobs[0], dtype=np.float32).reshape(
                -1, frame.header["num_classes"]
            )
            rows = iter(probs_MK)
            for item, one in zip(batch, frame.header["images"], strict=True):
                if "error" in one:
                    item.job.tell(item.place, ImageRefused(one["error"]["kind"]))
                else:
                    item.job.tell(item.place, Answer(next(rows), one["inverted"]))
        elif told["kind"] == "crash":
            self._try_alone(batch)
        else:
            _LOG.error("no answer from the model: %s", told["message"])
            for item in batch:
                item.job.fail(_refusal(told))

    def _try_alone(self, batch: list[Item]) -> None:
        for item in batch:
            if self._has_ended:
                item.job.fail(_stopping())
            elif item.is_alone:
                item.job.tell(item.place, ImageRefused("fatal"))
            elif item.is_wanted:
                self._queue.add_alone(item)

    # ---- processes

    def _processes(self) -> list[ModelProcess]:
        return [keeper.process for keeper in self._keepers if keeper.process]

    async def _least_asked(self) -> ModelProcess:
        """The process with the least to do, as soon as there is one.

        Raises:
            ApiError: there is none, and for the time being none will be.
        """
        while not self._is_closing and not self._is_broken():
            if found := self._processes():
                return min(found, key=lambda one: one.num_asked)
            await asyncio.sleep(_RETRY_SECONDS)
        raise _unavailable()

    def _changed(self) -> None:
        """A process has come up, or will not."""
        if self._is_broken():
            for item in self._queue.empty():
                item.job.fail(_unavailable())
        self._dispatch()

    def _overdue(self, process: ModelProcess) -> None:
        _LOG.error("a model process did not answer within %g s and is ended", self.settings.batch_seconds)
        process.kill()

    def _is_broken(self) -> bool:
        return all(keeper.is_broken for keeper in self._keepers)

    def _is_busy(self) -> bool:
        return bool(self._queue.num_images) or any(keeper.batches for keeper in self._keepers)


def _refusal(told: dict[str, str]) -> ApiError:
    """What a client is told of an error in the model process; its own words are for the log."""
    kind = told["kind"]
    if kind in ("broken", "truncated", "empty", "huge"):
        return ImageRefused(kind)
    if kind == "crash":
        return ImageRefused("fatal")
    if kind == "request":
        return ApiError(400, "BadRequestNotSupported", "this model cannot do what was asked")
    return ApiError(
        500, "ErrorPredictionModelNotFound", "the model cannot be used; the server's log says why"
    )


def _stopping() -> ApiError:
    return ApiError(503, "ServiceUnavailable", "the server stops; ask again later", retry_after=5)


def _unavailable() -> ApiError:
    return ApiError(503, "ServiceUnavailable", "the model does not answer; ask again later", retry_after=10)
