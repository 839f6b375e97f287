"""How well probabilities put images in order: average precision, and the curve it is the area of.

Average precision is the sum over the images of a class, the likeliest first, of the precision down to there, over
their number: the area under the curve of precision against recall, drawn in steps (Manning, Raghavan and Schuetze,
Introduction to Information Retrieval, 2008, section 8.4). Images of one probability are taken together, as
scikit-learn does; a class without an image has 0, and scikit-learn says the same with a warning.
"""

# N images, K classes

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranking", "average_precisions", "precision_recall", "rank_of_class", "rankings"]

_BLOCK = 64  # classes whose columns are laid out one after the other at a time


@dataclass(frozen=True)
class Ranking:
    """The images down to the last one of a class, the likeliest first, in steps of equal probability.

    Attributes:
        order_M: int64, rows of the images, M <= N; what comes after the last image of the class changes nothing.
        is_member_M: bool, whether they are of the class.
        ends: int64, the last place of each step that holds an image of the class.
    """

    order_M: NDArray[np.int64]
    is_member_M: NDArray[np.bool_]
    ends: NDArray[np.int64]

    @cached_property
    def hits(self) -> NDArray[np.int64]:
        """Images of the class down to each of `ends`."""
        return np.cumsum(self.is_member_M, dtype=np.int64)[self.ends]

    @property
    def average_precision(self) -> float:
        """In 0..1; 0 for a class without an image."""
        if not len(self.ends):
            return 0.0
        return float((np.diff(self.hits, prepend=0) * self.hits / (self.ends + 1)).sum() / self.hits[-1])


def rank_of_class(is_member_N: NDArray[np.bool_], probs_N: NDArray[np.float32]) -> Ranking:
    """How the images stand by the probability that a class was given; only those down to its last one are sorted."""
    if not is_member_N.any():
        none = np.zeros(0, dtype=np.int64)
        return Ranking(none, none.astype(np.bool_), none)
    rows_M = np.flatnonzero(probs_N >= probs_N[is_member_N].min())
    order_M = rows_M[np.argsort(-probs_N[rows_M], kind="stable")]
    is_member_M = is_member_N[order_M]
    ends_of_steps = np.append(np.flatnonzero(np.diff(probs_N[order_M])), len(order_M) - 1)
    has_member = np.diff(np.cumsum(is_member_M)[ends_of_steps], prepend=0) > 0
    return Ranking(order_M, is_member_M, ends_of_steps[has_member])


def rankings(
    labels: NDArray[np.int64] | NDArray[np.bool_], probs_NK: NDArray[np.float32]
) -> Iterator[Ranking]:
    """The ranking of every class against all others; labels are int64 (N,), or bool (N, K) of several an image."""
    for start in range(0, probs_NK.shape[1], _BLOCK):
        block_kN = np.ascontiguousarray(
            probs_NK[:, start : start + _BLOCK].T
        )  # columns one by one miss the cache
        for k, probs_N in enumerate(block_kN, start):
            is_member_N = labels[:, k] if labels.ndim == 2 else labels == k
            yield rank_of_class(is_member_N.astype(np.bool_, copy=False), probs_N)


def average_precisions(
    labels: NDArray[np.int64] | NDArray[np.bool_], probs_NK: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The average precision of each class against all others; labels are int64 (N,), or bool (N, K).

    >>> average_precisions(np.array([[True], [False], [True]]), np.float32([[0.9], [0.8], [0.7]])).round(4).tolist()
    [0.8333]
    """
    return np.array([ranking.average_precision for ranking in rankings(labels, probs_NK)])


def precision_recall(
    is_member_N: NDArray[np.bool_], probs_N: NDArray[np.float32], *, most: int = 200
) -> list[tuple[float, float]]:
    """Points (recall, precision) of a class, recall rising; of very many about `most` evenly chosen ones.

    >>> precision_recall(np.array([True, False, True]), np.float32([0.9, 0.8, 0.7]))
    [(0.5, 1.0), (1.0, 0.6666666666666666)]
    """
    ranking = rank_of_class(is_member_N, probs_N)
    if not len(ranking.ends):
        return []
    recall, precision = ranking.hits / ranking.hits[-1], ranking.hits / (ranking.ends + 1)
    chosen = np.unique(np.linspace(0, len(recall) - 1, min(most, len(recall))).round().astype(int))
    return [(float(recall[i]), float(precision[i])) for i in chosen]
