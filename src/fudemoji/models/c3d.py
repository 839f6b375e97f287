"""Networks for clips: C3D with batch norm, and torchvision's 3D ResNet-18."""

# B clips, C channels, T frames, H x W pixels, K classes

from __future__ import annotations

from typing import cast

from torch import nn

from fudemoji.errors import SettingsError
from fudemoji.models.layers import ClipConv, HalfDropout

__all__ = ["c3d", "r3d_18"]

_WIDTHS = (64, 128, 256, 256, 512, 512, 512, 512)
_POOLED = (0, 1, 3, 5, 7)  # the convolutions that a pool follows
_HIDDEN = 4096
_SMALLEST = 8  # pixels


def c3d(*, in_channels: int, num_classes: int, image_size: tuple[int, int], num_frames: int) -> nn.Sequential:
    """Eight 3x3x3 convolutions with batch norm and ReLU, five pools, and 8192-4096-4096-K dense layers.

    The net of Tran et al. 2015 (https://arxiv.org/abs/1412.0767), dropout 0.5 as there, with batch norm. The 8,192 are
    those of 16 frames of 112x112, where it has 78,034,056 parameters for RGB and 8 classes; the first dense layer
    follows the size of the clips. A pool leaves alone an axis that is down to one, so that short and small clips pass.

    Input (B, C, T, H, W), output logits (B, K).

    Raises:
        SettingsError: frames of fewer than 8 pixels.
    """
    _check_size("c3d", image_size)
    layers: list[nn.Module] = []
    sides, ins = (num_frames, *image_size), in_channels
    for place, width in enumerate(_WIDTHS):
        layers += [ClipConv(ins, width), nn.BatchNorm3d(width), nn.ReLU(inplace=True)]
        ins = width
        if place in _POOLED:
            pool, sides = _pool(sides, is_first=place == 0, is_last=place == len(_WIDTHS) - 1)
            layers.append(pool)
    features = ins * sides[0] * sides[1] * sides[2]
    net = nn.Sequential(
        *layers,
        nn.Flatten(),
        nn.Linear(features, _HIDDEN), nn.ReLU(inplace=True), HalfDropout(),
        nn.Linear(_HIDDEN, _HIDDEN), nn.ReLU(inplace=True), HalfDropout(),
        nn.Linear(_HIDDEN, num_classes),
    )  # fmt: skip
    return _as_he_starts(net)


def _pool(
    sides: tuple[int, ...], *, is_first: bool, is_last: bool
) -> tuple[nn.MaxPool3d, tuple[int, int, int]]:
    """The pool for maps of these frames, height and width, and the sides that it leaves.

    The first pools no frames; the last is padded by a pixel all around.
    """
    reach = [1 if is_first and axis == 0 else min(2, side) for axis, side in enumerate(sides)]
    pad = [int(is_last and axis > 0 and width == 2) for axis, width in enumerate(reach)]
    left = [(side + 2 * p - r) // r + 1 for side, p, r in zip(sides, pad, reach, strict=True)]
    pool = nn.MaxPool3d((reach[0], reach[1], reach[2]), padding=(pad[0], pad[1], pad[2]))
    return pool, (left[0], left[1], left[2])


def _as_he_starts(net: nn.Sequential) -> nn.Sequential:
    """Weights that keep the size of what goes through ReLUs (He et al. 2015), and zero biases."""
    for module in net.modules():
        if isinstance(module, nn.Conv3d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            assert module.bias is not None
            nn.init.zeros_(module.bias)
    assert isinstance(net[-1], nn.Linear)
    nn.init.normal_(net[-1].weight, std=1 / net[-1].in_features)  # the first guesses are even
    return net


def r3d_18(*, in_channels: int, num_classes: int, image_size: tuple[int, int], num_frames: int) -> nn.Module:
    """Torchvision's ResNet-18 of 3x3x3 convolutions (Tran et al. 2018, https://arxiv.org/abs/1711.11248).

    Its first convolution takes `in_channels` instead of three. Input (B, C, T, H, W), output logits (B, K).

    Raises:
        SettingsError: frames of fewer than 8 pixels.
    """
    from torchvision.models.video import r3d_18 as build

    assert num_frames > 0
    _check_size("r3d_18", image_size)
    net = build(num_classes=num_classes)
    if in_channels != 3:
        first = nn.Conv3d(in_channels, 64, (3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3), bias=False)
        nn.init.kaiming_normal_(first.weight, mode="fan_out", nonlinearity="relu")
        net.stem[0] = first
    return cast(nn.Module, net)


def _check_size(name: str, image_size: tuple[int, int]) -> None:
    if min(image_size) < _SMALLEST:
        raise SettingsError(f"model {name} needs frames of 8x8 and more, not {image_size[0]}x{image_size[1]}")
