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

from fudemoji.engine.losses import Loss, cross_entropy
from fudemoji.engine.schedule import Schedule
from fudemoji.engine.state import Progress, State
from fudemoji.errors import TrainingFailed
from fudemoji.events import EpochDone, StepsDone
from fudemoji.runtime import Runtime, isolated_random_state

__all__ = ["LossNotFinite", "Plan", "Source", "train"]


class Source(Protocol):
    """Where `train` takes its batches from: a function of the step."""

    @property
    def steps_per_epoch(self) -> int:
        """Steps in an epoch."""

    @property
    def images_per_step(self) -> int:
        """Images in a batch."""

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Images (B, C, H, W) and targets (B,) or (B, K) of a step, counted from 0."""


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


def train(state: State, batches: Source, plan: Plan, *, runtime: Runtime) -> Iterator[StepsDone | EpochDone]:
    """Train `state` in place from its step to the plan's end; between two events nothing waits for the device.

    Raises:
        LossNotFinite: with the step at which it happened.
    """
    meter = Meter(state.progress, batches, plan)
    backward = Backward(runtime, plan)
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
    """Forward and backward of one batch, in `accumulate` slices; returns the mean loss, still on the device."""

    runtime: Runtime
    plan: Plan

    def __call__(self, model: nn.Module, images_BCHW: Tensor, targets: Tensor) -> Tensor:
        losses = []
        slices = zip(
            images_BCHW.chunk(self.plan.accumulate), targets.chunk(self.plan.accumulate), strict=True
        )
        for images, labels in slices:
            with self.runtime.autocast():
                logits_BK = model(images)
            loss = self.plan.loss(logits_BK.float(), labels) * (len(images) / len(images_BCHW))
            loss.backward()
            losses.append(loss.detach())
        return losses[0] if len(losses) == 1 else torch.stack(losses).sum()


@dataclass
class Meter:
    """Collects losses on the device and turns them into events; its clock stands still while the caller has one."""

    progress: Progress
    batches: Source
    plan: Plan
    _losses: list[Tensor] = field(default_factory=list)
    _epoch_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.go_on()

    def go_on(self) -> None:
        """The caller has handed control back."""
        self._since = time.perf_counter()

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed since the last event."""
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
