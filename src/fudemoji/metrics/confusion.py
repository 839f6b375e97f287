"""Which classes are taken for which."""

# N images, K classes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError
from fudemoji.metrics.predictions import check_classes

__all__ = ["ConfusedPair", "confusion", "most_confused"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ConfusedPair:
    """`count` images of class `label` were taken for class `predicted`."""

    label: int
    predicted: int
    count: int


def confusion(predicted_N: Ints, labels_N: Ints, *, num_classes: int) -> Ints:
    """Counts int64 (K, K): row the true class, column the predicted one.

    Raises:
        DataError: no rows, lengths differ, or classes beyond K.

    >>> confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), num_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    if len(predicted_N) != len(labels_N):
        raise DataError(f"{len(predicted_N)} predictions but {len(labels_N)} labels")
    if not len(labels_N):
        raise DataError("no predictions to count")
    check_classes(labels_N, num_classes=num_classes, what="labels")
    check_classes(predicted_N, num_classes=num_classes, what="predictions")
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (labels_N, predicted_N), 1)
    return matrix


def most_confused(confusion_KK: Ints, *, count: int) -> list[ConfusedPair]:
    """Up to `count` ordered pairs of a true class and a wrong prediction, most frequent first; ties by class.

    >>> most_confused(np.array([[9, 1], [2, 8]]), count=5)[0]
    ConfusedPair(label=1, predicted=0, count=2)
    """
    labels, predicted = np.nonzero(confusion_KK)
    wrong = labels != predicted
    labels, predicted = labels[wrong], predicted[wrong]
    counts = confusion_KK[labels, predicted]
    order = np.argsort(-counts, kind="stable")[:count]
    return [ConfusedPair(int(labels[i]), int(predicted[i]), int(counts[i])) for i in order]
