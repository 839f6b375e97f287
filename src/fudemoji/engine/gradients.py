"""The gradients of all ranks' parts of a batch put together."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fudemoji.models.spread import own_statistics
from fudemoji.ranks import Ranks

__all__ = ["add_up_gradients"]


def add_up_gradients(model: nn.Module, loss: Tensor, ranks: Ranks, *, share: float) -> Tensor:
    """Make each gradient the sum of all ranks', and return the sum of their losses; alone, change nothing.

    One exchange for everything, after the backward pass. Running statistics that each rank has found by itself become
    their mean, weighted by `share`, this rank's share of the batch.
    """
    if ranks.is_alone:
        return loss
    statistics = own_statistics(model)
    for statistic in statistics:
        statistic.mul_(share)
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    tensors = [*gradients, *statistics, loss]
    total = ranks.add_up(torch.cat([tensor.reshape(-1) for tensor in tensors]))
    sums = total.split([tensor.numel() for tensor in tensors])
    views: list[Tensor] = [part.view(tensor.shape) for part, tensor in zip(sums, tensors, strict=True)]
    torch._foreach_copy_([*gradients, *statistics], views[:-1])
    return views[-1]
