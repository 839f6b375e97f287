"""What waits for a model process: the images of many requests, taken out again as batches of one kind."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fudemoji.serving.errors import ApiError
from fudemoji.serving.pool.answers import Outcome

__all__ = ["Item", "Job", "Kind", "Queue"]

Kind = tuple[str, int | None, bool | None]  # the run, shifts, invert: what a batch has in common


@dataclass(eq=False, slots=True)
class Job:
    """The images of one request, and the future that holds all their outcomes in the end."""

    future: asyncio.Future[list[Outcome]]
    outcomes: list[Outcome | None]
    num_open: int

    def tell(self, place: int, outcome: Outcome) -> None:
        """Note the outcome of an image; the last one fulfils the future."""
        self.outcomes[place] = outcome
        self.num_open -= 1
        if not self.num_open and not self.future.done():
            self.future.set_result([one for one in self.outcomes if one is not None])

    def fail(self, error: Exception) -> None:
        """Let the whole request fail."""
        if not self.future.done():
            self.future.set_exception(error)


@dataclass(frozen=True, eq=False, slots=True)
class Item:
    """An image that waits: of which request, in which place, since when."""

    job: Job
    place: int
    content: bytes
    kind: Kind
    since: float
    is_alone: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether somebody still waits for it."""
        return not self.job.future.done()


@dataclass(eq=False, slots=True)
class Queue:
    """Images in the order they came, by kind; those of clients that have left are dropped.

    Attributes:
        max_batch: images of a batch.
        max_delay: seconds that an image waits for others while a process is idle.
        max_images: that wait.
        max_bytes: that wait, and of a batch of more than one image an eighth of it.
    """

    max_batch: int
    max_delay: float
    max_images: int
    max_bytes: int
    num_images: int = 0
    num_bytes: int = 0
    _groups: dict[Kind, deque[Item]] = field(default_factory=dict)
    _alone: deque[Item] = field(default_factory=deque)

    def add(self, job: Job, images: Sequence[bytes], kind: Kind, now: float) -> None:
        """Put the images of a request at the end.

        Raises:
            ApiError: 503, there is no room for them.
        """
        size = sum(map(len, images))
        if not self._has_room(len(images), size):
            self._drop_unwanted()
            if not self._has_room(len(images), size):
                message = "too many images wait for the model; ask again later"
                raise ApiError(503, "ServiceUnavailable", message, retry_after=1)
        group = self._groups.get(kind)
        if group is None:
            group = self._groups[kind] = deque()
        for place, content in enumerate(images):
            group.append(Item(job, place, content, kind, now))
        self.num_images += len(images)
        self.num_bytes += size

    def add_alone(self, item: Item) -> None:
        """Put an image at the front that is tried by itself, because a batch with it came to nothing."""
        self._alone.append(Item(item.job, item.place, item.content, item.kind, item.since, is_alone=True))
        self.num_images += 1
        self.num_bytes += len(item.content)

    def take(self, now: float, *, num_ahead: int) -> list[Item]:
        """The next batch, or none that is ripe.

        A batch is ripe when it is full; when its first image has waited long enough, for an idle process; and when it
        has as many images as the process works on (`num_ahead`), so that the two batches it has are alike.
        """
        while self._alone:
            if num_ahead:
                return []  # until the process is idle
            item = self._alone.popleft()
            self._forget(item)
            if item.is_wanted:
                return [item]
        for kind, group in list(self._groups.items()):
            while group and not group[0].is_wanted:
                self._forget(group.popleft())
            if not group:
                del self._groups[kind]
            elif self._is_ripe(group, now, num_ahead):
                del self._groups[kind]
                batch = self._cut(group)
                if group:  # behind those of other kinds
                    self._groups[kind] = group
                return batch
        return []

    def due(self) -> float | None:
        """When the batch that is ripe first becomes so for an idle process; None where nothing waits."""
        firsts = [group[0].since for group in self._groups.values() if group]
        return min(firsts) + self.max_delay if firsts else None

    def empty(self) -> Iterator[Item]:
        """Take everything out."""
        yield from self._alone
        for group in self._groups.values():
            yield from group
        self._alone.clear()
        self._groups.clear()
        self.num_images = self.num_bytes = 0

    def _has_room(self, num: int, size: int) -> bool:
        has_bytes = not self.num_bytes or self.num_bytes + size <= self.max_bytes
        return self.num_images + num <= self.max_images and has_bytes

    def _is_ripe(self, group: deque[Item], now: float, num_ahead: int) -> bool:
        if len(group) >= self.max_batch:
            return True
        return len(group) >= num_ahead if num_ahead else now >= group[0].since + self.max_delay

    def _cut(self, group: deque[Item]) -> list[Item]:
        batch: list[Item] = []
        size = 0
        while group and len(batch) < self.max_batch:
            if batch and size + len(group[0].content) > self.max_bytes // 8:
                break
            item = group.popleft()
            self._forget(item)
            if item.is_wanted:
                batch.append(item)
                size += len(item.content)
        return batch

    def _forget(self, item: Item) -> None:
        self.num_images -= 1
        self.num_bytes -= len(item.content)

    def _drop_unwanted(self) -> None:
        """Make room where clients have left."""
        wanted = [item for item in self.empty() if item.is_wanted]
        for item in wanted:
            group = self._alone if item.is_alone else self._groups.setdefault(item.kind, deque())
            group.append(item)
            self.num_images += 1
            self.num_bytes += len(item.content)
