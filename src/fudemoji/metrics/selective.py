"""How good a classifier is that may say "unknown": coverage against accuracy, known images against unknown ones."""

# N images, M images that belong to no class

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = ["Selection", "auroc", "selection"]


@dataclass(frozen=True)
class Selection:
    """Coverage and accuracy as ever less certain images are kept.

    Attributes:
        coverages: shares of the images that are kept, rising to 1; images of one score come together.
        accuracies: of what is kept.
        thresholds: the lowest score that is kept.
        aurc: area under risk against coverage: the mean error of what is kept, over all coverages
            (Geifman, El-Yaniv 2017, https://arxiv.org/abs/1705.08500); smaller is better.
    """

    coverages: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    aurc: float


def selection(scores_N: NDArray[np.floating], hits_N: NDArray[np.bool_]) -> Selection:
    """The coverage-accuracy curve of predictions by a score that says how certain each is.

    Raises:
        DataError: no rows, or lengths differ.

    >>> selection(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])).accuracies.round(3).tolist()
    [1.0, 1.0, 0.667, 0.75]
    """
    if len(scores_N) != len(hits_N) or not len(hits_N):
        raise DataError(f"{len(scores_N)} scores and {len(hits_N)} hits, expected as many, one at least")
    order_N = np.argsort(-scores_N, kind="stable")
    scores_N, errors_N = scores_N[order_N].astype(np.float64), ~hits_N[order_N]
    ends = np.append(np.flatnonzero(np.diff(scores_N)), len(scores_N) - 1)
    errors = np.cumsum(errors_N)[ends]
    every = np.arange(1, len(scores_N) + 1)
    between_N = np.interp(
        every, np.append(0, ends + 1), np.append(0, errors)
    )  # of equal scores, whichever comes first
    return Selection(
        coverages=(ends + 1) / len(scores_N),
        accuracies=1 - errors / (ends + 1),
        thresholds=scores_N[ends],
        aurc=float((between_N / every).mean()),
    )


def auroc(known_N: NDArray[np.floating], unknown_M: NDArray[np.floating]) -> float:
    """Chance that an image of the set has a higher score than one that belongs to no class; equal scores count half.

    Raises:
        DataError: one of the two is empty.

    >>> auroc(np.array([0.9, 0.8, 0.6]), np.array([0.7, 0.6]))
    0.75
    """
    if not len(known_N) or not len(unknown_M):
        raise DataError("telling known from unknown images needs some of both")
    sorted_M = np.sort(unknown_M)
    below = np.searchsorted(sorted_M, known_N, "left") + np.searchsorted(sorted_M, known_N, "right")
    return float(below.mean() / (2 * len(sorted_M)))
