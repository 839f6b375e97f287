"""Which batch size to train with: sizes that really ran, their throughput, and the knee of it."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from fudemoji.config import OptimSettings
from fudemoji.engine.loop import Plan, Source, train
from fudemoji.engine.losses import Loss
from fudemoji.engine.optim import Optimiser
from fudemoji.engine.state import State
from fudemoji.errors import SettingsError, TrainingFailed
from fudemoji.events import StepsDone
from fudemoji.runtime import Runtime

__all__ = ["BatchSizes", "SizeTried", "knee", "loss_falls", "time_batch_sizes"]

SIZES = (16, 32, 64, 128, 256, 512, 1024)
_NEAR_BEST = 0.9  # the knee: the smallest size with this share of the best throughput
_TIMED_STEPS = 3


@dataclass(frozen=True)
class SizeTried:
    """A batch size that ran whole steps, or, with `images_per_second` None, one for which memory was short."""

    batch_size: int
    images_per_second: float | None


@dataclass(frozen=True)
class BatchSizes:
    """What was tried, smallest first, and the size to use; it is one that ran."""

    tried: tuple[SizeTried, ...]
    recommended: int
    reason: str


def time_batch_sizes(
    model: nn.Module,
    make_batches: Callable[[int], Source],
    how: OptimSettings,
    *,
    loss: Loss,
    runtime: Runtime,
    num_images: int,
    sizes: tuple[int, ...] = SIZES,
) -> Iterator[SizeTried | BatchSizes]:
    """Time whole training steps at rising sizes; the last thing that comes out is the recommendation.

    Stops at the number of training images and where memory ends. Nothing that is handed in changes.

    Raises:
        SettingsError: not even the smallest size ran.
    """
    tried: list[SizeTried] = []
    for size in sizes:
        if size > num_images and tried:
            break
        speed = _throughput(model, make_batches(size), how, loss, runtime)
        tried.append(SizeTried(min(size, num_images), speed))
        yield tried[-1]
        if speed is None:
            break
    yield BatchSizes(tuple(tried), *knee(tried))


def knee(tried: list[SizeTried]) -> tuple[int, str]:
    """The smallest size that reaches 90 % of the best throughput, and why.

    Raises:
        SettingsError: no size ran.

    >>> knee([SizeTried(32, 500.0), SizeTried(64, 930.0), SizeTried(128, 1000.0), SizeTried(256, None)])
    (64, 'the smallest size with 90 % of the best throughput (1,000 images/s at 128)')
    """
    ran = [(size.images_per_second, size.batch_size) for size in tried if size.images_per_second]
    if not ran:
        raise SettingsError(
            f"memory is too short for batches of {tried[0].batch_size}; take a smaller model or image"
        )
    best, best_size = max(ran)
    size = min(size for speed, size in ran if speed >= _NEAR_BEST * best)
    return size, f"the smallest size with 90 % of the best throughput ({best:,.0f} images/s at {best_size})"


def loss_falls(
    model: nn.Module,
    batches: Source,
    how: OptimSettings,
    *,
    lr: float,
    loss: Loss,
    runtime: Runtime,
    seed: int,
    steps: int = 60,
) -> bool:
    """Whether the loss of a short training, on a copy, shows a clear downward trend: the 2019 article's test.

    A straight line through the losses must fall, over its length, by more than twice its standard error.
    """
    trial = copy.deepcopy(model)
    plan = Plan(
        total_steps=steps,
        lr_at=lambda step: lr * min(1.0, (step + 1) / 10),
        momentum_at=lambda _: how.momentum,
        loss=loss,
        seed=seed,
        event_seconds=0.0,
    )
    losses: list[float] = []
    try:
        for event in train(State(trial, Optimiser(trial, how)), batches, plan, runtime=runtime):
            losses += [event.loss] if isinstance(event, StepsDone) else []
    except TrainingFailed:
        return False
    position = np.arange(len(losses))
    (slope, _), covariance = np.polyfit(position, losses, 1, cov=True)
    return bool(slope < -2 * np.sqrt(covariance[0, 0]))


def _throughput(
    model: nn.Module, batches: Source, how: OptimSettings, loss: Loss, runtime: Runtime
) -> float | None:
    """Images a second of the fastest of a few whole steps after one to warm up, or None where memory is short."""
    seconds: list[float] = []
    try:
        trial = copy.deepcopy(model)
        plan = Plan(
            total_steps=1 + _TIMED_STEPS,
            lr_at=lambda _: 1e-6,
            momentum_at=lambda _: how.momentum,
            loss=loss,
            event_seconds=0.0,
        )
        last = time.perf_counter()
        for event in train(State(trial, Optimiser(trial, how)), batches, plan, runtime=runtime):
            if isinstance(event, StepsDone):
                seconds.append(time.perf_counter() - last)
                last = time.perf_counter()
    except (torch.OutOfMemoryError, MemoryError):
        return None
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        return None
    finally:
        if runtime.device.type == "cuda":
            torch.cuda.empty_cache()
    return batches.images_per_step / min(seconds[1:])
