"""Whether a probability means what it says: calibration errors, the reliability curve, Brier's score."""

# N images (or decisions about labels), K classes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = [
    "Bin",
    "brier_score",
    "calibration_errors",
    "expected_calibration_error",
    "reliability",
]


@dataclass(frozen=True)
class Bin:
    """Predictions of about the same confidence: how many, their mean confidence, and the share that was right."""

    count: int
    confidence: float
    accuracy: float

    @property
    def gap(self) -> float:
        """How far the confidence is from the accuracy."""
        return abs(self.accuracy - self.confidence)


def reliability(
    probs_N: NDArray[np.floating], hits_N: NDArray[np.bool_], *, bins: int = 15, equal_mass: bool = False
) -> list[Bin]:
    """The bins of a reliability curve that hold anything, from the least confidence to the greatest.

    Args:
        probs_N: the stated probability: of the most probable class, or of a label.
        hits_N: whether it came true.
        bins: number of bins; each is open below and closed above.
        equal_mass: bins of about as many predictions each, equal probabilities in one bin, instead of bins of one width
            (Nixon et al. 2019, https://arxiv.org/abs/1904.01685).

    Raises:
        DataError: no rows, or lengths differ.

    >>> reliability(np.array([0.6, 0.9, 1.0]), np.array([False, True, True]), bins=2)
    [Bin(count=3, confidence=0.8333333333333334, accuracy=0.6666666666666666)]
    """
    if len(probs_N) != len(hits_N):
        raise DataError(f"{len(probs_N)} probabilities but {len(hits_N)} hits")
    if not len(hits_N):
        raise DataError("no predictions to compare with their confidence")
    probs_N = probs_N.astype(np.float64)
    if equal_mass:
        bin_N = np.searchsorted(np.sort(probs_N), probs_N) * bins // len(probs_N)
    else:
        bin_N = np.clip(np.ceil(probs_N * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(bin_N, minlength=bins)
    confidences, hits = (np.bincount(bin_N, weights=x, minlength=bins) for x in (probs_N, hits_N))
    return [
        Bin(int(counts[place]), float(confidences[place] / counts[place]), float(hits[place] / counts[place]))
        for place in np.flatnonzero(counts)
    ]


def calibration_errors(bins: list[Bin]) -> tuple[float, float]:
    """The mean gap of a reliability curve, weighted by the counts, and the greatest gap."""
    total = sum(one.count for one in bins)
    return sum(one.count * one.gap for one in bins) / total, max(one.gap for one in bins)


def expected_calibration_error(
    top_probs_N: NDArray[np.float32], hits_N: NDArray[np.bool_], *, bins: int = 15
) -> float:
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
    return calibration_errors(reliability(top_probs_N, hits_N, bins=bins))[0]


def brier_score(probs_NK: NDArray[np.floating], labels: NDArray[np.int64] | NDArray[np.bool_]) -> float:
    """Mean squared distance between probabilities and truth; 0 is perfect.

    Of one label an image the sum over the classes, 0..2 (Brier 1950,
    https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2); of several labels (bool N x K) the mean over them,
    0..1.

    >>> round(brier_score(np.array([[0.8, 0.2]]), np.array([0])), 6)
    0.08
    """
    if labels.ndim == 2:
        return float(np.square(probs_NK - labels).mean())
    label_probs_N = probs_NK[np.arange(len(labels)), labels]
    return float((np.square(probs_NK).sum(axis=1) - 2 * label_probs_N + 1).mean())
