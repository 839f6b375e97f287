"""What a training minimises: functions of logits and targets, made once and handed to the loop as values."""

# B images, K classes

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from fudemoji.config import Balance

__all__ = [
    "Loss",
    "binary_cross_entropy",
    "chance_level",
    "class_weights",
    "cross_entropy",
    "log_prior",
    "loss_of",
    "pos_weights",
]

Loss = Callable[[Tensor, Tensor], Tensor]
"""Logits float32 (B, K) and targets, int64 (B,) or float (B, K), to the mean loss of the images, a scalar."""

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]


def cross_entropy(
    *,
    smoothing: float = 0.0,
    gamma: float = 0.0,
    weights_K: Tensor | None = None,
    offsets_K: Tensor | None = None,
) -> Loss:
    """Cross-entropy with label smoothing, in nats, for one label an image; mixed targets are welcome.

    Args:
        smoothing: share of the target that is spread evenly over the classes.
        gamma: an image's loss is scaled by (1 - p)**gamma, p being the probability of its label: focal loss
            (Lin et al. 2017, https://arxiv.org/abs/1708.02002).
        weights_K: an image's loss is scaled by its label's weight; it is divided by the number of images, not by
            the sum of their weights, so that slices of a batch add up to the batch.
        offsets_K: added to the logits: tau * log prior is logit adjustment (Menon et al. 2020,
            https://arxiv.org/abs/2007.07314).
    """

    def loss(logits_BK: Tensor, targets: Tensor) -> Tensor:
        if offsets_K is not None:
            logits_BK = logits_BK + offsets_K
        if weights_K is None and not gamma:
            return F.cross_entropy(logits_BK, targets, label_smoothing=smoothing)
        losses_B = F.cross_entropy(logits_BK, targets, label_smoothing=smoothing, reduction="none")
        if gamma:
            losses_B = losses_B * (1 - _of_label(logits_BK.softmax(1), targets)).clamp(min=0) ** gamma
        if weights_K is not None:
            losses_B = losses_B * _of_label(weights_K.expand_as(logits_BK), targets)
        return losses_B.mean()

    return loss


def _of_label(values_BK: Tensor, targets: Tensor) -> Tensor:
    """Each image's value at its label, (B,); the mean over its labels where they are mixed."""
    if targets.ndim == 1:
        return values_BK.gather(1, targets[:, None])[:, 0]
    return (values_BK * targets).sum(1)


def binary_cross_entropy(
    *, smoothing: float = 0.0, gamma: float = 0.0, pos_weights_K: Tensor | None = None
) -> Loss:
    """The mean over classes of binary cross-entropy, in nats, for several labels an image.

    Args:
        smoothing: targets move by half of it towards the other side: 0.1 makes 1 to 0.95 and 0 to 0.05.
        gamma: each term is scaled by (1 - p)**gamma, p being the probability of what is true: focal loss.
        pos_weights_K: weight of the term where the label is given, against 1 where it is not.
    """

    def loss(logits_BK: Tensor, targets_BK: Tensor) -> Tensor:
        soft_BK = targets_BK * (1 - smoothing) + smoothing / 2
        losses_BK = F.binary_cross_entropy_with_logits(
            logits_BK, soft_BK, pos_weight=pos_weights_K, reduction="none"
        )
        if gamma:
            probs_BK = logits_BK.sigmoid()
            truth_BK = targets_BK * probs_BK + (1 - targets_BK) * (1 - probs_BK)
            losses_BK = losses_BK * (1 - truth_BK).clamp(min=0) ** gamma
        return losses_BK.mean()

    return loss


def _effective(counts_K: Ints, beta: float | None) -> Floats:
    """The number of images, or their effective number (1 - beta**n) / (1 - beta)."""
    if beta is None:
        return counts_K.astype(np.float64)
    return np.asarray((1 - beta**counts_K) / (1 - beta), dtype=np.float64)


