"""Residual networks (He et al. 2015, https://arxiv.org/abs/1512.03385), named like torchvision's, so weights fit."""

# B images, C channels, H x W pixels

from __future__ import annotations

from typing import Literal, cast

import torch.nn.functional as F
from torch import Tensor, nn

from fudemoji.errors import SettingsError

__all__ = ["ResNet", "resnet"]

_LAYERS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}


def resnet(
    depth: Literal[18, 34, 50],
    *,
    in_channels: int,
    num_classes: int,
    image_size: tuple[int, int],
    stem: Literal["auto", "small", "standard", "wide"] = "auto",
) -> ResNet:
    """ResNet-18, -34 or -50; ResNet-34 has 21,283,530 parameters for one channel and 10 classes.

    The `small` stem is one 3x3 convolution; the `standard` one, 7x7 with stride 2 and a max pool, makes maps a quarter
    as wide. `auto` takes the small one at 64 pixels and below. The `wide` one has the weights of the standard one
    without its stride and pool, so that a small image keeps its maps.

    Raises:
        SettingsError: images of fewer than 8 pixels.
    """
    if min(image_size) < 8:
        raise SettingsError(
            f"model resnet{depth} needs images of 8x8 and more, not {image_size[0]}x{image_size[1]}"
        )
    if stem == "auto":
        stem = "small" if max(image_size) <= 64 else "standard"
    block = Bottleneck if depth == 50 else BasicBlock
    return ResNet(block, _LAYERS[depth], in_channels=in_channels, num_classes=num_classes, stem=stem)


class Conv(nn.Conv2d):
    """A convolution without bias that leaves out the filter taps which would only ever meet padding.

    On the last maps of a small image, 1x1 and 2x2, most of a 3x3 filter multiplies zeros: 8 of 9 taps on a 1x1 map.
    The result and the gradients are those of the whole filter; the work is not.
    """

    def __init__(self, in_channels: int, out_channels: int, size: int, *, stride: int = 1) -> None:
        super().__init__(in_channels, out_channels, size, stride=stride, padding=size // 2, bias=False)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that nn.Conv2d gives it
        (size, _), (stride, _), pad = self.kernel_size, self.stride, self.kernel_size[0] // 2
        if size == 1 or min(input.shape[2:]) > pad:
            rows = cols = (0, size)
        else:
            rows, cols = (_live_taps(side, size=size, stride=stride) for side in input.shape[2:])
        if rows == cols == (0, size):
            return super().forward(input)
        weight = self.weight[:, :, rows[0] : rows[1], cols[0] : cols[1]]
        (top, bottom), (left, right) = ((pad - a, pad - (size - b)) for a, b in (rows, cols))
        return F.conv2d(F.pad(input, (left, right, top, bottom)), weight, stride=stride)


def _live_taps(side: int, *, size: int, stride: int) -> tuple[int, int]:
    """First and one past the last tap, of `size` with `size // 2` padding, that meets a pixel somewhere."""
    pad = size // 2
    starts = range(-pad, side + pad - size + 1, stride)
    live = [tap for tap in range(size) if any(0 <= start + tap < side for start in starts)]
    return live[0], live[-1] + 1


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    expansion = 1

    def __init__(self, in_channels: int, width: int, *, stride: int) -> None:
        super().__init__()
        self.conv1 = Conv(in_channels, width, 3, stride=stride)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = Conv(width, width, 3)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(in_channels, width, stride=stride)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        y_BCHW = F.relu(self.bn1(self.conv1(x_BCHW)))
        y_BCHW = self.bn2(self.conv2(y_BCHW))
        shortcut = x_BCHW if self.downsample is None else self.downsample(x_BCHW)
        return F.relu(y_BCHW + shortcut)


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, around a shortcut; the stride sits on the 3x3."""

    expansion = 4

    def __init__(self, in_channels: int, width: int, *, stride: int) -> None:
        super().__init__()
        self.conv1 = Conv(in_channels, width, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = Conv(width, width, 3, stride=stride)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = Conv(width, 4 * width, 1)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = _shortcut(in_channels, 4 * width, stride=stride)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        y_BCHW = F.relu(self.bn1(self.conv1(x_BCHW)))
        y_BCHW = F.relu(self.bn2(self.conv2(y_BCHW)))
        y_BCHW = self.bn3(self.conv3(y_BCHW))
        shortcut = x_BCHW if self.downsample is None else self.downsample(x_BCHW)
        return F.relu(y_BCHW + shortcut)


def _shortcut(in_channels: int, out_channels: int, *, stride: int) -> nn.Sequential | None:
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(Conv(in_channels, out_channels, 1, stride=stride), nn.BatchNorm2d(out_channels))


def _stage(
    block: type[BasicBlock | Bottleneck], in_channels: int, width: int, *, num_blocks: int, stride: int
) -> nn.Sequential:
    first = block(in_channels, width, stride=stride)
    return nn.Sequential(
        first, *(block(block.expansion * width, width, stride=1) for _ in range(num_blocks - 1))
    )


class ResNet(nn.Module):
    """Stem, four stages of 64, 128, 256 and 512 channels, global average, linear head.

    Input (B, C, H, W), output logits (B, K). Parameter names are torchvision's.
    """

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        layers: tuple[int, ...],
        *,
        in_channels: int,
        num_classes: int,
        stem: Literal["small", "standard", "wide"],
    ) -> None:
        super().__init__()
        is_standard = stem == "standard"
        self.conv1 = Conv(in_channels, 64, 3 if stem == "small" else 7, stride=2 if is_standard else 1)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if is_standard else nn.Identity()
        self.layer1 = _stage(block, 64, 64, num_blocks=layers[0], stride=1)
        self.layer2 = _stage(block, 64 * block.expansion, 128, num_blocks=layers[1], stride=2)
        self.layer3 = _stage(block, 128 * block.expansion, 256, num_blocks=layers[2], stride=2)
        self.layer4 = _stage(block, 256 * block.expansion, 512, num_blocks=layers[3], stride=2)
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images_BCHW: Tensor) -> Tensor:
        x_BCHW = self.maxpool(F.relu(self.bn1(self.conv1(images_BCHW))))
        x_BCHW = self.layer4(self.layer3(self.layer2(self.layer1(x_BCHW))))
        return cast(Tensor, self.fc(x_BCHW.mean((2, 3))))
