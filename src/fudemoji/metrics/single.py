"""How good a classifier is: arithmetic on its predictions, without torch.

Only the counts of each class are needed for most figures, so that thousands of classes cost no more than
ten; the whole confusion matrix (K x K) is made on request.
"""

# N images, K classes, T best classes of an image

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = [
    "ConfusedPair",
    "Metrics",
    "Predictions",
    "confusion",
    "expected_calibration_error",
    "most_confused",
    "shares",
    "summarise",
    "wilson_interval",
    "worst",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
_SMALLEST = float(np.finfo(np.float32).tiny)
_FIELDS = ("indices", "labels", "top_labels", "top_probs", "label_probs")


@dataclass(frozen=True)
class Predictions:
    """What a model says about every image of a split.

    Attributes:
        split: name of the split.
        indices_N: int64, places of the images in their set.
        labels_N: int64, the true classes.
        top_labels_NT: int64, the T = min(5, K) most probable classes, best first.
        top_probs_NT: float32, their probabilities.
        label_probs_N: float32, probability given to the true class.
        num_classes: K.

    Raises:
        DataError: no rows, lengths that differ, or classes beyond K.
    """

    split: str
    indices_N: Ints
    labels_N: Ints
    top_labels_NT: Ints
    top_probs_NT: Floats
    label_probs_N: Floats
    num_classes: int

    def __post_init__(self) -> None:
        lengths = {name: len(array) for name, array in self.to_arrays().items() if name in _FIELDS}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise DataError(f"predictions of {self.split}: lengths differ ({told})")
        if not len(self):
            raise DataError(f"predictions of {self.split}: there are none")
        wide = (len(self), min(5, self.num_classes))
        if self.top_labels_NT.shape != wide or self.top_probs_NT.shape != wide:
            raise DataError(
                f"predictions of {self.split}: top labels are {self.top_labels_NT.shape} "
                f"and their probabilities {self.top_probs_NT.shape}, expected {wide}"
            )
        _check_classes(self.labels_N, num_classes=self.num_classes, what="labels")
        _check_classes(self.top_labels_NT, num_classes=self.num_classes, what="predictions")

    def __len__(self) -> int:
        return len(self.labels_N)

    @property
    def predicted_N(self) -> Ints:
        """The most probable class of each image."""
        return self.top_labels_NT[:, 0]

    @property
    def hits_N(self) -> NDArray[np.bool_]:
        """Whether the most probable class is the true one."""
        return np.equal(self.predicted_N, self.labels_N)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays to store as predictions.npz."""
        return {
            "split": np.array(self.split),
            "num_classes": np.array(self.num_classes),
            "indices": self.indices_N,
            "labels": self.labels_N,
            "top_labels": self.top_labels_NT,
            "top_probs": self.top_probs_NT,
            "label_probs": self.label_probs_N,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Predictions:
        """What `to_arrays` stored.

        Raises:
            DataError: an array is missing or does not fit the others.
        """
        absent = [name for name in ("split", "num_classes", *_FIELDS) if name not in arrays]
        if absent:
            raise DataError(f"predictions lack {', '.join(absent)}")
        flat = [name for name in _FIELDS if arrays[name].ndim != 1 + name.startswith("top")]
        if flat:
            raise DataError(f"predictions: {', '.join(flat)} of the wrong number of dimensions")
        return cls(
            split=str(arrays["split"]),
            indices_N=arrays["indices"].astype(np.int64),
            labels_N=arrays["labels"].astype(np.int64),
            top_labels_NT=arrays["top_labels"].astype(np.int64),
            top_probs_NT=arrays["top_probs"].astype(np.float32),
            label_probs_N=arrays["label_probs"].astype(np.float32),
            num_classes=int(arrays["num_classes"]),
        )


@dataclass(frozen=True)
class Metrics:
    """The figures of one split; shares lie in 0..1, `loss` is in nats, the lists have one entry a class.

    `accuracy_low` and `accuracy_high` bound the accuracy with 95 % confidence. `balanced_accuracy` is the
    mean recall of the classes that occur, `macro_f1` the mean F1 of those that occur or were predicted.
    Precision without a prediction, and recall and F1 without an image, are 0.
    """

    split: str
    num_images: int
    num_classes: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    balanced_accuracy: float
    macro_f1: float
    top5_accuracy: float
    loss: float
    calibration_error: float
    support: tuple[int, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]

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
class ConfusedPair:
    """`count` images of class `label` were taken for class `predicted`."""

    label: int
    predicted: int
    count: int


def _check_classes(classes: Ints, *, num_classes: int, what: str) -> None:
    if classes.size and not 0 <= classes.min() <= classes.max() < num_classes:
        raise DataError(
            f"{what} run from {classes.min()} to {classes.max()}, "
            f"but there are {num_classes} classes (0 to {num_classes - 1})"
        )


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
    _check_classes(labels_N, num_classes=num_classes, what="labels")
    _check_classes(predicted_N, num_classes=num_classes, what="predictions")
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (labels_N, predicted_N), 1)
    return matrix


def wilson_interval(num_hits: int, num_images: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Bounds of a share in 0..1, with 95 % confidence by default; sound for shares near 0 and 1 too.

    Wilson, Probable inference, JASA 22 (1927), https://doi.org/10.1080/01621459.1927.10502953.

    >>> low, high = wilson_interval(1980, 2000)
    >>> f"{low:.4f} {high:.4f}"
    '0.9846 0.9935'
    """
    if not num_images:
        raise DataError("no images to take a share of")
    share = num_hits / num_images
    scale = 1 + z * z / num_images
    centre = (share + z * z / (2 * num_images)) / scale
    reach = z / scale * math.sqrt(share * (1 - share) / num_images + z * z / (4 * num_images**2))
    low = 0.0 if num_hits == 0 else centre - reach
    return low, 1.0 if num_hits == num_images else centre + reach


def expected_calibration_error(top_probs_N: Floats, hits_N: NDArray[np.bool_], *, bins: int = 15) -> float:
    """How far stated confidence is from accuracy, on average, in 0..1.

    Equal-width bins over the top probability, weighted by their counts
    (Guo et al. 2017, https://arxiv.org/abs/1706.04599).

    Args:
        top_probs_N: probability of the most probable class.
        hits_N: whether that class is the true one.
        bins: number of bins; each is open below and closed above.

    Raises:
        DataError: no rows, or lengths differ.
    """
    if len(top_probs_N) != len(hits_N):
        raise DataError(f"{len(top_probs_N)} probabilities but {len(hits_N)} hits")
    if not len(hits_N):
        raise DataError("no predictions to compare with their confidence")
    bin_N = np.clip(np.ceil(top_probs_N.astype(np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)
    gap_per_bin = np.bincount(bin_N, weights=hits_N - top_probs_N.astype(np.float64), minlength=bins)
    return float(np.abs(gap_per_bin).sum() / len(hits_N))


def shares(part_K: Ints, whole_K: Ints) -> NDArray[np.float64]:
    """The part over the whole, and 0 where the whole is empty."""
    return np.divide(part_K, whole_K, out=np.zeros(len(whole_K)), where=whole_K > 0)


def summarise(predictions: Predictions) -> Metrics:
    """All figures of a split."""
    count = predictions.num_classes
    hits_N = predictions.hits_N
    support_K = np.bincount(predictions.labels_N, minlength=count)
    predicted_K = np.bincount(predictions.predicted_N, minlength=count)
    hits_K = np.bincount(predictions.labels_N[hits_N], minlength=count)
    recall_K = shares(hits_K, support_K)
    f1_K = shares(2 * hits_K, support_K + predicted_K)
    low, high = wilson_interval(int(hits_N.sum()), len(predictions))
    probs_N = np.maximum(predictions.label_probs_N.astype(np.float64), _SMALLEST)
    return Metrics(
        split=predictions.split,
        num_images=len(predictions),
        num_classes=count,
        accuracy=float(hits_N.mean()),
        accuracy_low=low,
        accuracy_high=high,
        balanced_accuracy=float(recall_K[support_K > 0].mean()),
        macro_f1=float(f1_K[support_K + predicted_K > 0].mean()),
        top5_accuracy=float((predictions.top_labels_NT == predictions.labels_N[:, None]).any(axis=1).mean()),
        loss=float(-np.log(probs_N).mean()),
        calibration_error=expected_calibration_error(predictions.top_probs_NT[:, 0], hits_N),
        support=tuple(support_K.tolist()),
        precision=tuple(shares(hits_K, predicted_K).tolist()),
        recall=tuple(recall_K.tolist()),
        f1=tuple(f1_K.tolist()),
    )


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


def worst(predictions: Predictions, *, count: int) -> Ints:
    """Rows of up to `count` predictions: the wrong ones first, each group by the truth's probability."""
    return np.lexsort((predictions.label_probs_N, predictions.hits_N))[:count].astype(np.int64)
