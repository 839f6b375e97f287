"""Iterations, how far they are, and what is made of them, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from fudemoji.server import trainings
from fudemoji.server.api.shown.base import Shown
from fudemoji.server.store import tables
from fudemoji.server.trainings.progress import Phase

__all__ = ["Export", "Iteration", "Progress", "Publication"]


class Iteration(Shown):
    """A training of a project, from the wish to the model."""

    id: str
    number: int
    name: str
    status: tables.IterationStatus
    note: str = Field(description="why it failed, or what else is to be known")
    kind: tables.ProjectKind
    domain_id: str
    recipe: str
    settings: dict[str, Any] = Field(description="on top of the recipe")
    tag_ids: list[str] = Field(description="in the order of the model's classes; empty before it is trained")
    published_as: str | None = Field(description="the name under which it answers")
    created: datetime
    last_modified: datetime
    trained_at: datetime | None
    seconds: float = Field(description="that the training took")

    @classmethod
    def of(cls, iteration: tables.Iteration, publication: tables.Publication | None) -> Iteration:
        """A row, and under which name it answers."""
        fields = {name: getattr(iteration, name) for name in cls.model_fields if name != "published_as"}
        return cls(**fields, published_as=publication.name if publication else None)


class Progress(Shown):
    """How far a training is, or how it ended."""

    status: tables.IterationStatus
    note: str = Field(description="why it failed, or what else is to be known")
    phase: Phase | None = Field(description="of a training that is under way")
    share: float = Field(description="of its steps that are done, 0 to 1")
    epoch: float = Field(description="how often each image was seen")
    epochs: float = Field(description="how often it will have been")
    seconds_left: float | None
    train_loss: float | None = Field(description="of the last steps")
    valid_loss: float | None = Field(description="of the images that are held out")
    valid_accuracy: float | None

    @classmethod
    def of(cls, iteration: tables.Iteration, progress: trainings.Progress) -> Progress:
        """What the trainer saw last, for a training that is under way."""
        seen = {name: getattr(progress, name) for name in cls.model_fields if name not in ("status", "note")}
        if iteration.status not in ("queued", "training"):
            seen |= {"phase": None, "seconds_left": None}
            seen["share"] = 1.0 if iteration.status == "completed" else seen["share"]
        return cls(status=iteration.status, note=iteration.note, **seen)


class Publication(Shown):
    """That an iteration answers, or answered, under a name."""

    name: str
    iteration_id: str
    published_at: datetime
    withdrawn_at: datetime | None
    is_roll_back: bool


class Export(Shown):
    """A file for another place, made from an iteration."""

    id: str
    platform: str
    flavor: str
    status: tables.ExportStatus
    note: str = Field(description="why it failed")
    created: datetime