def class_weights(counts_K: Ints, *, beta: float | None = None) -> Floats:
    """Weights of mean 1 over the images, one over the number of images a class; 0 for a class without.

    With `beta`, one over their effective number (1 - beta**n) / (1 - beta) (Cui et al. 2019,
    https://arxiv.org/abs/1901.05555).

    >>> class_weights(np.array([3, 1])).tolist()
    [0.6666666666666666, 2.0]
    """
    numbers_K = _effective(counts_K, beta)
    weights_K = np.divide(1.0, numbers_K, out=np.zeros(len(counts_K)), where=counts_K > 0)
    return np.asarray(weights_K * (counts_K.sum() / (weights_K * counts_K).sum()))


def pos_weights(counts_K: Ints, *, num_images: int, beta: float | None = None) -> Floats:
    """For each class, images without it over images with it (or their effective numbers); 1 where one is missing.

    >>> pos_weights(np.array([25, 50, 0]), num_images=100).tolist()
    [3.0, 1.0, 1.0]
    """
    with_K, without_K = _effective(counts_K, beta), _effective(num_images - counts_K, beta)
    return np.divide(without_K, with_K, out=np.ones(len(counts_K)), where=(with_K > 0) & (without_K > 0))


def log_prior(counts_K: Ints) -> Floats:
    """The logarithm of each class's share of the images; a class without any counts as one image.

    >>> log_prior(np.array([1, 1])).round(4).tolist()
    [-0.6931, -0.6931]
    """
    return np.asarray(np.log(np.maximum(counts_K, 1) / counts_K.sum()))


def loss_of(
    balance: Balance,
    *,
    smoothing: float,
    counts_K: Ints,
    num_images: int,
    multi_label: bool,
    device: torch.device,
) -> Loss:
    """The loss that settings ask for, on a training split with `counts_K` of `num_images` images a class."""
    gamma, weights_K = _gamma_and_weights(
        balance, counts_K=counts_K, num_images=num_images, multi_label=multi_label
    )
    tau = balance.logit_adjust

    def placed(values_K: Floats | None) -> Tensor | None:
        return None if values_K is None else torch.from_numpy(values_K).to(device, torch.float32)

    if multi_label:
        return binary_cross_entropy(smoothing=smoothing, gamma=gamma, pos_weights_K=placed(weights_K))
    return cross_entropy(
        smoothing=smoothing,
        gamma=gamma,
        weights_K=placed(weights_K),
        offsets_K=placed(tau * log_prior(counts_K) if tau else None),
    )


def chance_level(balance: Balance, *, counts_K: Ints, num_images: int, multi_label: bool) -> float:
    """The loss, in nats and without smoothing, of guessing by how often each class occurs.

    Of plain cross-entropy it is the entropy of the labels; of several labels an image, the mean of their entropies.
    """
    gamma, weights_K = _gamma_and_weights(
        balance, counts_K=counts_K, num_images=num_images, multi_label=multi_label
    )
    weights_K = np.ones(len(counts_K)) if weights_K is None else weights_K

    def surprise(probs_K: Floats) -> Floats:
        return np.asarray(-np.log(np.maximum(probs_K, 1e-12)) * (1 - probs_K) ** gamma)

    if multi_label:
        shares_K = counts_K / num_images
        guess_K = weights_K * shares_K / (weights_K * shares_K + 1 - shares_K)
        losses_K = weights_K * shares_K * surprise(guess_K) + (1 - shares_K) * surprise(1 - guess_K)
        return float(losses_K.mean())
    drawn_K = np.minimum(counts_K, 1) if balance.sampling == "balanced" else counts_K
    parts_K = drawn_K / drawn_K.sum() * weights_K
    return float((parts_K * surprise(parts_K / parts_K.sum())).sum())


def _gamma_and_weights(
    balance: Balance, *, counts_K: Ints, num_images: int, multi_label: bool
) -> tuple[float, Floats | None]:
    gamma = balance.focal_gamma if balance.loss == "focal" else 0.0
    if balance.class_weights == "none":
        return gamma, None
    beta = balance.effective_beta if balance.class_weights == "effective" else None
    if multi_label:
        return gamma, pos_weights(counts_K, num_images=num_images, beta=beta)
    return gamma, class_weights(counts_K, beta=beta)
