"""The order of an epoch in which every class comes equally often."""

# N images, K classes, V visits to each of them

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["balanced_order"]


def balanced_order(classes_N: NDArray[np.int64], *, count: int, rng: torch.Generator) -> Tensor:
    """Places of `count` images, int64, drawn so that every class that occurs comes equally often, to within one.

    Each K draws in a row, from the first on, hold every class once; a class's images are all drawn once before one
    is drawn again.

    >>> order = balanced_order(np.array([0, 0, 0, 0, 1]), count=6, rng=torch.Generator().manual_seed(0))
    >>> (order == 4).sum().item()
    3
    """
    draw = np.random.default_rng(int(torch.randint(2**62, (1,), generator=rng)))
    _, class_N, sizes_K = np.unique(classes_N, return_inverse=True, return_counts=True)
    num_visits = -(-count // len(sizes_K))
    members_N = np.argsort(class_N, kind="stable")
    starts_K = np.cumsum(sizes_K) - sizes_K
    rounds_K = -(-num_visits // sizes_K)  # how often a class is gone through, the last time in part
    class_M = np.repeat(np.arange(len(sizes_K)), rounds_K * sizes_K)
    first_K = np.cumsum(rounds_K * sizes_K) - rounds_K * sizes_K
    round_M, member_M = np.divmod(np.arange(len(class_M)) - first_K[class_M], sizes_K[class_M])
    shuffled_M = np.lexsort((draw.random(len(class_M)), round_M, class_M))  # within each round of each class
    visit_KV = first_K[:, None] + np.arange(num_visits)
    place_M = members_N[starts_K[class_M] + member_M][shuffled_M]
    order_VK = draw.permuted(place_M[visit_KV].T, axis=1)
    return torch.from_numpy(order_VK.ravel()[:count].astype(np.int64))
