"""The trackers that are chosen by name, and what each needs."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fudemoji.errors import SettingsError, look_up
from fudemoji.events import Event
from fudemoji.runs import Run
from fudemoji.trackers.memory import folder_of

__all__ = ["TRACKERS", "NamedTracker", "check_tracker", "lacking", "open_tracker", "remembered"]


class NamedTracker(Protocol):
    """Takes every event of one run, in order, in a process of its own; all earlier ones again after a resumption."""

    def __call__(self, event: Event) -> None:
        """Take note of `event`."""

    def flush(self) -> None:
        """Some events were taken, and others may be long in coming."""

    def close(self) -> None:
        """The run has ended; its folder says how."""

    @property
    def told(self) -> str:
        """Where to look."""


@dataclass(frozen=True)
class Entry:
    """Where a tracker's class lies, and the packages that it needs (all of them in the extra of its name)."""

    module: str
    made_by: str
    packages: tuple[str, ...]


TRACKERS = {
    "mlflow": Entry("fudemoji.trackers.mlflow", "MLflowTracker", ("mlflow", "sqlalchemy", "alembic")),
    "tensorboard": Entry("fudemoji.trackers.tensorboard", "TensorBoardTracker", ("tensorboard",)),
    "wandb": Entry("fudemoji.trackers.wandb", "WandbTracker", ("wandb",)),
}


def check_tracker(name: str) -> str:
    """The name, of a tracker that there is and whose packages are there.

    Raises:
        SettingsError: no such tracker, or a package is missing; the message says how to install it.
    """
    look_up(TRACKERS, name, what="tracker")
    if missing := lacking(name):
        raise SettingsError(
            f"tracker {name} needs {' and '.join(missing)}; install it with `pip install 'fudemoji[{name}]'`"
        )
    return name


def lacking(name: str) -> list[str]:
    """The packages of a tracker that are not installed."""
    return [package for package in TRACKERS[name].packages if importlib.util.find_spec(package) is None]


def open_tracker(name: str, run: Run) -> NamedTracker:
    """The tracker called `name`, opened for a run."""
    entry = TRACKERS[name]
    made_by: Callable[[Run], NamedTracker] = getattr(importlib.import_module(entry.module), entry.made_by)
    return made_by(run)


def remembered(run: Run) -> Sequence[str]:
    """The trackers that a run has had so far."""
    return [name for name in TRACKERS if folder_of(run, name).is_dir()]
