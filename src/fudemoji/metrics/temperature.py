"""One number that makes a model's probabilities honest: its logits are divided by it.

Guo et al. 2017, On calibration of modern neural networks, https://arxiv.org/abs/1706.04599. The order of the classes
stays, so no prediction changes.
"""

# N images, K classes

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = ["LEAST_IMAGES", "fit_temperature", "log_loss", "probabilities"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64] | NDArray[np.bool_]

LEAST_IMAGES = 30  # fewer say next to nothing about a temperature
_COLDEST, _HOTTEST = 0.05, 20.0
_PRECISION = 1e-10


def probabilities(
    logits_NK: NDArray[np.floating], *, temperature: float = 1.0, multi_label: bool = False
) -> Floats:
    """Float64 (N, K): the softmax of logits over a temperature, or each label's sigmoid.

    Logits may be shifted by any number an image, so that logarithms of probabilities serve as well.

    >>> probabilities(np.log([[0.8, 0.2]]), temperature=0.5).round(4).tolist()
    [[0.9412, 0.0588]]
    """
    scaled_NK = logits_NK.astype(np.float64) / temperature
    if multi_label:
        with np.errstate(over="ignore"):  # exp of much is infinite, and the quotient 0 as it should be
            return np.asarray(1 / (1 + np.exp(-scaled_NK)))
    scaled_NK -= scaled_NK.max(axis=1, keepdims=True)
    np.exp(scaled_NK, out=scaled_NK)
    scaled_NK /= scaled_NK.sum(axis=1, keepdims=True)
    return scaled_NK


def log_loss(logits_NK: NDArray[np.floating], labels: Labels, *, temperature: float = 1.0) -> float:
    """Mean surprise at the truth in nats: cross-entropy, or of several labels (bool N x K) the binary one's mean.

    >>> round(log_loss(np.log([[0.8, 0.2]]), np.array([0])), 4)
    0.2231
    """
    scaled_NK = logits_NK.astype(np.float64) / temperature
    if labels.ndim == 2:
        return float((np.logaddexp(0, scaled_NK) - scaled_NK * labels).mean())
    scaled_NK -= scaled_NK.max(axis=1, keepdims=True)
    truth_N = scaled_NK[np.arange(len(labels)), labels]
    return float((np.log(np.exp(scaled_NK).sum(axis=1)) - truth_N).mean())


def fit_temperature(logits_NK: NDArray[np.floating], labels: Labels) -> float | None:
    """The temperature with the least log-loss, or None where there is none between 0.05 and 20.

    There is none where every image is read rightly, as the loss then falls for ever towards certainty, nor where
    the model reads no better than chance. The loss is convex in the inverse temperature, so that Newton's steps, held
    between bounds that close in, find the one minimum.

    Args:
        logits_NK: of images that the model was not trained on.
        labels: int64 (N,), or bool (N, K) of several labels.

    Raises:
        DataError: no rows, lengths that differ, or logits that are no numbers.
    """
    if len(logits_NK) != len(labels) or not len(labels):
        raise DataError(
            f"a temperature needs as many logits as labels, one at least: {len(logits_NK)}, {len(labels)}"
        )
    if not np.isfinite(logits_NK).all():
        raise DataError("a temperature cannot be fitted: some logits are no finite numbers")
    slopes = _label_slopes if labels.ndim == 2 else _class_slopes
    exact_NK = logits_NK.astype(np.float64)
    low, high = 1 / _HOTTEST, 1 / _COLDEST
    if slopes(exact_NK, labels, low)[0] > 0 or slopes(exact_NK, labels, high)[0] < 0:
        return None
    inverse = 1.0
    while high - low > _PRECISION * low:
        slope, bend = slopes(exact_NK, labels, inverse)
        low, high = (inverse, high) if slope < 0 else (low, inverse)
        newton = inverse - slope / bend if bend > 0 else math.inf
        if abs(newton - inverse) <= _PRECISION * inverse:
            break
        inverse = newton if low < newton < high else (low + high) / 2
    return 1 / inverse


def _class_slopes(logits_NK: Floats, labels_N: Labels, inverse: float) -> tuple[float, float]:
    """First and second derivative of the mean cross-entropy by the inverse temperature."""
    probs_NK = probabilities(logits_NK, temperature=1 / inverse)
    mean_N = np.einsum("nk,nk->n", probs_NK, logits_NK)
    square_N = np.einsum("nk,nk,nk->n", probs_NK, logits_NK, logits_NK)
    truth_N = logits_NK[np.arange(len(labels_N)), labels_N]
    return float((mean_N - truth_N).mean()), float((square_N - mean_N**2).mean())


def _label_slopes(logits_NK: Floats, labels_NK: Labels, inverse: float) -> tuple[float, float]:
    """The same of the mean binary cross-entropy."""
    probs_NK = probabilities(logits_NK, temperature=1 / inverse, multi_label=True)
    slope = float(((probs_NK - labels_NK) * logits_NK).mean())
    return slope, float((probs_NK * (1 - probs_NK) * logits_NK**2).mean())
