"""Predictions and figures where an image may have several labels, or none; without torch, like `metrics`."""

# N images, K classes

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError
from fudemoji.metrics.single import Metrics, Predictions, shares, summarise, wilson_interval

__all__ = [
    "THRESHOLD",
    "AnyMetrics",
    "AnyPredictions",
    "MultiMetrics",
    "MultiPredictions",
    "average_precisions",
    "metrics_of",
    "predictions_from",
    "summarise_multi",
    "worst_multi",
]

THRESHOLD = 0.5  # a label is given where its probability lies above
_SMALLEST = float(np.finfo(np.float32).tiny)
_FIELDS = ("indices", "labels", "probs")


@dataclass(frozen=True)
class MultiPredictions:
    """What a model says about every image of a split, label by label.

    Attributes:
        split: name of the split.
        indices_N: int64, places of the images in their set.
        labels_NK: bool, the true labels.
        probs_NK: float32, the probability of each label, 0..1 each.

    Raises:
        DataError: no rows, or shapes that differ.
    """

    split: str
    indices_N: NDArray[np.int64]
    labels_NK: NDArray[np.bool_]
    probs_NK: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.labels_NK.ndim != 2 or self.labels_NK.shape != self.probs_NK.shape:
            raise DataError(
                f"predictions of {self.split}: labels are {self.labels_NK.shape} and probabilities "
                f"{self.probs_NK.shape}, expected both N x K"
            )
        if len(self.indices_N) != len(self):
            raise DataError(f"predictions of {self.split}: {len(self.indices_N)} indices, {len(self)} labels")
        if not len(self):
            raise DataError(f"predictions of {self.split}: there are none")

    def __len__(self) -> int:
        return len(self.labels_NK)

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return int(self.labels_NK.shape[1])

    @property
    def predicted_NK(self) -> NDArray[np.bool_]:
        """The labels with a probability above a half."""
        return np.greater(self.probs_NK, THRESHOLD)

    @property
    def hits_N(self) -> NDArray[np.bool_]:
        """Whether all labels of an image are right."""
        return np.asarray((self.predicted_NK == self.labels_NK).all(axis=1))

    @property
    def losses_N(self) -> NDArray[np.float64]:
        """Binary cross-entropy of each image, the mean over the classes, in nats."""
        truth_NK = np.where(self.labels_NK, self.probs_NK, 1 - self.probs_NK).astype(np.float64)
        return np.asarray(-np.log(np.maximum(truth_NK, _SMALLEST)).mean(axis=1))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays to store as predictions.npz."""
        return {
            "split": np.array(self.split),
            "num_classes": np.array(self.num_classes),
            "indices": self.indices_N,
            "labels": self.labels_NK,
            "probs": self.probs_NK,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> MultiPredictions:
        """What `to_arrays` stored.

        Raises:
            DataError: an array is missing or does not fit the others.
        """
        absent = [name for name in ("split", *_FIELDS) if name not in arrays]
        if absent:
            raise DataError(f"predictions lack {', '.join(absent)}")
        return cls(
            split=str(arrays["split"]),
            indices_N=arrays["indices"].astype(np.int64),
            labels_NK=arrays["labels"].astype(np.bool_),
            probs_NK=arrays["probs"].astype(np.float32),
        )


@dataclass(frozen=True)
class MultiMetrics:
    """The figures of one split; shares lie in 0..1, `loss` is in nats, the lists have one entry a class.

    `accuracy` is the share of images with all labels right, bounded with 95 % confidence. A label is given where its
    probability lies above a half: F1, precision and recall follow from that; `micro_f1` counts all labels alike,
    `macro_f1` is the mean of the classes that occur or were given. Average precision asks for the order only;
    `mean_average_precision` is the mean of the classes that occur. Without an image, or a given label, all are 0.
    """

    split: str
    num_images: int
    num_classes: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    micro_f1: float
    macro_f1: float
    mean_average_precision: float
    loss: float
    support: tuple[int, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    average_precision: tuple[float, ...]

    @property
    def score(self) -> float:
        """What the best weights are chosen by."""
        return self.mean_average_precision

    @property
    def figures(self) -> dict[str, float]:
        """The figures that events tell of."""
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "mean_average_precision": self.mean_average_precision,
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, ready for JSON."""
        return {name: list(x) if isinstance(x, tuple) else x for name, x in asdict(self).items()}


