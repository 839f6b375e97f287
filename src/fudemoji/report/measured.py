"""The parts of the page that tell of an evaluation: figures with intervals, heat maps, curves, further evaluations."""

# N images, K classes, h x w places of a heat map

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from fudemoji.metrics import AnyMetrics, MultiPredictions, Predictions, precision_recall
from fudemoji.report.content import Content, Name
from fudemoji.report.images import heat_colours
from fudemoji.report.svg import small_curve
from fudemoji.report.views import Picture
from fudemoji.report.words import count, number, percent

__all__ = [
    "CamCard",
    "CurveCard",
    "FigureRow",
    "OtherRow",
    "cam_cards",
    "curve_cards",
    "figure_rows",
    "heat_uri",
    "other_rows",
]

MOST_CURVES = 12
_TOLD = {
    "accuracy": "share of images read rightly",
    "balanced_accuracy": "mean recall of the {}: rare ones count as much as common ones",
    "macro_f1": "mean over the classes of the balance between precision and recall",
    "macro_precision": "of what was called a class, the share that is it; mean over the classes",
    "macro_recall": "of what is a class, the share that was called it; mean over the classes that occur or were called",
    "mean_average_precision": "how well each class's images stand before all others, mean over the classes; "
    "no threshold is needed",
    "micro_f1": "the balance between precision and recall over all labels alike",
    "micro_precision": "of all labels that were given, the share that is right",
    "micro_recall": "of all labels there are, the share that was given",
    "top5_accuracy": "the truth is among the five likeliest classes",
    "hamming_loss": "share of labels that were wrongly given or missed",
    "loss": "mean surprise at the truth, in nats; punishes confident errors",
    "calibration_error": "how far stated confidence is from accuracy, on average (15 bins)",
}
_NAMES = {
    "f1": "F1",
    "top5": "top-5",
    "loss": "cross-entropy",
    "hamming": "Hamming",
}
_WITH_SEVERAL = {
    "accuracy": "share of images with all labels right and none too many",
    "loss": "mean surprise at each label that is there or not, in nats; punishes confident errors",
}


@dataclass(frozen=True)
class FigureRow:
    """One figure; `low` and `high` bound it with 95 % confidence, and are empty where there is no interval."""

    name: str
    value: str
    low: str
    high: str
    told: str


@dataclass(frozen=True)
class CamCard:
    """One image with what speaks for classes in it: (class, is it right, heat) for each that was asked about."""

    picture: Picture
    is_wrong: bool
    heat: list[tuple[str, bool, str]]


@dataclass(frozen=True)
class CurveCard:
    """Precision against recall of one class, with the area under it."""

    name: Name
    average_precision: float
    support: int
    svg: Markup


@dataclass(frozen=True)
class OtherRow:
    """An evaluation of the same weights on another split or set."""

    data: str
    split: str
    num_images: int
    accuracy: float
    low: float
    high: float
    page: str


def _called(field: str, *, several: bool) -> str:
    if field == "loss":
        return "cross-entropy"
    words = [_NAMES.get(word, word) for word in field.split("_")]
    return "exact match (accuracy)" if several and field == "accuracy" else " ".join(words)


def _counted(metrics: AnyMetrics) -> str:
    num_measured = sum(support > 0 for support in metrics.support)
    if num_measured == metrics.num_classes:
        return "classes"
    return f"{count(num_measured)} of {count(metrics.num_classes)} classes that have images in this split"


def figure_rows(content: Content, metrics: AnyMetrics) -> list[FigureRow]:
    """The figures there are, in the order of importance."""
    several = hasattr(metrics, "hamming_loss")
    order = list(_TOLD)
    if several:
        order.insert(0, order.pop(order.index("mean_average_precision")))
    rows = []
    for field in order:
        value = getattr(metrics, field, None)
        if value is None:
            continue
        say: Callable[[float], str] = number if field == "loss" else lambda share: percent(share, 2)
        bounds = content.intervals.figures.get(field) if content.intervals else None
        if bounds is None and field == "accuracy":
            bounds = metrics.accuracy_low, metrics.accuracy_high
        low, high = (say(bounds[0]), say(bounds[1])) if bounds else ("", "")
        told = _WITH_SEVERAL.get(field, _TOLD[field]) if several else _TOLD[field]
        if field == "balanced_accuracy":
            told = told.format(_counted(metrics))
        rows.append(FigureRow(_called(field, several=several), say(value), low, high, told))
    return rows


def heat_uri(heat_hw: NDArray[np.uint8]) -> str:
    """A heat map as a transparent PNG, amber where some and vermilion where much speaks for a class."""
    file = io.BytesIO()
    Image.fromarray(heat_colours(heat_hw)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def cam_cards(
    content: Content, predictions: Predictions | MultiPredictions, picture_of: Callable[[int], Picture | None]
) -> list[CamCard]:
    """The images that have heat maps, in the order in which they were chosen: the worst first, right ones last."""
    if content.heat is None:
        return []
    row_of = {int(place): row for row, place in enumerate(predictions.indices_N)}
    cards = []
    for place in content.heat.places:
        row = row_of.get(place)
        picture = None if row is None else picture_of(row)
        if row is None or picture is None:
            continue
        true = (
            {int(k) for k in np.flatnonzero(predictions.labels_NK[row])}
            if isinstance(predictions, MultiPredictions)
            else {int(predictions.labels_N[row])}
        )
        heat = [
            (content.names[label].long, label in true, heat_uri(map_hw))
            for label, map_hw in content.heat.of(place).items()
        ]
        cards.append(CamCard(picture, not bool(predictions.hits_N[row]), heat))
    return cards


def curve_cards(content: Content, predictions: Predictions | MultiPredictions) -> list[CurveCard]:
    """Precision against recall of each class, where there are few and all probabilities are kept."""
    metrics = content.metrics
    if predictions.probs_NK is None or predictions.num_classes > MOST_CURVES or metrics is None:
        return []
    cards = []
    for k, name in enumerate(content.names):
        is_member_N = (
            predictions.labels_NK[:, k]
            if isinstance(predictions, MultiPredictions)
            else np.equal(predictions.labels_N, k)
        )
        points = precision_recall(is_member_N, predictions.probs_NK[:, k], most=120)
        if not points or metrics.average_precision is None:
            continue
        area = metrics.average_precision[k]
        svg = small_curve(f"Precision against recall of {name.long}", points)
        cards.append(CurveCard(name, area, metrics.support[k], svg))
    return cards


def other_rows(content: Content) -> list[OtherRow]:
    """The evaluations that lie in the run's folder; what cannot be read of them is passed over."""
    if content.evaluation is not None:
        return []
    rows = []
    for mark in sorted((content.run.path / "evaluations").glob("*/evaluation.json")):
        try:
            told = json.loads(mark.read_bytes())
            found = json.loads((mark.parent / "metrics.json").read_bytes())
            row = OtherRow(
                data=str(told["data"]),
                split=str(told["split"]),
                num_images=int(found["num_images"]),
                accuracy=float(found["accuracy"]),
                low=float(found["accuracy_low"]),
                high=float(found["accuracy_high"]),
                page=f"evaluations/{mark.parent.name}/report.html",
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue
        rows.append(row)
    return rows
