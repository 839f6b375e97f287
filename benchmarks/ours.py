"""Our side of each comparison: fudemoji's own loop, as a contestant (see `turns.Contestant`)."""

# N images, C channels, H x W pixels

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

import peers
from fudemoji.events import EpochDone, Event
from turns import Turn


def timed(events: Iterator[Event]) -> Iterator[tuple[Event, float]]:
    """Each event with the seconds it took to come; what the taker does in between does not count."""
    while True:
        start = time.perf_counter()
        event = next(events, None)
        if event is None:
            return
        peers.finish_device_work()
        yield event, time.perf_counter() - start


def epochs(turn: Turn, *, recipe: str, split: str = "test", **values: Any) -> None:
    """A training by a recipe, `values` over it; a turn is an epoch, and `split` is measured off the clock."""
    from fudemoji.config import resolve
    from fudemoji.engine.loop import train
    from fudemoji.metrics import summarise
    from fudemoji.training.scoring import Scoring
    from fudemoji.training.workbench import Workbench

    if "data" in values:
        values["data"] = str(values["data"])
    bench = Workbench.of(resolve(recipe, values))
    state, batches = bench.state(), bench.batches(bench.settings.loop.batch_size)
    scoring, seconds = Scoring(bench), 0.0
    for event, took in timed(train(state, batches, bench.plan(batches), runtime=bench.runtime)):
        seconds += took
        if not isinstance(event, EpochDone):
            continue
        scored = scoring.score(state.evaluated_model, split)
        assert scored is not None
        found = summarise(scored.predictions)
        num_images = batches.steps_per_epoch * batches.images_per_step
        turn(
            {
                "epoch": event.epoch,
                "seconds": seconds,
                "num_images": num_images,
                "accuracy": found.accuracy,
                "loss": found.loss,
            }
        )
        seconds = 0.0


def steps(turn: Turn, *, model: str, batch_size: int, steps: int) -> None:
    """One of our models in our loop, uint8 noise in memory, no augmentation; a turn is `steps` steps."""
    from fudemoji.config import resolve
    from fudemoji.data import ImageSet, LabelClass
    from fudemoji.engine.loop import Plan, train
    from fudemoji.training.workbench import Workbench

    rng = np.random.default_rng(0)
    images_NCHW = rng.integers(0, 256, (batch_size * steps, 1, 28, 28), dtype=np.uint8)
    noise = ImageSet(
        name="noise",
        images=images_NCHW,
        labels=rng.integers(0, 10, len(images_NCHW)),
        classes=tuple(LabelClass(id=str(label)) for label in range(10)),
        splits={"train": np.arange(len(images_NCHW))},
    )
    bench = Workbench.of(resolve("quick", {"model": model, "valid": 0.0, "batch_size": batch_size}), noise)
    plan = Plan(total_steps=10**9, lr_at=lambda _: 1e-3, momentum_at=lambda _: 0.9, event_seconds=3600)
    seconds = 0.0
    for event, took in timed(train(bench.state(), bench.batches(batch_size), plan, runtime=bench.runtime)):
        seconds += took
        if isinstance(event, EpochDone):
            turn({"seconds": seconds, "num_images": len(images_NCHW), "precision": str(bench.runtime)})
            seconds = 0.0


def flops(turn: Turn, *, model: str) -> None:
    """Floating-point operations of a training step for one image, two for a multiply-add."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    net = peers.our_model(model)
    images_NCHW, labels_N = peers.noise(8)
    with FlopCounterMode(display=False) as counter:
        torch.nn.functional.cross_entropy(net(images_NCHW), labels_N).backward()
    turn({"flops": counter.get_total_flops() / len(labels_N)})
