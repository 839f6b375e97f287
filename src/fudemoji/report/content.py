"""What a run folder holds, read with care: what is not there yet is missing, what is damaged an error."""

# M images kept with the run, C channels, H x W pixels

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fudemoji.config import Settings
from fudemoji.errors import DataError, RunError
from fudemoji.events import Event, RunFinished, RunStarted
from fudemoji.metrics import AnyMetrics, AnyPredictions, metrics_of, predictions_from
from fudemoji.report.font import can_draw
from fudemoji.runs import Run
from fudemoji.trust import Trust, read_trust

__all__ = ["Content", "DataSheet", "Name", "Samples", "read_content"]

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
    """How a class is called on the page: a glyph that the font lacks gives way to the id."""

    id: str
    glyph: str
    romanisation: str

    @property
    def short(self) -> str:
        """The glyph, or else the id."""
        return self.glyph or self.id

    @property
    def long(self) -> str:
        """Glyph and romanisation, as far as there are such."""
        return f"{self.short} {self.romanisation}".strip()


@dataclass(frozen=True)
class Samples:
    """The images kept with the run, by their place in the set."""

    images_MCHW: NDArray[np.uint8]
    rows: dict[int, int]

    def image(self, index: int) -> NDArray[np.uint8] | None:
        """The image at a place in the set, or None where it was not kept."""
        row = self.rows.get(index)
        return None if row is None else self.images_MCHW[row]


@dataclass(frozen=True)
class Content:
    """Everything the page is made of.

    `shifts` is how many pixels the predictions were shifted and averaged over; `missing` says in sentences what
    is not there.
    """

    run: Run
    settings: Settings
    status: dict[str, Any]
    env: dict[str, Any]
    sheet: DataSheet | None
    events: list[Event]
    predictions: AnyPredictions | None
    samples: Samples | None
    shifts: int
    trust: Trust | None
    missing: list[str]

    @cached_property
    def metrics(self) -> AnyMetrics | None:
        """The figures of the predictions."""
        return metrics_of(self.predictions) if self.predictions else None

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


def read_content(run: Run) -> Content:
    """Read a run folder.

    Raises:
        RunError: a file is damaged, or two do not belong together.
    """
    missing: list[str] = []
    sheet = _read_sheet(run, missing)
    predictions = _read_predictions(run, missing)
    if sheet and predictions and len(sheet.classes or [()] * sheet.num_classes) != predictions.num_classes:
        raise RunError(
            f"{run.path}: predictions.npz has {predictions.num_classes} classes, "
            f"data.json {sheet.num_classes}; "
            f"write the predictions again with `fudemoji evaluate {run.path}`"
        )
    return Content(
        run=run,
        settings=run.settings(),
        status=_if_there(run, "status.json", lambda: run.read_json("status")) or {},
        env=_if_there(run, "env.json", lambda: run.read_json("env")) or {},
        sheet=sheet,
        events=_read_events(run, missing),
        predictions=predictions,
        samples=_read_samples(run, missing) if predictions else None,
        shifts=_read_shifts(run),
        trust=_read_trust(run, sheet),
        missing=missing,
    )


def _if_there(run: Run, name: str, read: Callable[[], T]) -> T | None:
    return read() if (run.path / name).is_file() else None


def _read_shifts(run: Run) -> int:
    shifts = (_if_there(run, "metrics.json", lambda: run.read_json("metrics")) or {}).get("shifts", 0)
    return shifts if isinstance(shifts, int) else 0


def _read_trust(run: Run, sheet: DataSheet | None) -> Trust | None:
    if sheet is None or not (run.path / "trust.json").exists():
        return None
    return read_trust(run, num_classes=sheet.num_classes, multi_label=sheet.multi_label)


def _read_sheet(run: Run, missing: list[str]) -> DataSheet | None:
    content = _if_there(run, "data.json", lambda: run.read_json("data"))
    if content is None:
        missing.append("The data sheet (data.json) is not there, so classes are called by their numbers.")
        return None
    try:
        return DataSheet.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{run.path / 'data.json'} is damaged: {where}: {first['msg']}") from error


def _read_events(run: Run, missing: list[str]) -> list[Event]:
    try:
        events = run.events()
    except (RunError, UnicodeDecodeError) as error:
        raise RunError(f"{run.events_path} is damaged: {error}") from error
    if not events:
        missing.append("No step has been recorded yet, so there are no curves.")
    return events


def _read_predictions(run: Run, missing: list[str]) -> AnyPredictions | None:
    arrays = _if_there(run, "predictions.npz", lambda: run.read_arrays("predictions"))
    if arrays is None:
        missing.append(
            "There are no predictions yet, so there is no per-class table and no confusion matrix; a run "
            f"writes them when it ends, and `fudemoji evaluate {run.path}` at any time after a checkpoint."
        )
        return None
    try:
        return predictions_from(arrays)
    except (DataError, ValueError) as error:
        raise RunError(f"{run.path / 'predictions.npz'} is damaged: {error}") from error


def _read_samples(run: Run, missing: list[str]) -> Samples | None:
    arrays = _if_there(run, "samples.npz", lambda: run.read_arrays("samples"))
    if arrays is None:
        missing.append(
            "No images were kept with the run (samples.npz), so mistakes are shown without pictures."
        )
        return None
    images, indices = arrays.get("images"), arrays.get("indices")
    if images is None or indices is None or images.dtype != np.uint8 or images.ndim != 4:
        raise RunError(
            f"{run.path / 'samples.npz'} is damaged: expected images uint8 M x C x H x W and indices"
        )
    if len(images) != len(indices):
        raise RunError(
            f"{run.path / 'samples.npz'} is damaged: {len(images)} images but {len(indices)} indices"
        )
    return Samples(images, {int(index): row for row, index in enumerate(indices)})
