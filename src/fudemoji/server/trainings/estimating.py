"""How long a training will take: by what others took on this machine before, else by what its model costs elsewhere.

The steps are known beforehand; what a million pixels of them cost is read from the run folders of the store. Where no
run with this model is there, a table stands in that was measured on one core (benchmarks/training_cost.py).
"""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.config import Settings, resolve
from fudemoji.errors import FudemojiError
from fudemoji.events import RunFinished, RunStarted
from fudemoji.runs import Run
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Image, ImageTag, Iteration, Project
from fudemoji.server.trainings.starting import Prospect

__all__ = ["Basis", "Estimate", "estimate"]

Basis = Literal["measured", "planned"]

_START_SECONDS = 8.0  # until the first step: a process, torch, images decoded
_END_SECONDS = 5.0  # the best weights measured, the report written
_STEP_SECONDS = 0.02  # of a step, however small its images are
_RECENT = 40  # iterations that are asked, the newest
_NEAREST = 5  # of them that count
_TRIED_STEPS = 200  # of the finder, where the rate is `auto`
_LARGEST_KEPT = 128  # pixels of squares that are taken as they are; else images are decoded to 64
_USUAL_SIDE = 64
_USUAL_BATCH = 64
# seconds of one core for a million pixels: of sides up to 64 pixels, and of larger ones
_COST: dict[str, tuple[float, float]] = {
    "mlp": (0.04, 0.13),
    "cnn": (1.1, 0.9),
    "fude-s": (0.32, 0.25),
    "fude-m": (0.6, 0.6),
    "fude-l": (1.6, 1.4),
    "keras-cats-dogs": (0.13, 0.18),
    "resnet18": (11, 0.7),
    "resnet34": (21, 1.6),
    "resnet50": (34, 2.5),
    "vgg16_bn": (37, 11),
    "vgg19_bn": (39, 13),
}


@dataclass(frozen=True)
class Estimate:
    """What a training would do, and for how long.

    Attributes:
        settings: all of them, as the training would resolve them.
        image_size: height and width that the model would see.
        epochs: how often it would see each image.
        steps: of the optimiser.
        seconds: from its start to its report; None where nothing like it is known.
        basis: the seconds are told from trainings on this machine, or from the cost of the model elsewhere.
        num_runs: trainings that they are told from.
    """

    settings: Settings
    image_size: tuple[int, int]
    epochs: float
    steps: int
    seconds: float | None
    basis: Basis
    num_runs: int = 0


@dataclass(frozen=True)
class _Cost:
    """What a run that ended has cost.

    Attributes:
        side: the square root of the pixels of an image.
        seconds_per_megapixel: of training.
        seconds_around: before the first step and after the last, and of validations between.
    """

    model: str
    side: float
    seconds_per_megapixel: float
    seconds_around: float


def estimate(session: Session, store: Store, project: Project, prospect: Prospect) -> Estimate:
    """How long a training would take that is foreseen.

    Args:
        session: a transaction.
        store: whose runs are asked.
        project: that would be trained.
        prospect: of `foresee`.
    """
    settings = resolve(prospect.plan.recipe, prospect.plan.values)
    size = _size(session, project, settings)
    batch = settings.loop.batch_size if settings.loop.batch_size != "auto" else _USUAL_BATCH
    num_train = max(1, round(len(prospect.snapshot.images) * (1 - settings.data.valid)))
    per_epoch = max(1, num_train // batch)
    steps = _steps(settings, per_epoch=per_epoch)
    tried = steps + (_TRIED_STEPS if settings.optim.lr == "auto" else 0)
    megapixels = tried * min(batch, num_train) * size[0] * size[1] / 1e6
    known = _known(session, store, settings.model.name, side=math.sqrt(size[0] * size[1]))
    seconds = None
    if known:
        rate = statistics.median(cost.seconds_per_megapixel for cost in known)
        seconds = megapixels * rate + statistics.median(cost.seconds_around for cost in known)
    elif settings.model.name in _COST:
        rate = _COST[settings.model.name][max(size) > _USUAL_SIDE] / (os.cpu_count() or 1)
        seconds = megapixels * rate + tried * _STEP_SECONDS + _START_SECONDS + _END_SECONDS
    return Estimate(
        settings=settings,
        image_size=size,
        epochs=steps / per_epoch,
        steps=steps,
        seconds=seconds,
        basis="measured" if known else "planned",
        num_runs=len(known),
    )


def _steps(settings: Settings, *, per_epoch: int) -> int:
    """As the training counts them."""
    loop = settings.loop
    total = max(1, loop.epochs.steps(steps_per_epoch=per_epoch))
    return total if total >= loop.least_steps else math.ceil(loop.least_steps / per_epoch) * per_epoch


def _size(session: Session, project: Project, settings: Settings) -> tuple[int, int]:
    """Height and width that images are decoded to; those that are all alike and square stay as they are."""
    asked = settings.data.size
    if asked != "auto":
        return asked if isinstance(asked, tuple) else (int(asked), int(asked))
    tagged = select(ImageTag.image_id)
    query = (
        select(Image.width, Image.height)
        .where(Image.project_id == project.id, Image.id.in_(tagged))
        .distinct()
        .limit(2)
    )
    sizes = session.execute(query).all()
    if len(sizes) == 1 and sizes[0].width == sizes[0].height <= _LARGEST_KEPT:
        return sizes[0].height, sizes[0].width
    return _USUAL_SIDE, _USUAL_SIDE


def _known(session: Session, store: Store, model: str, *, side: float) -> Sequence[_Cost]:
    """The costs of runs with a model, those whose images are most alike in size."""
    recent = session.scalars(
        select(Iteration.id)
        .where(Iteration.status == "completed")
        .order_by(Iteration.trained_at.desc())
        .limit(_RECENT)
    )
    costs = [cost for one in recent if (cost := _cost(store.runs / one)) and cost.model == model]
    return sorted(costs, key=lambda cost: abs(math.log(cost.side / side)))[:_NEAREST]


@lru_cache(maxsize=1024)
def _cost(path: Path) -> _Cost | None:
    """What the run at a path has cost; None where it cannot be told, as of one that went on after a break."""
    run = Run(path)
    try:
        events = run.events()
        height, width = run.sheet()["image_size"]
        began = (path / "config.json").stat().st_mtime
        ended = (path / "status.json").stat().st_mtime
    except (OSError, FudemojiError):
        return None
    starts = [event for event in events if isinstance(event, RunStarted)]
    ends = [event for event in events if isinstance(event, RunFinished)]
    if len(starts) != 1 or not ends or not ends[0].train_seconds:
        return None
    started, finished = starts[0], ends[0]
    seen = finished.step * min(started.batch_size, started.num_train) * height * width / 1e6
    return _Cost(
        model=started.model,
        side=math.sqrt(height * width),
        seconds_per_megapixel=finished.train_seconds / seen,
        seconds_around=_START_SECONDS + max(0.0, ended - began - finished.train_seconds),
    )
