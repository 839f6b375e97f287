"""A moving average of the weights, which often does better than the weights themselves."""

from __future__ import annotations

import copy

import torch
from torch import nn

__all__ = ["Average"]


class Average:
    """An exponential moving average of a model's weights and buffers, in the weights' own precision.

    The decay rises as (1 + n) / (10 + n) over the first steps (TensorFlow's rule), so that short runs are not
    dominated by the random start. The model must keep its tensors: train it in place, load into it in place.
    """

    def __init__(self, model: nn.Module, *, decay: float) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.decay = decay
        pairs = list(zip(self.model.state_dict().values(), model.state_dict().values(), strict=True))
        self._floats = [pair for pair in pairs if pair[0].is_floating_point()]
        self._counters = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def update(self, *, step: int) -> None:
        """Move towards the model after its step `step`, counted from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_([a for a, _ in self._floats], [b for _, b in self._floats], 1 - decay)
        for mine, theirs in self._counters:
            mine.copy_(theirs)
