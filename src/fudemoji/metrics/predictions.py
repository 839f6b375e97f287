"""What a model says about every image of a split: of one label an image, or of several.

The arrays know how to become a file and come back from it; the figures are made elsewhere.

Probabilities are kept as float32. Half precision would merge those above 0.9998, and with them the order that average
precision asks for, and make those below 6e-8 zero, which a logarithm feels.
"""

# N images, K classes, T best classes of an image

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = [
    "MOST_KEPT",
    "MOST_STORED",
    "SMALLEST",
    "THRESHOLD",
    "AnyPredictions",
    "MultiPredictions",
    "Predictions",
    "check_classes",
    "predictions_from",
]

MOST_KEPT = (
    256 << 20
)  # bytes of all probabilities of a split: beyond, only the best of each image are in memory
MOST_STORED = 64 << 20  # and beyond this, only they are written to a file
THRESHOLD = 0.5  # a label is given where its probability lies above
SMALLEST = float(np.finfo(np.float32).tiny)  # no probability counts as less in a logarithm
_MOST_TOP = 5
_ROUNDING = 1e-5
_ONE_LABEL = ("indices", "labels", "top_labels", "top_probs", "label_probs")
_SEVERAL_LABELS = ("indices", "labels", "probs")


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
        probs_NK: float32, all probabilities, or None where there are too many of them or nobody asked.

    Raises:
        DataError: no rows, lengths that differ, classes beyond K, or probabilities that are no numbers in 0..1.
    """

    split: str
    indices_N: NDArray[np.int64]
    labels_N: NDArray[np.int64]
    top_labels_NT: NDArray[np.int64]
    top_probs_NT: NDArray[np.float32]
    label_probs_N: NDArray[np.float32]
    num_classes: int
    probs_NK: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        lengths = {name: len(array) for name, array in self.to_arrays().items() if name in _ONE_LABEL}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise DataError(f"predictions of {self.split}: lengths differ ({told})")
        if not len(self):
            raise DataError(f"predictions of {self.split}: there are none")
        wide = (len(self), min(_MOST_TOP, self.num_classes))
        if self.top_labels_NT.shape != wide or self.top_probs_NT.shape != wide:
            raise DataError(
                f"predictions of {self.split}: top labels are {self.top_labels_NT.shape} "
                f"and their probabilities {self.top_probs_NT.shape}, expected {wide}"
            )
        check_classes(self.labels_N, num_classes=self.num_classes, what="labels")
        check_classes(self.top_labels_NT, num_classes=self.num_classes, what="predictions")
        if self.probs_NK is not None and self.probs_NK.shape != (len(self), self.num_classes):
            raise DataError(
                f"predictions of {self.split}: probabilities are {self.probs_NK.shape}, "
                f"expected {(len(self), self.num_classes)}"
            )
        for probs in (self.label_probs_N, self.top_probs_NT, self.probs_NK):
            if probs is not None:
                _check_probs(probs, split=self.split)

    def __len__(self) -> int:
        return len(self.labels_N)

    @property
    def predicted_N(self) -> NDArray[np.int64]:
        """The most probable class of each image."""
        return self.top_labels_NT[:, 0]

    @property
    def hits_N(self) -> NDArray[np.bool_]:
        """Whether the most probable class is the true one."""
        return np.equal(self.predicted_N, self.labels_N)

    @property
    def among_best_N(self) -> NDArray[np.bool_]:
        """Whether the true class is among the five most probable ones."""
        return np.asarray((self.top_labels_NT == self.labels_N[:, None]).any(axis=1))

    @property
    def losses_N(self) -> NDArray[np.float64]:
        """Cross-entropy of each image, in nats."""
        return np.asarray(-np.log(np.maximum(self.label_probs_N.astype(np.float64), SMALLEST)))

    @classmethod
    def from_probs(
        cls,
        split: str,
        indices_N: NDArray[np.int64],
        labels_N: NDArray[np.int64],
        probs_NK: NDArray[np.float32],
    ) -> Self:
        """The predictions that these probabilities mean; of equal ones the class with the lower number comes first.

        >>> made = Predictions.from_probs("test", np.arange(1), np.array([2]), np.float32([[0.25, 0.25, 0.5]]))
        >>> made.top_labels_NT.tolist(), made.label_probs_N.tolist()
        ([[2, 0, 1]], [0.5])
        """
        probs_NK = np.asarray(probs_NK, dtype=np.float32)
        check_classes(labels_N, num_classes=probs_NK.shape[1], what="labels")
        top_NT = np.argsort(-probs_NK, axis=1, kind="stable")[:, :_MOST_TOP]
        return cls(
            split=split,
            indices_N=indices_N,
            labels_N=labels_N,
            top_labels_NT=top_NT,
            top_probs_NT=np.take_along_axis(probs_NK, top_NT, axis=1),
            label_probs_N=np.take_along_axis(probs_NK, labels_N[:, None], axis=1)[:, 0],
            num_classes=probs_NK.shape[1],
            probs_NK=probs_NK,
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays to store as predictions.npz; all probabilities only where they are at most `MOST_STORED`."""
        arrays: dict[str, NDArray[Any]] = {
            "split": np.array(self.split),
            "num_classes": np.array(self.num_classes),
            "indices": self.indices_N,
            "labels": self.labels_N,
            "top_labels": self.top_labels_NT,
            "top_probs": self.top_probs_NT,
            "label_probs": self.label_probs_N,
        }
        if self.probs_NK is not None and self.probs_NK.nbytes <= MOST_STORED:
            arrays["class_probs"] = self.probs_NK
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Predictions:
        """What `to_arrays` stored.

        Raises:
            DataError: an array is missing or does not fit the others.
        """
        absent = [name for name in ("split", "num_classes", *_ONE_LABEL) if name not in arrays]
        if absent:
            raise DataError(f"predictions lack {', '.join(absent)}")
        flat = [name for name in _ONE_LABEL if arrays[name].ndim != 1 + name.startswith("top")]
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
            probs_NK=arrays["class_probs"].astype(np.float32) if "class_probs" in arrays else None,
        )


