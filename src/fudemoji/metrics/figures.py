"""How good a classifier is, in figures: shares, means over the classes, losses.

Only the counts of each class are needed for most of them, so that thousands of classes cost no more than ten; average
precision wants all probabilities. Definitions are scikit-learn's, with these differences where it warns or gives up:

- a share of nothing is 0 (its `zero_division=0`);
- macro precision, recall and F1 are means over the classes that occur or were predicted, its default for one label an
  image, and here for several as well, where it counts labels of which there is neither;
- mean average precision is the mean over the classes that occur;
- top-5 accuracy is 1 where there are five classes or fewer;
- a probability counts as 1.2e-38 at least in a logarithm, the smallest ordinary float32; there it is 2.2e-16.
"""

# N images, K classes

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.metrics.calibration import expected_calibration_error
from fudemoji.metrics.intervals import wilson_interval
from fudemoji.metrics.predictions import AnyPredictions, MultiPredictions, Predictions
from fudemoji.metrics.ranking import average_precisions

__all__ = [
    "AnyMetrics",
    "Metrics",
    "MultiMetrics",
    "metrics_of",
    "shares",
    "summarise",
    "summarise_multi",
]


@dataclass(frozen=True)
class Metrics:
    """The figures of one split; shares lie in 0..1, `loss` is in nats, the lists have one entry a class.

    `accuracy_low` and `accuracy_high` bound the accuracy with 95 % confidence. `balanced_accuracy` is the
    mean recall of the classes that occur; `macro_precision`, `macro_recall` and `macro_f1` are means over those that
    occur or were predicted. Precision without a prediction, and recall and F1 without an image, are 0.
    `average_precision` is that of each class against all others, and `mean_average_precision` its mean over the
    classes that occur; both are None where not all probabilities are known.
    """

    split: str
    num_images: int
    num_classes: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    balanced_accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    top5_accuracy: float
    mean_average_precision: float | None
    loss: float
    calibration_error: float
    support: tuple[int, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    average_precision: tuple[float, ...] | None

    @property
    def score(self) -> float:
        """What the best weights are chosen by."""
        return self.accuracy

    @property
    def figures(self) -> dict[str, float]:
        """The figures that events tell of."""
        return {"accuracy": self.accuracy, "balanced_accuracy": self.balanced_accuracy}

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, ready for JSON."""
        return {name: list(x) if isinstance(x, tuple) else x for name, x in asdict(self).items()}


@dataclass(frozen=True)
class MultiMetrics:
    """The figures of one split; shares lie in 0..1, `loss` is in nats, the lists have one entry a class.

    `accuracy` is the share of images with all labels right, bounded with 95 % confidence; `hamming_loss` the share of
    labels that are wrongly given or missed. A label is given where its probability lies above a half: F1, precision
    and recall follow from that; the `micro` ones count all labels alike, the `macro` ones are means over the classes
    that occur or were given. Average precision asks for the order only;
    `mean_average_precision` is the mean of the classes that occur. Without an image, or a given label, all are 0.
    """

    split: str
    num_images: int
    num_classes: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    hamming_loss: float
    micro_precision: float
    micro_recall: float
    micro_f1: float
    macro_precision: float
    macro_recall: float
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


AnyMetrics = Metrics | MultiMetrics


def metrics_of(predictions: AnyPredictions) -> AnyMetrics:
    """All figures of a split, of either kind."""
    if isinstance(predictions, MultiPredictions):
        return summarise_multi(predictions)
    return summarise(predictions)


def shares(part_K: NDArray[np.int64], whole_K: NDArray[np.int64]) -> NDArray[np.float64]:
    """The part over the whole, and 0 where the whole is empty; of any shape."""
    return np.divide(part_K, whole_K, out=np.zeros(np.shape(whole_K)), where=np.asarray(whole_K) > 0)


def summarise(predictions: Predictions) -> Metrics:
    """All figures of a split; those that need all probabilities only where they are known."""
    count = predictions.num_classes
    hits_N = predictions.hits_N
    support_K = np.bincount(predictions.labels_N, minlength=count)
    predicted_K = np.bincount(predictions.predicted_N, minlength=count)
    hits_K = np.bincount(predictions.labels_N[hits_N], minlength=count)
    precision_K, recall_K = shares(hits_K, predicted_K), shares(hits_K, support_K)
    f1_K = shares(2 * hits_K, support_K + predicted_K)
    occurs_K, counts_K = support_K > 0, support_K + predicted_K > 0
    low, high = wilson_interval(int(hits_N.sum()), len(predictions))
    ranked_K = None
    if predictions.probs_NK is not None:
        ranked_K = average_precisions(predictions.labels_N, predictions.probs_NK)
    return Metrics(
        split=predictions.split,
        num_images=len(predictions),
        num_classes=count,
        accuracy=float(hits_N.mean()),
        accuracy_low=low,
        accuracy_high=high,
        balanced_accuracy=float(recall_K[occurs_K].mean()),
        macro_precision=float(precision_K[counts_K].mean()),
        macro_recall=float(recall_K[counts_K].mean()),
        macro_f1=float(f1_K[counts_K].mean()),
        top5_accuracy=float(predictions.among_best_N.mean()),
        mean_average_precision=None if ranked_K is None else float(ranked_K[occurs_K].mean()),
        loss=float(predictions.losses_N.mean()),
        calibration_error=expected_calibration_error(predictions.top_probs_NT[:, 0], hits_N),
        support=tuple(support_K.tolist()),
        precision=tuple(precision_K.tolist()),
        recall=tuple(recall_K.tolist()),
        f1=tuple(f1_K.tolist()),
        average_precision=None if ranked_K is None else tuple(ranked_K.tolist()),
    )


def summarise_multi(predictions: MultiPredictions) -> MultiMetrics:
    """All figures of a split."""
    given_NK = predictions.predicted_NK
    support_K, given_K = predictions.labels_NK.sum(axis=0), given_NK.sum(axis=0)
    hits_K = (given_NK & predictions.labels_NK).sum(axis=0)
    precision_K, recall_K = shares(hits_K, given_K), shares(hits_K, support_K)
    f1_K = shares(2 * hits_K, support_K + given_K)
    ranked_K = average_precisions(predictions.labels_NK, predictions.probs_NK)
    occurs_K, counts_K = support_K > 0, support_K + given_K > 0
    low, high = wilson_interval(int(predictions.hits_N.sum()), len(predictions))
    hits, support, given = int(hits_K.sum()), int(support_K.sum()), int(given_K.sum())
    return MultiMetrics(
        split=predictions.split,
        num_images=len(predictions),
        num_classes=predictions.num_classes,
        accuracy=float(predictions.hits_N.mean()),
        accuracy_low=low,
        accuracy_high=high,
        hamming_loss=float((given_NK != predictions.labels_NK).mean()),
        micro_precision=hits / max(1, given),
        micro_recall=hits / max(1, support),
        micro_f1=2 * hits / max(1, support + given),
        macro_precision=_mean(precision_K[counts_K]),
        macro_recall=_mean(recall_K[counts_K]),
        macro_f1=_mean(f1_K[counts_K]),
        mean_average_precision=_mean(ranked_K[occurs_K]),
        loss=float(predictions.losses_N.mean()),
        support=tuple(support_K.tolist()),
        precision=tuple(precision_K.tolist()),
        recall=tuple(recall_K.tolist()),
        f1=tuple(f1_K.tolist()),
        average_precision=tuple(ranked_K.tolist()),
    )


def _mean(values_K: NDArray[np.float64]) -> float:
    return float(values_K.mean()) if len(values_K) else 0.0
