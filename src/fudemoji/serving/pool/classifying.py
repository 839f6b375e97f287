"""Images of many requests, classified in batches by the processes that have time."""

# M images of a batch, K classes

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from fudemoji.serving.pool.answers import Answer, ImageRefused, Outcome, refusal, stopping, unavailable
from fudemoji.serving.pool.keeping import Keeper
from fudemoji.serving.pool.processes import PoolSettings, Processes
from fudemoji.serving.pool.queue import Item, Job, Queue
from fudemoji.wire import Frame

__all__ = ["Classifying"]

_LOG = logging.getLogger("fudemoji.serving")

_IN_FLIGHT = 2  # batches of a process: one that it works on, and one that waits in its pipe


class Classifying:
    """Requests of many callers for the same run are gathered.

    An idle process gets a batch when it is full or its first image has waited `max_delay`, a busy one gets its next
    when that is as large as the one it works on. When a process dies, the images it had are tried once more, one by
    one; the image on which it dies again is refused as `fatal`.

    Args:
        processes: that classify.
        settings: of the pool.
        on_batch: told the size of every batch.
    """

    def __init__(
        self, processes: Processes, settings: PoolSettings, *, on_batch: Callable[[int], None] | None
    ) -> None:
        self._processes = processes
        self._on_batch = on_batch
        self._batches: dict[Keeper, tuple[list[Item], ...]] = dict.fromkeys(processes.keepers, ())
        self._timer: asyncio.TimerHandle | None = None
        self._has_ended = False
        self._queue = Queue(
            max_batch=settings.max_batch,
            max_delay=settings.max_delay,
            max_images=settings.max_queue,
            max_bytes=settings.max_queue_bytes,
        )

    @property
    def num_waiting(self) -> int:
        """Images in the queue."""
        return self._queue.num_images

    @property
    def is_busy(self) -> bool:
        """Whether anything waits or is under way."""
        return bool(self._queue.num_images) or any(self._batches.values())

    def submit(
        self, run: Path | str, images: Sequence[bytes], *, shifts: int | None, invert: bool | None
    ) -> asyncio.Future[list[Outcome]]:
        """What `Pool.submit` says."""
        self._processes.check()
        loop = asyncio.get_running_loop()
        job = Job(loop.create_future(), [None] * len(images), len(images))
        if images:
            self._queue.add(job, images, (str(run), shifts, invert), loop.time())
            self.dispatch()
        else:
            job.future.set_result([])
        return job.future

    def dispatch(self) -> None:
        """Hand out every batch that is ripe, and wake up when the next one will be."""
        now = asyncio.get_running_loop().time()
        while self._queue.num_images:
            free = [keeper for keeper in self._batches if self._is_free(keeper)]
            if not free:
                return
            keeper = min(free, key=lambda one: len(self._batches[one]))
            batch = self._queue.take(now, num_ahead=sum(map(len, self._batches[keeper])))
            if not batch:
                if not self._batches[keeper]:
                    self._wake(now)
                return
            self._send(keeper, batch)

    def give_up(self) -> None:
        """Refuse what waits, because no process comes up any more."""
        for item in self._queue.empty():
            item.job.fail(unavailable())

    def end(self) -> None:
        """Refuse what waits, because the server stops, and what comes back unanswered from now on."""
        self._has_ended = True
        for item in self._queue.empty():
            item.job.fail(stopping())

    def _is_free(self, keeper: Keeper) -> bool:
        """Whether a process takes another batch; what is tried alone is alone in its process."""
        batches = self._batches[keeper]
        is_alone = bool(batches) and batches[0][0].is_alone
        return keeper.is_alive and len(batches) < _IN_FLIGHT and not is_alone

    def _wake(self, now: float) -> None:
        due = self._queue.due()
        if due is not None and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(due - now, 0.0005), self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self.dispatch()

    def _send(self, keeper: Keeper, batch: list[Item]) -> None:
        run, shifts, invert = batch[0].kind
        header: dict[str, Any] = {"do": "predict", "run": run, "shifts": shifts, "invert": invert}
        assert keeper.process is not None
        self._batches[keeper] = (*self._batches[keeper], batch)
        asked = self._processes.send(keeper.process, header, [item.content for item in batch])
        asked.add_done_callback(partial(self._answered, keeper, batch))
        if self._on_batch:
            self._on_batch(len(batch))

    def _answered(self, keeper: Keeper, batch: list[Item], asked: asyncio.Future[Frame]) -> None:
        self._batches[keeper] = self._batches[keeper][1:]
        if asked.exception() is not None:
            self._try_alone(batch)
        else:
            self._hand_out(batch, asked.result())
        self.dispatch()

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
                item.job.fail(refusal(told))

    def _try_alone(self, batch: list[Item]) -> None:
        for item in batch:
            if self._has_ended:
                item.job.fail(stopping())
            elif item.is_alone:
                item.job.tell(item.place, ImageRefused("fatal"))
            elif item.is_wanted:
                self._queue.add_alone(item)