@dataclass(frozen=True)
class MultiPredictions:
    """What a model says about every image of a split, label by label.

    Attributes:
        split: name of the split.
        indices_N: int64, places of the images in their set.
        labels_NK: bool, the true labels.
        probs_NK: float32, the probability of each label, 0..1 each.

    Raises:
        DataError: no rows, shapes that differ, or probabilities that are no numbers in 0..1.
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
        _check_probs(self.probs_NK, split=self.split)

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
        probs_NK = self.probs_NK.astype(np.float64)
        truth_NK = np.where(self.labels_NK, probs_NK, 1 - probs_NK)
        return np.asarray(-np.log(np.maximum(truth_NK, SMALLEST)).mean(axis=1))

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
        absent = [name for name in ("split", *_SEVERAL_LABELS) if name not in arrays]
        if absent:
            raise DataError(f"predictions lack {', '.join(absent)}")
        return cls(
            split=str(arrays["split"]),
            indices_N=arrays["indices"].astype(np.int64),
            labels_NK=arrays["labels"].astype(np.bool_),
            probs_NK=arrays["probs"].astype(np.float32),
        )


AnyPredictions = Predictions | MultiPredictions


def predictions_from(arrays: Mapping[str, NDArray[Any]]) -> AnyPredictions:
    """The predictions of either kind that lie in predictions.npz.

    Raises:
        DataError: an array is missing or does not fit the others.
    """
    return (MultiPredictions if "probs" in arrays else Predictions).from_arrays(arrays)


def check_classes(classes: NDArray[np.int64], *, num_classes: int, what: str) -> None:
    """Raises a DataError where a class does not lie in 0 .. K - 1."""
    if classes.size and not 0 <= classes.min() <= classes.max() < num_classes:
        raise DataError(
            f"{what} run from {classes.min()} to {classes.max()}, "
            f"but there are {num_classes} classes (0 to {num_classes - 1})"
        )


def _check_probs(probs: NDArray[np.float32], *, split: str) -> None:
    """Refuse what is no probability; sums of softmax may lie a rounding above 1."""
    sound = (probs >= 0) & (probs <= 1 + _ROUNDING)  # false for NaN too
    if sound.all():
        return
    rows_N = sound.all(axis=1) if sound.ndim == 2 else sound
    bad = probs[~sound][0]
    raise DataError(
        f"predictions of {split}: {int((~rows_N).sum())} of {len(probs)} images have a probability that is no number "
        f"in 0 .. 1 (the first: {bad}); the weights are damaged, or their training diverged"
    )
