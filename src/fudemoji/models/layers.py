"""Layers that several of our networks share."""

# B images, C channels, H x W pixels

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ConvPool"]


class ConvPool(nn.Conv2d):
    """A 3x3 convolution with same padding, then a 2x2 max pool; what the pool would drop is not computed.

    The last row and column of an odd map never reach a pool of stride 2: of a 7x7 map 36 of 49 places count. Norm and
    activation belong behind the pool: being monotonic, they give the same there on a quarter of the places.
    """

    def __init__(self, in_channels: int, out_channels: int, *, bias: bool = True) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1, bias=bias)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that nn.Conv2d gives it
        """(B, C, H, W) to (B, C', H // 2, W // 2)."""
        odd_rows, odd_columns = input.shape[-2] % 2, input.shape[-1] % 2
        if not (odd_rows or odd_columns):
            return F.max_pool2d(super().forward(input), 2)
        padded = F.pad(input, (1, 1 - odd_columns, 1, 1 - odd_rows))
        return F.max_pool2d(F.conv2d(padded, self.weight, self.bias), 2)
