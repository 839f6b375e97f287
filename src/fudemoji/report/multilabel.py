"""The parts of the page where an image may have several labels, as plain records."""

# N images, K classes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.metrics import MultiMetrics, MultiPredictions, worst_multi
from fudemoji.report.content import Content, Name
from fudemoji.report.images import data_uri
from fudemoji.report.views import Picture

__all__ = ["LabelRow", "LabelledCard", "LabelledGallery", "label_rows", "labelled_cards", "labelled_line"]

_MOST_WRONG = 3


@dataclass(frozen=True)
class LabelRow:
    """One line of the per-class table; figures are None for a class without images."""

    name: Name
    num_train: int | None
    support: int
    precision: float | None
    recall: float | None
    f1: float | None
    average_precision: float | None
    picture: Picture | None


@dataclass(frozen=True)
class LabelledCard:
    """One image with the labels that were found, missed and wrongly given, the latter two with probabilities.

    Of very many wrong labels the worst are listed, and `num_more` are not.
    """

    picture: Picture
    found: list[Name]
    missed: list[tuple[Name, float]]
    extra: list[tuple[Name, float]]
    num_more: int


class LabelledGallery:
    """The kept images of the predicted split, by their row in the predictions."""

    def __init__(self, content: Content, predictions: MultiPredictions) -> None:
        self._names = content.names
        self._predictions = predictions
        self._samples = content.samples
        kept = list(content.samples.rows) if content.samples else []
        self._kept_N = np.isin(predictions.indices_N, kept)
        self._uris: dict[int, str] = {}

    def of_row(self, row: int) -> Picture | None:
        """The image of one row of the predictions."""
        image = self._samples.image(int(self._predictions.indices_N[row])) if self._samples else None
        if image is None:
            return None
        if row not in self._uris:
            self._uris[row] = data_uri(image)
        labels = [self._names[k].long for k in np.flatnonzero(self._predictions.labels_NK[row])]
        return Picture(self._uris[row], ", ".join(labels) or "no label")

    def example(self, label: int) -> Picture | None:
        """The kept image of a class that got its label with the highest probability; rather one with few others."""
        rows = np.flatnonzero(self._kept_N & self._predictions.labels_NK[:, label])
        if not len(rows):
            return None
        others = self._predictions.labels_NK[rows].sum(axis=1)
        certain = self._predictions.probs_NK[rows, label] > 0.5
        return self.of_row(
            int(rows[np.lexsort((-self._predictions.probs_NK[rows, label], others, ~certain))[0]])
        )


def label_rows(content: Content, metrics: MultiMetrics, gallery: LabelledGallery) -> list[LabelRow]:
    """The classes in their order."""
    sheet = content.sheet.classes if content.sheet else []
    rows = []
    for k, name in enumerate(content.names):
        seen = metrics.support[k] > 0
        rows.append(
            LabelRow(
                name=name,
                num_train=sheet[k].counts.get("train") if sheet else None,
                support=metrics.support[k],
                precision=metrics.precision[k] if seen else None,
                recall=metrics.recall[k] if seen else None,
                f1=metrics.f1[k] if seen else None,
                average_precision=metrics.average_precision[k] if seen else None,
                picture=gallery.example(k),
            )
        )
    return rows


def labelled_cards(
    content: Content, predictions: MultiPredictions, gallery: LabelledGallery, *, count: int
) -> list[LabelledCard]:
    """The worst images that were kept."""
    cards = []
    for row in worst_multi(predictions, count=count).tolist():
        picture = gallery.of_row(row)
        if picture is None:
            continue
        true_K, given_K = predictions.labels_NK[row], predictions.predicted_NK[row]
        probs_K = predictions.probs_NK[row]
        missed = _ranked(np.flatnonzero(true_K & ~given_K), probs_K)
        extra = _ranked(np.flatnonzero(given_K & ~true_K), -probs_K)
        cards.append(
            LabelledCard(
                picture=picture,
                found=[content.names[k] for k in np.flatnonzero(true_K & given_K)],
                missed=[(content.names[k], float(probs_K[k])) for k in missed[:_MOST_WRONG]],
                extra=[(content.names[k], float(probs_K[k])) for k in extra[:_MOST_WRONG]],
                num_more=max(0, len(missed) - _MOST_WRONG) + max(0, len(extra) - _MOST_WRONG),
            )
        )
    return cards


def _ranked(classes: NDArray[np.int64], by_K: NDArray[np.float32]) -> list[int]:
    return sorted(classes.tolist(), key=lambda k: float(by_K[k]))


def labelled_line(content: Content, gallery: LabelledGallery, *, most: int) -> list[tuple[Name, Picture]]:
    """An image of each class that has one; of evenly chosen ones where there are too many."""
    found = [(name, picture) for k, name in enumerate(content.names) if (picture := gallery.example(k))]
    return found[:: max(1, -(-len(found) // most))]
