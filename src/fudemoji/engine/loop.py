"""The training loop: a generator of events. Whoever owns the `for` stops the training by leaving it."""

# B images, C channels, H x W pixels, K classes

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from fudemoji.engine.gradients import add_up_gradients
from fudemoji.engine.losses import Loss, cross_entropy
from fudemoji.engine.schedule import Schedule
from fudemoji.engine.state import Progress, State
from fudemoji.errors import TrainingFailed
from fudemoji.events import EpochDone, StepsDone
from fudemoji.ranks import ALONE, Ranks, slice_sizes
from fudemoji.runtime import Runtime, isolated_random_state

__all__ = ["LossNotFinite", "Plan", "Source", "train"]


class Source(Protocol):
    """Where `train` takes its batches from: a function of the step."""

    @property
    def steps_per_epoch(self) -> int:
        """Steps in an epoch."""

    @property
    def images_per_step(self) -> int:
        """Images in a batch, that of all ranks."""

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Images (B, C, H, W) and targets (B,) or (B, K) of a step, counted from 0: this rank's part of them."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long to train, and how rate, momentum and loss behave on the way."""

    total_steps: int
    lr_at: Schedule
    momentum_at: Schedule
    loss: Loss = field(default_factory=cross_entropy)
    accumulate: int = 1
    freeze_steps: int = 0  # at the start, in which only the head and the norms learn
    seed: int = 0
    event_seconds: float = 0.2  # at least this long between two StepsDone; 0 makes one a step


class LossNotFinite(TrainingFailed):
    """The loss became infinite or no number."""

    def __init__(self, *, step: int, loss: float, lr: float) -> None:
        super().__init__(
            f"the loss is {loss} at step {step}, rate {lr:.3g}; try a lower --lr, --clip-grad 1 or --precision fp32"
        )
        self.step = step


def train(
    state: State, batches: Source, plan: Plan, *, runtime: Runtime, ranks: Ranks = ALONE
) -> Iterator[StepsDone | EpochDone]:
    """Train `state` in place from its step to the plan's end; between two events nothing waits for the device.

    Ranks train in step, each on its part of the batch, and have the same events at the same steps.

    Raises:
        LossNotFinite: with the step at which it happened.
    """
    meter = Meter(state.progress, batches, plan, ranks)
    backward = Backward(runtime, plan, ranks, num_images=batches.images_per_step)
    for step in range(state.progress.step, plan.total_steps):
        state.model.train()
        images_BCHW, targets = batches.at(step)
        state.optimiser.freeze(frozen=step < plan.freeze_steps)
        state.optimiser.set(lr=plan.lr_at(step), momentum=plan.momentum_at(step))
        with isolated_random_state(runtime.device, plan.seed, "step", step):  # for dropout
            loss = backward(state.model, images_BCHW, targets)
        state.optimiser.step()
        if state.average:
            state.average.update(step=step + 1)
        meter.add(loss)
        if meter.epoch_ends or meter.is_due:
            yield meter.steps_done()
            if meter.epoch_ends:
                yield meter.epoch_done()
            meter.go_on()


@dataclass
class Backward:
    """Forward and backward of one batch, in `accumulate` slices; returns the mean loss, still on the device.

    Each image counts alike, on whichever rank it is: a part's mean counts by its share of the batch.
    """

    runtime: Runtime
    plan: Plan
    ranks: Ranks
    num_images: int

    def __call__(self, model: nn.Module, images_BCHW: Tensor, targets: Tensor) -> Tensor:
        losses = []
        whole = slice_sizes(self.num_images, number=self.plan.accumulate)
        parts = [end - start for start, end in map(self.ranks.bounds, whole)]
        for size, images, labels in zip(whole, images_BCHW.split(parts), targets.split(parts), strict=True):
            with self.runtime.autocast(), self.ranks.slice_of(size):
                logits_BK = model(images)
            loss = self.plan.loss(logits_BK.float(), labels) * (len(images) / self.num_images)
            loss.backward()
            losses.append(loss.detach())
        loss = losses[0] if len(losses) == 1 else torch.stack(losses).sum()
        return add_up_gradients(model, loss, self.ranks, share=len(images_BCHW) / self.num_images)


@dataclass
class Meter:
    """Collects losses on the device and turns them into events; its clock stands still while the caller has one.

    Ranks agree at each event on the step of the next, by the speed of the first, and on the way need not ask.
    """

    progress: Progress
    batches: Source
    plan: Plan
    ranks: Ranks
    _losses: list[Tensor] = field(default_factory=list)
    _epoch_seconds: float = 0.0
    _next_step: int = 0
    _steps_per_event: int = 1

    def __post_init__(self) -> None:
        self.go_on()

    def go_on(self) -> None:
        """The caller has handed control back."""
        if not self.ranks.is_alone:
            self._next_step = self.progress.step + self.ranks.from_first(self._steps_per_event)
        self._since = time.perf_counter()

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed since the last event, or it is the step that ranks have agreed on."""
        if not self.ranks.is_alone:
            return self.progress.step >= self._next_step
        return time.perf_counter() - self._since >= self.plan.event_seconds

    @property
    def epoch_ends(self) -> bool:
        """Whether the last step ended an epoch or the run."""
        step = self.progress.step
        return step % self.batches.steps_per_epoch == 0 or step == self.plan.total_steps

    def add(self, loss: Tensor) -> None:
        """Count a step."""
        self._losses.append(loss)
        self.progress.step += 1

    def steps_done(self) -> StepsDone:
        """The event for the steps since the last one."""
        losses = torch.stack(self._losses).tolist()
        first = self.progress.step - len(losses)
        self._losses.clear()
        for step, loss in enumerate(losses, first):
            if not math.isfinite(loss):
                raise LossNotFinite(step=step + 1, loss=loss, lr=self.plan.lr_at(step))
            self.progress.loss_sum += loss  # one by one: the sum must not depend on when events fell due
            self.progress.loss_steps += 1
        seconds = time.perf_counter() - self._since
        self._steps_per_event = max(1, round(len(losses) * self.plan.event_seconds / max(seconds, 1e-9)))
        self._epoch_seconds += seconds
        last = self.progress.step - 1
        return StepsDone(
            step=self.progress.step,
            epoch=self.progress.step / self.batches.steps_per_epoch,
            loss=math.fsum(losses) / len(losses),
            lr=self.plan.lr_at(last),
            momentum=self.plan.momentum_at(last),
            images_per_second=len(losses) * self.batches.images_per_step / max(seconds, 1e-9),
        )

    def epoch_done(self) -> EpochDone:
        """The event for the epoch that just ended; the sums start anew."""
        mean = self.progress.loss_sum / self.progress.loss_steps
        seconds, self._epoch_seconds = self._epoch_seconds, 0.0
        self.progress.loss_sum, self.progress.loss_steps = 0.0, 0
        epoch = math.ceil(self.progress.step / self.batches.steps_per_epoch)
        return EpochDone(step=self.progress.step, epoch=epoch, train_loss=mean, seconds=seconds)
