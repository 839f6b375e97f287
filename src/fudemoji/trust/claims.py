"""Predictions as claims: "this image belongs to that class", with a probability, right or wrong.

With one label an image each image makes one claim, its most probable class; with several, each label of each image is
one. What thresholds are chosen by, and what they keep, is then the same arithmetic.
"""

# N images, K classes, M claims

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.metrics import Cut, cut_at, for_precision, for_recall

__all__ = ["Claims"]

LEAST_CLAIMS = 10  # a class with fewer, or with fewer to find, takes the threshold of all classes together


@dataclass(frozen=True)
class Claims:
    """Claims in the order of their classes.

    Attributes:
        scores_M: float64, the calibrated probability of each.
        right_M: whether it is true.
        starts_K: int64, where the claims of each class begin.
        to_find_K: int64, how many claims of each class would be true.
    """

    scores_M: NDArray[np.float64]
    right_M: NDArray[np.bool_]
    starts_K: NDArray[np.int64]
    to_find_K: NDArray[np.int64]

    @classmethod
    def of(cls, probs_NK: NDArray[np.float64], labels: NDArray[np.int64] | NDArray[np.bool_]) -> Claims:
        """The claims of a split."""
        num_images, num_classes = probs_NK.shape
        if labels.ndim == 2:
            starts_K = np.arange(num_classes) * num_images
            return cls(probs_NK.T.ravel(), labels.T.ravel().astype(bool), starts_K, labels.sum(axis=0))
        top_N = probs_NK.argmax(axis=1)
        order_N = np.argsort(top_N, kind="stable")
        return cls(
            scores_M=probs_NK.max(axis=1)[order_N],
            right_M=(top_N == labels)[order_N],
            starts_K=np.searchsorted(top_N[order_N], np.arange(num_classes)),
            to_find_K=np.bincount(labels, minlength=num_classes),
        )

    def _of_class(self, k: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        end = self.starts_K[k + 1] if k + 1 < len(self.starts_K) else len(self.scores_M)
        return self.scores_M[self.starts_K[k] : end], self.right_M[self.starts_K[k] : end]

    def cut(self, wanted: str, share: float) -> Cut:
        """The threshold of all claims together for a wanted `precision` or `recall`."""
        choose = for_precision if wanted == "precision" else for_recall
        return choose(share, self.scores_M, self.right_M, num_to_find=int(self.to_find_K.sum()))

    def cuts(self, wanted: str, share: float) -> list[Cut | None]:
        """The threshold of each class, or None where it has too few claims to choose by."""
        choose = for_precision if wanted == "precision" else for_recall
        found: list[Cut | None] = []
        for k, to_find in enumerate(self.to_find_K.tolist()):
            scores, right = self._of_class(k)
            enough = min(len(scores), to_find) >= LEAST_CLAIMS
            found.append(choose(share, scores, right, num_to_find=to_find) if enough else None)
        return found

    def keeping(self, share: float) -> Cut:
        """The highest threshold that keeps a share of the claims, true or not."""
        all_M = np.ones(len(self.scores_M), dtype=bool)
        return for_recall(share, self.scores_M, all_M, num_to_find=len(self.scores_M))

    def kept(self, thresholds_K: Sequence[float] | NDArray[np.float64]) -> tuple[Cut, list[Cut]]:
        """What the thresholds of the classes keep: of all claims together, and of each class."""
        cuts = [
            cut_at(float(threshold), *self._of_class(k), num_to_find=int(self.to_find_K[k]))
            for k, threshold in enumerate(thresholds_K)
        ]
        class_M = np.repeat(np.arange(len(self.starts_K)), np.diff(self.starts_K, append=len(self.scores_M)))
        above_M = self.scores_M - np.asarray(thresholds_K)[class_M]
        return cut_at(0.0, above_M, self.right_M, num_to_find=int(self.to_find_K.sum())), cuts
