"""The processes that train together, seen from one of them; alone, everything here does nothing and costs nothing.

They meet where torchrun says (docs/torchrun.md) and speak through torch.distributed: gloo between CPUs, nccl between
GPUs. Whatever is exchanged is a tensor of a size that all know; nothing is pickled.
"""

# W ranks, P processes' parts

from __future__ import annotations

import atexit
import contextlib
import datetime
import functools
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self, TypeVar

import torch
from torch import Tensor

from fudemoji import errors
from fudemoji.errors import FudemojiError, RunError, SettingsError
from fudemoji.launch import Launch, read_launch

__all__ = ["ALONE", "Ranks", "RanksLost", "join_ranks", "slice_sizes"]

T = TypeVar("T")

_PREPARE = datetime.timedelta(hours=24)  # as long as a process waits for another that decodes the same set
_STEP = datetime.timedelta(minutes=30)


class RanksLost(RunError):
    """Another rank died or cannot be reached; the last checkpoint stays."""

    exit_code = 1


class Ranks:
    """One process's view of all: who it is, and what all of them do together.

    All ranks have to call the same methods in the same order; each waits there for the others.
    """

    def __init__(self, launch: Launch, *, patient: Any = None) -> None:
        self.launch = launch
        self.rank, self.size = launch.rank, launch.size
        self._patient = patient  # the group for whatever may take hours on one rank only
        self._rows = (0, 1, 1)

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self  # layers hold it, and are copied with their model

    @property
    def is_alone(self) -> bool:
        """Whether there are no others."""
        return self.size == 1

    @property
    def is_first(self) -> bool:
        """Whether this is the rank that writes files and talks."""
        return self.rank == 0

    # --- a batch in parts ------------------------------------------------------

    def bounds(self, count: int) -> tuple[int, int]:
        """Where this rank's part of `count` things in a row starts and ends; parts differ by one at most.

        >>> [Ranks(Launch(rank=rank, size=4)).bounds(130) for rank in range(4)]
        [(0, 32), (32, 65), (65, 97), (97, 130)]
        """
        return count * self.rank // self.size, count * (self.rank + 1) // self.size

    def rows(self, slices: Sequence[int]) -> Tensor:
        """The places, int64, of this rank's images in a batch that goes through the model in slices of these sizes."""
        starts = [sum(slices[:number]) for number in range(len(slices))]
        parts = [
            torch.arange(start + self.bounds(size)[0], start + self.bounds(size)[1])
            for start, size in zip(starts, slices, strict=True)
        ]
        return torch.cat(parts)

    @contextlib.contextmanager
    def slice_of(self, size: int) -> Iterator[None]:
        """A block in which the model sees this rank's part of `size` images that belong together."""
        self._rows = (*self.bounds(size), size)
        yield

    @property
    def slice_rows(self) -> tuple[int, int, int]:
        """Start and end of this rank's part of the images that the model sees, and how many there are in all."""
        return self._rows

    # --- numbers and tensors ---------------------------------------------------

    def add_up(self, tensor: Tensor) -> Tensor:
        """The tensor, now the sum of all ranks': bit for bit the same on each."""
        if not self.is_alone:
            with _told("the sum of the ranks' tensors"):
                torch.distributed.all_reduce(tensor)
        return tensor

    def gather(self, tensor: Tensor) -> Tensor:
        """All ranks' tensors of this one's shape, (W, *shape)."""
        everybodys = tensor.new_empty((self.size, *tensor.shape))
        with _told("the ranks' tensors"):
            torch.distributed.all_gather(list(everybodys.unbind()), tensor.contiguous())
        return everybodys

    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Fill the tensors with the first rank's."""
        if self.is_alone:
            return
        with torch.no_grad(), _told("the first rank's weights"):
            for tensor in tensors:
                dense = tensor.contiguous()
                torch.distributed.broadcast(dense, src=0)
                tensor.copy_(dense)

    def any(self, flag: bool) -> bool:
        """Whether the flag is set on any rank."""
        return flag if self.is_alone else bool(self.add_up(torch.tensor(int(flag))))

    def from_first(self, number: int) -> int:
        """The first rank's number."""
        return number if self.is_alone else int(self.add_up(torch.tensor(number * self.is_first)))

    # --- what may fail on one of them ------------------------------------------

    def prepared(self, do: Callable[[], T]) -> T:
        """What `do` returns; on each node the first process calls it, and then, when it has filled caches, the others.

        Raises:
            FudemojiError: it failed somewhere; every rank raises the same.
        """
        if self.is_alone:
            return do()
        found: list[T] = []
        for is_first_turn in (True, False):
            if is_first_turn == (self.launch.local_rank == 0):
                self._agree(lambda: found.append(do()))
            else:
                self._agree(lambda: None)
        return found[0]

    def together(self, do: Callable[[], T]) -> T:
        """What `do` returns, called by all at once.

        Raises:
            FudemojiError: it failed somewhere; every rank raises the same.
        """
        found: list[T] = []
        self._agree(lambda: found.append(do()))
        return found[0]

    def by_first(self, do: Callable[[], str]) -> str:
        """The text that `do` returns on the first rank, which alone calls it.

        Raises:
            FudemojiError: it failed; every rank raises the same.
        """
        if self.is_alone:
            return do()
        told: list[str] = []
        self._agree(lambda: told.append(do()) if self.is_first else None)
        return self._text_of(0, told[0] if told else "")

    def texts(self, own: str) -> list[str]:
        """The texts of all ranks."""
        return [own] if self.is_alone else [self._text_of(rank, own) for rank in range(self.size)]

    def _agree(self, do: Callable[[], object]) -> None:
        """Call `do`; where it fails on one rank it fails on all, with the words of the lowest that failed."""
        if self.is_alone:
            do()
            return
        error: FudemojiError | None = None
        try:
            do()
        except FudemojiError as failed:
            error = failed
        with _told("whether all ranks are ready"):
            codes = [torch.zeros(1, dtype=torch.int64) for _ in range(self.size)]
            torch.distributed.all_gather(codes, torch.tensor([int(error is not None)]), group=self._patient)
        failures = [rank for rank, code in enumerate(codes) if code]
        if not failures:
            return
        told = self._text_of(failures[0], f"{type(error).__name__}\n{error}" if error else "")
        if error is not None and self.rank == failures[0]:
            raise error
        kind, _, text = told.partition("\n")
        where = f"rank {failures[0]}: " if failures[0] else ""
        raise getattr(errors, kind, RunError)(f"{where}{text}")

    def _text_of(self, rank: int, text: str) -> str:
        """A text that one rank knows."""
        with _told(f"what rank {rank} has to say"):
            size = torch.tensor([len(text.encode())])
            torch.distributed.broadcast(size, src=rank)
            letters = torch.zeros(int(size), dtype=torch.uint8)
            if self.rank == rank:
                letters = torch.frombuffer(bytearray(text.encode() or b"\0"), dtype=torch.uint8)[: int(size)]
            torch.distributed.broadcast(letters, src=rank)
        return bytes(letters.tolist()).decode()


