"""Where to draw the line: thresholds for a wanted precision or recall, and what is paid for them.

A threshold is kept to by probabilities above it. It lies midway between two that occurred, so that it does not hang on
the last digit of one.
"""

# N predictions

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = ["Cut", "cut_at", "for_precision", "for_recall"]


@dataclass(frozen=True)
class Cut:
    """What a threshold keeps of some predictions.

    Attributes:
        threshold: probabilities above it are kept.
        num_kept: how many are.
        precision: share of those kept that are right; 1 where none is.
        recall: share of all there is to find that is kept and right; 1 where there is nothing.
        is_reached: whether what was wanted is reached; if not, this is the nearest to it.
    """

    threshold: float
    num_kept: int
    precision: float
    recall: float
    is_reached: bool = True


def cut_at(
    threshold: float, scores_N: NDArray[np.floating], hits_N: NDArray[np.bool_], *, num_to_find: int
) -> Cut:
    """What a threshold keeps of predictions with these scores, of which `hits_N` are right."""
    kept_N = scores_N > threshold
    kept, right = int(kept_N.sum()), int((kept_N & hits_N).sum())
    return Cut(
        threshold,
        kept,
        precision=right / kept if kept else 1.0,
        recall=right / num_to_find if num_to_find else 1.0,
    )


def for_precision(
    wanted: float, scores_N: NDArray[np.floating], hits_N: NDArray[np.bool_], *, num_to_find: int
) -> Cut:
    """The lowest threshold with the wanted precision; where none has it, the one with the best.

    Args:
        wanted: share, above 0 and up to 1.
        scores_N: probability of each prediction.
        hits_N: whether it is right.
        num_to_find: how many right ones there could be.

    Raises:
        DataError: nothing to choose by, or a share out of range.

    >>> for_precision(0.75, np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]), num_to_find=3)
    Cut(threshold=0.0, num_kept=4, precision=0.75, recall=1.0, is_reached=True)
    """
    thresholds, kept, right = _cuts(wanted, scores_N, hits_N)
    precision = right / kept
    reached = np.flatnonzero(precision >= wanted - 1e-12)
    best = np.flatnonzero(precision == precision.max())
    place = int(reached[-1] if len(reached) else best[-1])
    return _cut(place, thresholds, kept, right, num_to_find=num_to_find, is_reached=bool(len(reached)))


def for_recall(
    wanted: float, scores_N: NDArray[np.floating], hits_N: NDArray[np.bool_], *, num_to_find: int
) -> Cut:
    """The highest threshold with the wanted recall; where none has it, the lowest, which has the best.

    The arguments are those of `for_precision`.

    Raises:
        DataError: nothing to choose by, or a share out of range.

    >>> for_recall(0.5, np.array([1.0, 0.5, 0.25]), np.array([True, False, True]), num_to_find=2)
    Cut(threshold=0.75, num_kept=1, precision=1.0, recall=0.5, is_reached=True)
    """
    thresholds, kept, right = _cuts(wanted, scores_N, hits_N)
    reached = np.flatnonzero(right >= (wanted - 1e-12) * num_to_find)
    place = int(reached[0]) if len(reached) else len(kept) - 1
    return _cut(place, thresholds, kept, right, num_to_find=num_to_find, is_reached=bool(len(reached)))


def _cut(
    place: int,
    thresholds: NDArray[np.float64],
    kept: NDArray[np.int64],
    right: NDArray[np.int64],
    *,
    num_to_find: int,
    is_reached: bool,
) -> Cut:
    recall = right[place] / num_to_find if num_to_find else 1.0
    precision = float(right[place] / kept[place])
    return Cut(float(thresholds[place]), int(kept[place]), precision, float(recall), is_reached)


def _cuts(
    wanted: float, scores_N: NDArray[np.floating], hits_N: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """All thresholds that differ, the highest first, with the numbers kept and right; equal scores stay together."""
    if not 0 < wanted <= 1:
        raise DataError(f"a share of {wanted:g} is asked for, expected more than 0 and 1 at most")
    if not len(scores_N):
        raise DataError("no predictions to choose a threshold by")
    order_N = np.argsort(-scores_N, kind="stable")
    scores_N, hits_N = scores_N[order_N].astype(np.float64), hits_N[order_N]
    ends = np.append(np.flatnonzero(np.diff(scores_N)), len(scores_N) - 1)
    below = np.append(scores_N[ends[:-1] + 1], -scores_N[-1])  # the last threshold is 0: all are kept
    return (scores_N[ends] + below) / 2, ends + 1, np.cumsum(hits_N)[ends]
