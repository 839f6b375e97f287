"""Which images of a split a report shows, so that it can be written without the data set."""

# N images, K classes, R chosen rows

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fudemoji.metrics.confusion import confusion, most_confused
from fudemoji.metrics.predictions import AnyPredictions, MultiPredictions, Predictions

__all__ = ["choose_samples", "worst", "worst_multi"]

Ints = NDArray[np.int64]


def choose_samples(
    predictions: AnyPredictions,
    *,
    most: int = 600,
    num_worst: int = 60,
    num_pairs: int = 24,
    per_class: int = 3,
) -> Ints:
    """Places in the set, int64, of up to `most` images worth showing, without repetition.

    First the worst images, then examples of the most confused pairs with clear examples of both classes, then
    clear examples of every class (of those with the lowest recall first, where there is no room for all). With
    several labels an image there are no pairs.
    """
    if isinstance(predictions, MultiPredictions):
        rows_R = np.concatenate(
            [worst_multi(predictions, count=num_worst), _of_labels(predictions, per_class)]
        )
        return predictions.indices_N[_first_of_each(rows_R, most=most)]
    pairs = most_confused(
        confusion(predictions.predicted_N, predictions.labels_N, num_classes=predictions.num_classes),
        count=num_pairs,
    )
    clear_KE, order_K = _clear_examples(predictions, per_class=per_class)
    chosen = [worst(predictions, count=num_worst)]
    chosen += [_taken_for(predictions, label=pair.label, predicted=pair.predicted, count=4) for pair in pairs]
    chosen += [clear_KE[[pair.label, pair.predicted]].ravel() for pair in pairs]
    chosen.append(clear_KE[order_K].T.ravel())
    rows_R = np.concatenate(chosen)
    return predictions.indices_N[_first_of_each(rows_R, most=most)]


def worst(predictions: Predictions, *, count: int) -> Ints:
    """Rows of up to `count` predictions: the wrong ones first, each group by the truth's probability."""
    return np.lexsort((predictions.label_probs_N, predictions.hits_N))[:count].astype(np.int64)


def worst_multi(predictions: MultiPredictions, *, count: int) -> Ints:
    """Rows of up to `count` predictions: those with a wrong label first, each group by its loss."""
    order = np.lexsort((-predictions.losses_N, predictions.hits_N))
    return order[:count].astype(np.int64)


def _first_of_each(rows_R: Ints, *, most: int) -> Ints:
    """The rows without repetition and without -1, in their order."""
    rows_R = rows_R[rows_R >= 0]
    _, first = np.unique(rows_R, return_index=True)
    return rows_R[np.sort(first)][:most]


def _of_labels(predictions: MultiPredictions, per_class: int) -> Ints:
    """Rows of the images that have a label and got it with the highest probabilities, the first of each label first."""
    probs_NK = np.where(predictions.labels_NK, predictions.probs_NK, -1)
    rows_EK = np.argsort(-probs_NK, axis=0, kind="stable")[:per_class]
    return np.where(np.take_along_axis(predictions.labels_NK, rows_EK, axis=0), rows_EK, -1).ravel()


def _taken_for(predictions: Predictions, *, label: int, predicted: int, count: int) -> Ints:
    """Rows of images of one class taken for another, the most confident first."""
    rows = np.flatnonzero((predictions.labels_N == label) & (predictions.predicted_N == predicted))
    return rows[np.argsort(-predictions.top_probs_NT[rows, 0], kind="stable")][:count]


def _clear_examples(predictions: Predictions, *, per_class: int) -> tuple[Ints, Ints]:
    """Rows (K, per_class) of each class's most certain images, -1 where it has none; the weakest first."""
    labels_N, probs_N = predictions.labels_N, predictions.label_probs_N
    order_N = np.lexsort((-probs_N, ~predictions.hits_N, labels_N))
    support_K = np.bincount(labels_N, minlength=predictions.num_classes)
    start_K = np.cumsum(support_K) - support_K
    rank_N = np.arange(len(labels_N)) - start_K[labels_N[order_N]]
    clear_KE = np.full((predictions.num_classes, per_class), -1, dtype=np.int64)
    early = rank_N < per_class
    clear_KE[labels_N[order_N][early], rank_N[early]] = order_N[early]
    hits_K = np.bincount(labels_N[predictions.hits_N], minlength=predictions.num_classes)
    return clear_KE, np.argsort(hits_K / np.maximum(support_K, 1), kind="stable")
