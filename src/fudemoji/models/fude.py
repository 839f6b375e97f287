"""The conv-pool family: pool early, go wide late; made for the most accuracy per second on a CPU."""

# B images, C channels, H x W pixels, K classes

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from torch import Tensor, nn
from torch.nn.functional import relu

from fudemoji.errors import SettingsError, look_up
from fudemoji.models.layers import ConvPool

__all__ = ["Fude", "FudeSize", "fude"]

FudeSize = Literal["s", "m", "l"]


@dataclass(frozen=True)
class _Shape:
    """Of each of the four stages: its width, and whether it pools and refines."""

    widths: tuple[int, int, int, int]
    pools: tuple[bool, bool, bool, bool]
    refines: tuple[bool, bool, bool, bool] = (True, True, True, True)


# 28 px become 14, 7, 7, 3 in `s`, and 28, 14, 7, 3 in `m` and `l`: the first stage at full size costs twice the time
# and sees what the pool would have blurred. Without its first two residual convolutions `s` makes a step in 0.87 of
# the time, and what that buys in epochs is worth more than they are (docs/log.md).
_SHAPES = {
    "s": _Shape((16, 32, 64, 128), pools=(True, True, False, True), refines=(False, False, True, True)),
    "m": _Shape((16, 32, 64, 128), pools=(False, True, True, True)),
    "l": _Shape((32, 64, 128, 256), pools=(False, True, True, True)),
}
_SMALLEST = 8  # pixels: three pools leave one


def fude(size: FudeSize, *, in_channels: int, num_classes: int) -> Fude:
    """An untrained network of the family: `s` and `m` 0.3 M parameters, `l` 1.2 M.

    `m` has the filters of `s` and looks closer, at about twice the time; `l` is twice as wide as `m`.

    Raises:
        SettingsError: no such size, no channel, or fewer than two classes.

    >>> sum(p.numel() for p in fude("s", in_channels=1, num_classes=10).parameters())
    283386
    """
    shape = look_up(_SHAPES, size, what="size of fude")
    if in_channels < 1:
        raise SettingsError(f"model fude-{size} needs at least 1 channel, not {in_channels}")
    if num_classes < 2:
        raise SettingsError(f"model fude-{size} needs at least 2 classes, not {num_classes}")
    return Fude(shape, in_channels=in_channels, num_classes=num_classes)


class Fude(nn.Module):
    """Four stages of convolution, max pool and (most) a residual convolution, then the maximum over all places.

    Any image from 8x8 on will do, square or not. Input (B, C, H, W) float, normalised; output logits (B, K). In
    training a batch of one image of under 16x16 cannot be normalised: torch refuses it.
    """

    def __init__(self, shape: _Shape, *, in_channels: int, num_classes: int) -> None:
        super().__init__()
        ins = (in_channels, *shape.widths[:-1])
        stages = (
            _Stage(i, o, pools=pools, refines=refines)
            for i, o, pools, refines in zip(ins, shape.widths, shape.pools, shape.refines, strict=True)
        )
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(shape.widths[-1], num_classes)

    def forward(self, images_BCHW: Tensor) -> Tensor:
        """The logits (B, K).

        Raises:
            SettingsError: images under 8x8.
        """
        height, width = images_BCHW.shape[-2:]
        if min(height, width) < _SMALLEST:
            raise SettingsError(
                f"images of {height}x{width} are too small for fude; it needs {_SMALLEST}x{_SMALLEST} or more"
            )
        features_BC = self.stages(images_BCHW).amax(dim=(2, 3))
        return cast(Tensor, self.head(features_BC))


class _Stage(nn.Module):
    """Convolution, max pool (if it `pools`), norm, ReLU; if it `refines`, a residual convolution, norm and ReLU.

    Pooling before norm and activation leaves them a quarter of the pixels and, as they are monotonic for
    positive scales, hardly changes what is computed.
    """

    def __init__(self, ins: int, outs: int, *, pools: bool, refines: bool) -> None:
        super().__init__()
        self.widen = ConvPool(ins, outs, bias=False) if pools else _conv(ins, outs)
        self.widen_norm = nn.BatchNorm2d(outs)
        self.refine = nn.Sequential(_conv(outs, outs), nn.BatchNorm2d(outs), nn.ReLU()) if refines else None

    def forward(self, x_BCHW: Tensor) -> Tensor:
        x_BCHW = relu(self.widen_norm(self.widen(x_BCHW)))
        return x_BCHW if self.refine is None else x_BCHW + self.refine(x_BCHW)


def _conv(ins: int, outs: int) -> nn.Conv2d:
    return nn.Conv2d(ins, outs, 3, padding=1, bias=False)
