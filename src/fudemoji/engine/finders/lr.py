"""The LR range test (Smith 2015, https://arxiv.org/abs/1506.01186): train while the rate rises, watch the loss.

It works on copies: weights, buffers, optimiser and random states of whoever asks stay as they are.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np
from torch import Tensor, nn

from fudemoji.config import OptimSettings
from fudemoji.engine.finders.rules import Floats, Verdict, judge
from fudemoji.engine.loop import LossNotFinite, Plan, Source, train
from fudemoji.engine.losses import Loss
from fudemoji.engine.optim import Optimiser
from fudemoji.engine.schedule import Schedule, exponential
from fudemoji.engine.state import State
from fudemoji.events import StepsDone
from fudemoji.ranks import ALONE, Ranks
from fudemoji.runtime import Runtime

__all__ = ["LRCurve", "RateTried", "range_test"]

_SMOOTHING = 0.98  # weight of the past in the average, as in fastai
_EXPLODED = 4.0  # times the lowest smoothed loss
_REPEATS = 3


@dataclass(frozen=True)
class RateTried:
    """One step of the range test."""

    step: int
    total: int
    lr: float
    loss: float


@dataclass(frozen=True)
class LRCurve:
    """The curve of a range test and what it tells.

    Attributes:
        rates: rising learning rates, float64 (S,).
        raw_losses: training loss at each, the mean of the repeats.
        losses: the same, smoothed.
        repeats: how many times the test ran.
        verdict: every rule's rate, the recommended one, and how far to trust it.
    """

    rates: Floats
    raw_losses: Floats
    losses: Floats
    repeats: int
    verdict: Verdict

    def to_json(self) -> str:
        """One JSON object with the curve, the rules and the verdict."""
        content = {
            "recommended": self.verdict.recommended,
            "verdict": asdict(self.verdict),
            "repeats": self.repeats,
            "rates": self.rates.tolist(),
            "raw_losses": self.raw_losses.tolist(),
            "losses": self.losses.tolist(),
        }
        return json.dumps(content, ensure_ascii=False)

    def to_csv(self) -> str:
        """The curve as lines of `lr,loss,smoothed_loss`."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["lr", "loss", "smoothed_loss"])
        writer.writerows(
            zip(self.rates.tolist(), self.raw_losses.tolist(), self.losses.tolist(), strict=True)
        )
        return text.getvalue()


def range_test(
    model: nn.Module,
    batches: Source,
    how: OptimSettings,
    *,
    runtime: Runtime,
    seed: int,
    loss: Loss,
    chance: float | None = None,
    start: float = 1e-7,
    end: float = 10.0,
    steps: int = 100,
    ranks: Ranks = ALONE,
) -> Iterator[RateTried | LRCurve]:
    """Try `steps` rates from `start` to `end`; the last thing that comes out is the curve.

    The test stops when the smoothed loss is 4 times its lowest. A noisy curve is repeated, on other batches, up to
    three times, and the mean is judged.

    Args:
        model: its weights are where each repeat starts; it is not changed.
        batches: where to take images from.
        how: the optimiser to test with.
        runtime: where and in which number format.
        seed: of dropout.
        loss: what the training will minimise.
        chance: loss in nats of guessing by how often each class occurs; see `judge`.
        start: first rate.
        end: last rate.
        steps: number of rates.
        ranks: that test together, in step, on parts of the same batches.
    """
    lr_at = exponential(start=start, end=end, total=steps)
    curves: list[list[float]] = []
    for repeat in range(_REPEATS):
        plan = Plan(
            total_steps=steps,
            lr_at=lr_at,
            momentum_at=lambda _: how.momentum,
            loss=loss,
            seed=seed + repeat,
            event_seconds=0.0,
        )
        losses: list[float] = []
        for tried in _one_test(
            model, _Later(batches, repeat * steps), how, plan, runtime=runtime, ranks=ranks
        ):
            losses.append(tried.loss)
            yield replace(tried, step=tried.step + repeat * steps)
            if _has_exploded(losses):
                break
        curves.append(losses)
        curve = _curve(curves, lr_at=lr_at, chance=chance)
        if curve.verdict.kind != "noisy":
            break
    yield curve


def _one_test(
    model: nn.Module, batches: Source, how: OptimSettings, plan: Plan, *, runtime: Runtime, ranks: Ranks
) -> Iterator[RateTried]:
    trial = copy.deepcopy(model)
    state = State(trial, Optimiser(trial, how))
    with contextlib.suppress(LossNotFinite):
        for event in train(state, batches, plan, runtime=runtime, ranks=ranks):
            if isinstance(event, StepsDone):
                yield RateTried(step=event.step, total=plan.total_steps, lr=event.lr, loss=event.loss)


@dataclass(frozen=True)
class _Later:
    """The same batches, `offset` steps on: a repeat sees other images."""

    batches: Source
    offset: int

    @property
    def steps_per_epoch(self) -> int:
        return self.batches.steps_per_epoch

    @property
    def images_per_step(self) -> int:
        return self.batches.images_per_step

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        return self.batches.at(step + self.offset)


def _smooth(losses: Floats) -> Floats:
    """Exponentially weighted average with bias correction."""
    smoothed, average = [], 0.0
    for count, loss in enumerate(losses, 1):
        average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
        smoothed.append(average / (1 - _SMOOTHING**count))
    return np.array(smoothed)


def _has_exploded(losses: list[float]) -> bool:
    smoothed = _smooth(np.array(losses))
    return bool(smoothed[-1] > _EXPLODED * smoothed.min())


def _curve(curves: list[list[float]], *, lr_at: Schedule, chance: float | None) -> LRCurve:
    length = min(len(losses) for losses in curves)
    raw_losses = np.mean([losses[:length] for losses in curves], axis=0) if length else np.zeros(0)
    rates = np.array([lr_at(step) for step in range(length)])
    losses = _smooth(raw_losses)
    return LRCurve(rates, raw_losses, losses, len(curves), judge(rates, raw_losses, losses, chance=chance))
