"""Everything that a page is made of, as records."""

# M images kept with the run, C channels, H x W pixels

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from fudemoji.config import Settings
from fudemoji.errors import RunError
from fudemoji.events import Event, RunFinished, RunStarted
from fudemoji.metrics import AnyMetrics, AnyPredictions, Intervals, Metrics, metrics_of
from fudemoji.report.font import can_draw
from fudemoji.runs import Run
from fudemoji.trust import Trust

__all__ = ["Content", "DataSheet", "EvaluatedSet", "HeatMaps", "Name", "Samples", "SheetClass"]

T = TypeVar("T")
E = TypeVar("E", bound=Event)


class SheetClass(BaseModel):
    """A class as the data sheet has it; `counts` gives the number of its images in each split."""

    id: str
    glyph: str = ""
    romanisation: str = ""
    counts: dict[str, int] = Field(default_factory=dict)


class DataSheet(BaseModel):
    """The set a run was trained on, as stored in data.json."""

    model_config = ConfigDict(extra="ignore")

    name: str
    source: str = ""
    licence: str = ""
    credit: str = ""
    synthetic: bool = False
    multi_label: bool = False
    fingerprint: str = ""
    image_size: tuple[int, int] | None = None
    num_frames: int = 0
    channels: int | None = None
    num_classes: int
    splits: dict[str, int] = Field(default_factory=dict)
    classes: list[SheetClass] = Field(default_factory=list)
    mean: list[float] | float | None = None
    std: list[float] | float | None = None

    @property
    def num_train_only(self) -> int:
        """Classes all of whose images are for training, though there are other splits: they are never measured."""
        if set(self.splits) <= {"train"}:
            return 0
        return sum(
            bool(c.counts.get("train")) and c.counts["train"] == sum(c.counts.values()) for c in self.classes
        )


@dataclass(frozen=True)
class Name:
    """How a class is called on the page: a glyph that the font lacks gives way to the id.

    >>> Name("U+304A", "お", "o").long, Name("0190-7000", "", "ants").long, Name("ants", "", "").long
    ('お o', 'ants', 'ants')
    """

    id: str
    glyph: str
    romanisation: str

    @property
    def short(self) -> str:
        """The glyph; else the id of a character, the name of anything else where it has one beside its id."""
        if self.glyph or self.id.startswith("U+"):
            return self.glyph or self.id
        return self.romanisation or self.id

    @property
    def long(self) -> str:
        """Glyph and romanisation, as far as there are such."""
        return self.short if self.reading == "" else f"{self.short} {self.reading}"

    @property
    def reading(self) -> str:
        """The romanisation, where it is not the name already."""
        return "" if self.romanisation == self.short else self.romanisation


@dataclass(frozen=True)
class Samples:
    """The images kept with the run, by their place in the set."""

    images_MCHW: NDArray[np.uint8]
    rows: dict[int, int]

    def image(self, index: int) -> NDArray[np.uint8] | None:
        """The image at a place in the set, or None where it was not kept."""
        row = self.rows.get(index)
        return None if row is None else self.images_MCHW[row]


class EvaluatedSet(BaseModel):
    """What an evaluation on another split or set says of itself, as stored in evaluation.json."""

    model_config = ConfigDict(extra="ignore")

    data: str
    source: str = ""
    split: str
    notes: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class HeatMaps:
    """Grad-CAM maps uint8 (h, w), by the place of the image in its set and the class that was asked about."""

    maps: dict[tuple[int, int], NDArray[np.uint8]]

    @property
    def places(self) -> list[int]:
        """The images that have one, in the order in which they were asked about."""
        return list(dict.fromkeys(place for place, _ in self.maps))

    def of(self, place: int) -> dict[int, NDArray[np.uint8]]:
        """The maps of one image by class."""
        return {label: heat for (index, label), heat in self.maps.items() if index == place}


@dataclass(frozen=True)
class Content:
    """Everything the page is made of.

    `results` is the folder that holds predictions and figures: the run's, or that of an `evaluation` on another split
    or set. `figures` is what metrics.json holds; `shifts` is how many pixels the predictions were shifted and averaged
    over; `missing` says in sentences what is not there.
    """

    run: Run
    results: Path
    evaluation: EvaluatedSet | None
    settings: Settings
    status: dict[str, Any]
    env: dict[str, Any]
    sheet: DataSheet | None
    events: list[Event]
    predictions: AnyPredictions | None
    samples: Samples | None
    heat: HeatMaps | None
    trust: Trust | None
    figures: dict[str, Any]
    missing: list[str]

    @property
    def shifts(self) -> int:
        """Pixels that the predictions were shifted by and averaged over."""
        shifts = self.figures.get("shifts", 0)
        return shifts if isinstance(shifts, int) else 0

    @cached_property
    def metrics(self) -> AnyMetrics | None:
        """The figures of the predictions; what needs all probabilities comes from metrics.json if they are not kept."""
        if self.predictions is None:
            return None
        metrics = metrics_of(self.predictions)
        ranked, mean = self.figures.get("average_precision"), self.figures.get("mean_average_precision")
        if (
            not isinstance(metrics, Metrics)
            or metrics.average_precision is not None
            or not ranked
            or mean is None
        ):
            return metrics
        if len(ranked) != metrics.num_classes or not self._belongs(metrics):
            return metrics
        return replace(metrics, average_precision=tuple(ranked), mean_average_precision=float(mean))

    @cached_property
    def intervals(self) -> Intervals | None:
        """Bounds of the figures, as metrics.json has them; those of an older run have none."""
        if self.metrics is None or "intervals" not in self.figures or not self._belongs(self.metrics):
            return None
        try:
            return Intervals.from_dict(self.figures["intervals"])
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{self.results / 'metrics.json'} is damaged: intervals: {error}") from error

    def _belongs(self, metrics: AnyMetrics) -> bool:
        """Whether metrics.json is of these predictions: a kill between the two files may leave one of each time."""
        same = ("split", "num_images", "num_classes", "accuracy", "loss")
        return all(self.figures.get(name) == getattr(metrics, name) for name in same)

    @cached_property
    def names(self) -> list[Name]:
        """One name a class; numbers where there is no data sheet."""
        if self.sheet and self.sheet.classes:
            return [
                Name(c.id, c.glyph if can_draw(c.glyph) else "", c.romanisation) for c in self.sheet.classes
            ]
        count = self.predictions.num_classes if self.predictions else 0
        return [Name(f"class {k}", "", "") for k in range(count)]

    def of_kind(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def started(self) -> RunStarted | None:
        """The first start."""
        return next(iter(self.of_kind(RunStarted)), None)

    @property
    def finished(self) -> RunFinished | None:
        """The end, if it has come."""
        return next(iter(self.of_kind(RunFinished)[-1:]), None)
