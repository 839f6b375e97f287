"""Iterations, how far they are, and what is made of them, as the API answers them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from fudemoji.server import trainings
from fudemoji.server.api.shown.base import Shown
from fudemoji.server.store import tables
from fudemoji.server.trainings.estimating import Basis
from fudemoji.server.trainings.finding import Finding, FindingStatus
from fudemoji.server.trainings.progress import Phase
from fudemoji.server.trainings.starting import Prospect

__all__ = ["Course", "Estimate", "Export", "Iteration", "Progress", "Publication", "RateFinding"]

_OF_ESTIMATE = ("epochs", "steps", "seconds", "basis", "num_runs")


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
    images_per_second: float | None = Field(description="of the last seconds of training")

    @classmethod
    def of(cls, iteration: tables.Iteration, progress: trainings.Progress) -> Progress:
        """What the trainer saw last, for a training that is under way."""
        seen = {name: getattr(progress, name) for name in cls.model_fields if name not in ("status", "note")}
        if iteration.status not in ("queued", "training"):
            seen |= {"phase": None, "seconds_left": None, "images_per_second": None}
            seen["share"] = 1.0 if iteration.status == "completed" else seen["share"]
        return cls(status=iteration.status, note=iteration.note, **seen)


class Estimate(Shown):
    """What a training would be if it were asked for now, and how long it would take on this machine."""

    recipe: str
    settings: dict[str, Any] = Field(description="on top of the recipe")
    num_images: int = Field(description="with tags")
    num_tags: int
    image_size: list[int] = Field(description="height and width that the model would see")
    epochs: float = Field(description="how often it would see each image")
    steps: int
    seconds: float | None = Field(description="from its start to its report; null where nothing is known")
    basis: Basis = Field(
        description="told from trainings on this machine, or from what the model costs elsewhere"
    )
    num_runs: int = Field(description="trainings that it is told from")
    shortage: str = Field(description="why there are not enough images; empty where there are")
    is_new: bool = Field(description="whether anything has changed since the last completed training")
    is_under_way: bool = Field(description="whether the very same waits or is being trained")

    @classmethod
    def of(cls, prospect: Prospect, estimate: trainings.Estimate) -> Estimate:
        """What is foreseen, and its time."""
        return cls(
            recipe=prospect.plan.recipe,
            settings=dict(prospect.plan.values),
            num_images=len(prospect.snapshot.images),
            num_tags=len(prospect.snapshot.tags),
            shortage=prospect.shortage,
            is_new=prospect.is_new,
            is_under_way=prospect.is_under_way,
            image_size=list(estimate.image_size),
            **{name: getattr(estimate, name) for name in _OF_ESTIMATE},
        )


class Course(Shown):
    """A training as curves: pairs of an epoch and a value, a few hundred at most."""

    train_loss: list[list[float]]
    valid_loss: list[list[float]]
    valid_accuracy: list[list[float]]

    @classmethod
    def of(cls, course: trainings.Course) -> Course:
        """The curves of a run's events."""
        accuracy = course.figures.get("accuracy", {})
        return cls(
            train_loss=_pairs(course.train_loss),
            valid_loss=_pairs(course.loss.get("valid", [])),
            valid_accuracy=_pairs(accuracy.get("valid", [])),
        )


class RateCurve(Shown):
    """The loss over rising learning rates, and what it tells."""

    rates: list[float]
    raw_losses: list[float]
    losses: list[float] = Field(description="the same, smoothed")
    recommended: float | None = Field(description="null where the curve gives none away")
    verdict: str = Field(description="`clear`, `noisy`, `flat` or `diverged`")
    text: str = Field(description="the verdict in words")
    rules: dict[str, float] = Field(description="the rate of each known rule")


class RateFinding(Shown):
    """A search for a learning rate; a project has one, the last."""

    id: str
    status: FindingStatus
    note: str = Field(description="why it failed")
    recipe: str
    settings: dict[str, Any] = Field(description="on top of the recipe")
    share: float | None = Field(
        description="of the rates that were tried in this pass; null before the first, and when it is over"
    )
    passes: int = Field(description="begun so far; where the curve is noisy, three at most")
    curve: RateCurve | None = Field(description="of one that is done")

    @classmethod
    def of(
        cls, finding: Finding, *, tried: trainings.Tried | None, curve: trainings.RateCurve | None
    ) -> RateFinding:
        """A search, how far it is, and what it found."""
        fields = {name: getattr(finding, name) for name in ("id", "status", "note", "recipe", "settings")}
        return cls(
            **fields,
            share=tried.share if tried and not finding.is_over else None,
            passes=tried.number if tried else 0,
            curve=RateCurve.model_validate(curve) if curve else None,
        )


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


def _pairs(points: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [[x, y] for x, y in points]
