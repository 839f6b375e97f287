"""The conv-pool family: pool early, go wide late; made for the most accuracy per second on a CPU."""

# B images, C channels, H x W pixels, K classes

from __future__ import annotations

from typing import Literal, cast

from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from fudemoji.errors import SettingsError, look_up

__all__ = ["Fude", "FudeSize", "fude"]

FudeSize = Literal["s", "m", "l"]

# Widths of the four stages, and which of them pool. 28 px become 14, 7, 7, 3 in `s`, and 28, 14, 7, 3 in `m` and
# `l`: the first stage at full size costs twice the time and sees what the pool would have blurred.
_SHAPES: dict[str, tuple[tuple[int, ...], tuple[bool, ...]]] = {
    "s": ((16, 32, 64, 128), (True, True, False, True)),
    "m": ((16, 32, 64, 128), (False, True, True, True)),
    "l": ((32, 64, 128, 256), (False, True, True, True)),
}
_SMALLEST = 8  # pixels: three pools leave one


def fude(size: FudeSize, *, in_channels: int, num_classes: int) -> Fude:
    """An untrained network of the family: `s` and `m` 0.3 M parameters, `l` 1.2 M.

    `m` has the filters of `s` and looks closer, at about twice the time; `l` is twice as wide as `m`.

    Raises:
        SettingsError: no such size, no channel, or fewer than two classes.

    >>> sum(p.numel() for p in fude("s", in_channels=1, num_classes=10).parameters())
    295002
    """
    widths, pools = look_up(_SHAPES, size, what="size of fude")
    if in_channels < 1:
        raise SettingsError(f"model fude-{size} needs at least 1 channel, not {in_channels}")
    if num_classes < 2:
        raise SettingsError(f"model fude-{size} needs at least 2 classes, not {num_classes}")
    return Fude(widths, pools=pools, in_channels=in_channels, num_classes=num_classes)


class Fude(nn.Module):
    """Four stages of convolution, max pool and a residual convolution, then the maximum over all places.

    Any image from 8x8 on will do, square or not. Input (B, C, H, W) float, normalised; output logits (B, K). In
    training a batch of one image of under 16x16 cannot be normalised: torch refuses it.
    """

    def __init__(
        self, widths: tuple[int, ...], *, pools: tuple[bool, ...], in_channels: int, num_classes: int
    ) -> None:
        super().__init__()
        ins = (in_channels, *widths[:-1])
        stages = (_Stage(i, o, pools=p) for i, o, p in zip(ins, widths, pools, strict=True))
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(widths[-1], num_classes)

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
    """Convolution, max pool (if `pools`), norm, ReLU; then the same without the pool, added to what came in.

    Pooling before norm and activation leaves them a quarter of the pixels and, as they are monotonic for
    positive scales, hardly changes what is computed.
    """

    def __init__(self, ins: int, outs: int, *, pools: bool) -> None:
        super().__init__()
        self.pools = pools
        self.widen = nn.Conv2d(ins, outs, 3, padding=1, bias=False)
        self.widen_norm = nn.BatchNorm2d(outs)
        self.refine = nn.Conv2d(outs, outs, 3, padding=1, bias=False)
        self.refine_norm = nn.BatchNorm2d(outs)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        x_BCHW = self.widen(x_BCHW)
        if self.pools:
            x_BCHW = max_pool2d(x_BCHW, 2)
        x_BCHW = relu(self.widen_norm(x_BCHW))
        return x_BCHW + relu(self.refine_norm(self.refine(x_BCHW)))
