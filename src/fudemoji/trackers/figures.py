"""What trackers keep of a run, under the names they all use."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from fudemoji.config import FLAGS
from fudemoji.errors import RunError
from fudemoji.events import EpochDone, Evaluated, Event, RunFinished, StepsDone
from fudemoji.runs import Run

__all__ = ["artifacts_of", "ending_of", "figures_of", "flat_settings", "pictures_of", "results_of"]

_OF_STEPS = ("loss", "lr", "momentum", "images_per_second")
_OF_SPLIT = ("loss", "accuracy", "balanced_accuracy", "macro_f1", "mean_average_precision")
_PICTURES = {"samples": "plots/samples.png", "confusion": "plots/confusion.png"}
_ARTIFACTS = ("config.json", "env.json", "data.json", "status.json", "metrics.json", "report.html")


def figures_of(event: Event) -> dict[str, float]:
    """Name and value of each finite figure of an event that has a step.

    >>> figures_of(EpochDone(step=9, epoch=1, train_loss=0.5, seconds=2.0))
    {'epoch': 1, 'train/epoch_loss': 0.5}
    """
    found: dict[str, Any] = {}
    if isinstance(event, StepsDone):
        found = {"epoch": event.epoch, **{f"train/{name}": getattr(event, name) for name in _OF_STEPS}}
    elif isinstance(event, EpochDone):
        found = {"epoch": event.epoch, "train/epoch_loss": event.train_loss}
    elif isinstance(event, Evaluated):
        found = {f"{event.split}/{name}": getattr(event, name) for name in _OF_SPLIT}
    return {name: value for name, value in found.items() if value is not None and math.isfinite(value)}


def results_of(event: RunFinished) -> dict[str, float | int | str]:
    """What a finished run came to, without what was not measured."""
    names = ("parameters", "epochs", "train_seconds", "images_per_second")
    measured = [f"{split}_{name}" for split in ("valid", "test") for name in _OF_SPLIT if name != "loss"]
    found = {name: getattr(event, name) for name in (*names, *measured)}
    return {name: value for name, value in found.items() if value is not None}


def flat_settings(run: Run) -> dict[str, bool | int | float | str]:
    """Every setting of a run by its flat name, and the recipe; durations and lists as text."""
    settings = run.settings()
    found: dict[str, Any] = {"recipe": settings.recipe}
    for name, flag in FLAGS.items():
        value = getattr(getattr(settings, flag.section), flag.field)
        found[name] = value if isinstance(value, bool | int | float | str) else _text(value)
    return found


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def pictures_of(run: Run) -> dict[str, Path]:
    """The PNG files of a run that there are, by the names of what they show."""
    places = {name: run.path / place for name, place in _PICTURES.items()}
    return {name: path for name, path in places.items() if path.is_file()}


def artifacts_of(run: Run) -> list[Path]:
    """The files that a tracker keeps a copy of, as far as there are such."""
    return [path for name in _ARTIFACTS if (path := run.path / name).is_file()]


def ending_of(run: Run) -> str:
    """How a run ended that goes on no more: `finished`, `interrupted`, `failed`, or `killed`."""
    try:
        state = str(run.read_json("status").get("state"))
    except RunError:
        return "killed"
    return state if state in ("finished", "interrupted", "failed") else "killed"
