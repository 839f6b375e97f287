"""Layers that several of our networks share."""

# B images, C channels, T frames, H x W pixels, F features

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ClipConv", "ConvPool", "HalfDropout", "OneOutput"]


class ClipConv(nn.Conv3d):
    """A 3x3x3 convolution with same padding whose bf16 gradient is right on a CPU too.

    Torch 2.15 leaves that of a filter that is padded over maps of two frames as it finds the memory; there the frames
    are padded before (a tenth to a quarter slower, hence not everywhere).
    """

    pads_two_frames = True  # what `fudemoji.runtime` asks before it takes bf16

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that nn.Conv3d gives it
        """(B, C, T, H, W) to (B, C', T, H, W)."""
        if input.shape[2] != 2:
            return super().forward(input)
        padded = F.pad(input, (0, 0, 0, 0, 1, 1))
        return F.conv3d(padded, self.weight, self.bias, padding=(0, 1, 1))


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


class HalfDropout(nn.Module):
    """Dropout at 0.5 that draws bytes instead of floats: on a CPU a fifth of the time of `nn.Dropout`.

    Eight draws come from each 63 random bits, the lowest bit of every byte (Srivastava et al. 2014).
    """

    def forward(self, x: Tensor) -> Tensor:
        """In training each value zeroed or doubled, by chance; else `x`."""
        if not self.training:
            return x
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64, device=x.device).random_()
        keeps = words.view(torch.uint8)[: x.numel()].view(x.shape) & 1
        return x * keeps.mul_(2)


class OneOutput(nn.Linear):
    """The logits (0, z) of two classes from one output z: softmax gives the second class sigmoid(z).

    Cross-entropy over them is the binary cross-entropy of z.
    """

    def __init__(self, in_features: int) -> None:
        super().__init__(in_features, 1)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that nn.Linear gives it
        """(B, F) to (B, 2)."""
        return F.pad(super().forward(input), (1, 0))