ALONE = Ranks(Launch())


def slice_sizes(num_images: int, *, number: int) -> list[int]:
    """The sizes of `number` slices of a batch, or of fewer where it does not suffice; the last may be smaller.

    >>> slice_sizes(10, number=4), slice_sizes(9, number=4)
    ([3, 3, 3, 1], [3, 3, 3])
    """
    size = math.ceil(num_images / number)
    return [min(size, num_images - start) for start in range(0, num_images, size)]


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Errors of the network in one line."""
    try:
        yield
    except RuntimeError as error:
        reason = re.sub(r"^\[\S*\] ", "", str(error)).partition(". ")[0]  # without the place in gloo's source
        raise RanksLost(
            f"another rank is gone, waiting for {what} ({reason}); torchrun --max-restarts N goes on by itself"
        ) from error


def join_ranks(device: str) -> Ranks:
    """Meet the other ranks that torchrun has started with this one; a process by itself stays alone.

    They part when the process ends.

    Args:
        device: of the training, as the settings name it.

    Raises:
        SettingsError: a device that ranks cannot share, or a torch without torch.distributed.
        RanksLost: the others do not come.
    """
    launch = read_launch()
    if launch.size == 1:
        return Ranks(launch) if launch.id else ALONE
    if not torch.distributed.is_available():
        raise SettingsError("this torch cannot train in several processes (torch.distributed is missing)")
    _check_device(device, launch)
    return _join(launch, uses_cuda=torch.cuda.is_available() and device in ("auto", "cuda"))


def _check_device(device: str, launch: Launch) -> None:
    if device not in ("auto", "cpu", "cuda"):
        raise SettingsError(
            f"device {device} is one, for {launch.size} ranks; use auto or cuda (a GPU for each rank), or cpu"
        )
    if device == "auto" and torch.backends.mps.is_available():
        raise SettingsError("ranks cannot share Apple's GPU; pass --device cpu")
    num_gpus = torch.cuda.device_count()
    if device != "cpu" and 0 < num_gpus < launch.local_size:
        raise SettingsError(
            f"{launch.local_size} ranks on a machine with {num_gpus} GPU{'s' * (num_gpus > 1)}; start as many ranks as "
            "GPUs, or pass --device cpu"
        )


@functools.cache
def _join(launch: Launch, *, uses_cuda: bool) -> Ranks:
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    if uses_cuda:
        torch.cuda.set_device(launch.local_rank)
    _share_cores(launch)
    with _told("all ranks to come"):
        store, rank, size = next(rendezvous("env://", timeout=_STEP))
        # after a restart torchrun's store still holds where the processes before were to be found
        store = PrefixStore(f"fudemoji/{launch.restarts}", store)
        backend = "cpu:gloo,cuda:nccl" if uses_cuda else "gloo"
        torch.distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_STEP)
        patient = torch.distributed.new_group(backend="gloo", timeout=_PREPARE)
    atexit.register(torch.distributed.destroy_process_group)
    return Ranks(launch, patient=patient)


def _share_cores(launch: Launch) -> None:
    """The machine's cores in equal parts; torchrun's own default is one for each rank."""
    if os.environ.get("OMP_NUM_THREADS", "1") == "1":
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        torch.set_num_threads(max(1, cores // launch.local_size))
