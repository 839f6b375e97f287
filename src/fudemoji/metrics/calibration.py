"""Whether a probability means what it says."""

# N images

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = ["expected_calibration_error"]


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
    if len(top_probs_N) != len(hits_N):
        raise DataError(f"{len(top_probs_N)} probabilities but {len(hits_N)} hits")
    if not len(hits_N):
        raise DataError("no predictions to compare with their confidence")
    bin_N = np.clip(np.ceil(top_probs_N.astype(np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)
    gap_per_bin = np.bincount(bin_N, weights=hits_N - top_probs_N.astype(np.float64), minlength=bins)
    return float(np.abs(gap_per_bin).sum() / len(hits_N))
