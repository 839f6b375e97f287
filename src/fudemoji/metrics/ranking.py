"""How well probabilities put images in order."""

# N images, K classes

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["average_precisions"]


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