AnyPredictions = Predictions | MultiPredictions
AnyMetrics = Metrics | MultiMetrics


def predictions_from(arrays: Mapping[str, NDArray[Any]]) -> AnyPredictions:
    """The predictions of either kind that lie in predictions.npz.

    Raises:
        DataError: an array is missing or does not fit the others.
    """
    return (MultiPredictions if "probs" in arrays else Predictions).from_arrays(arrays)


def metrics_of(predictions: AnyPredictions) -> AnyMetrics:
    """All figures of a split, of either kind."""
    if isinstance(predictions, MultiPredictions):
        return summarise_multi(predictions)
    return summarise(predictions)


def average_precisions(labels_NK: NDArray[np.bool_], probs_NK: NDArray[np.float32]) -> NDArray[np.float64]:
    """Precision at each image with a label, averaged over them, for each class; 0 without any.

    Images of one probability are taken together, as scikit-learn does.

    >>> average_precisions(np.array([[True], [False], [True]]), np.float32([[0.9], [0.8], [0.7]])).round(4).tolist()
    [0.8333]
    """
    found_K = np.zeros(labels_NK.shape[1])
    for k in np.flatnonzero(labels_NK.any(axis=0)):
        order_N = np.argsort(-probs_NK[:, k], kind="stable")
        ends = np.append(np.flatnonzero(np.diff(probs_NK[order_N, k])), len(order_N) - 1)
        hits = np.cumsum(labels_NK[order_N, k])[ends]
        found_K[k] = (np.diff(hits, prepend=0) * hits / (ends + 1)).sum() / hits[-1]
    return found_K


def summarise_multi(predictions: MultiPredictions) -> MultiMetrics:
    """All figures of a split."""
    given_NK = predictions.predicted_NK
    support_K, given_K = predictions.labels_NK.sum(axis=0), given_NK.sum(axis=0)
    hits_K = (given_NK & predictions.labels_NK).sum(axis=0)
    f1_K = shares(2 * hits_K, support_K + given_K)
    precision_K = average_precisions(predictions.labels_NK, predictions.probs_NK)
    occurs_K, counts_K = support_K > 0, support_K + given_K > 0
    low, high = wilson_interval(int(predictions.hits_N.sum()), len(predictions))
    return MultiMetrics(
        split=predictions.split,
        num_images=len(predictions),
        num_classes=predictions.num_classes,
        accuracy=float(predictions.hits_N.mean()),
        accuracy_low=low,
        accuracy_high=high,
        micro_f1=float(2 * hits_K.sum() / max(1, support_K.sum() + given_K.sum())),
        macro_f1=float(f1_K[counts_K].mean()) if counts_K.any() else 0.0,
        mean_average_precision=float(precision_K[occurs_K].mean()) if occurs_K.any() else 0.0,
        loss=float(predictions.losses_N.mean()),
        support=tuple(support_K.tolist()),
        precision=tuple(shares(hits_K, given_K).tolist()),
        recall=tuple(shares(hits_K, support_K).tolist()),
        f1=tuple(f1_K.tolist()),
        average_precision=tuple(precision_K.tolist()),
    )


def worst_multi(predictions: MultiPredictions, *, count: int) -> NDArray[np.int64]:
    """Rows of up to `count` predictions: those with a wrong label first, each group by its loss."""
    order = np.lexsort((-predictions.losses_N, predictions.hits_N))
    return order[:count].astype(np.int64)
