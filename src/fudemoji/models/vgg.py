"""VGG with batch norm (Simonyan and Zisserman 2014, https://arxiv.org/abs/1409.1556), named like torchvision's."""

# B images, C channels, H x W pixels

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

import torch.nn.functional as F
from torch import Tensor, nn

from fudemoji.errors import SettingsError
from fudemoji.models.layers import HalfDropout

__all__ = ["VGG", "vgg"]

# convolutions in each of the five stages, which a pool ends
_STAGES = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_WIDTHS = (64, 128, 256, 512, 512)
_GRID = 7  # the classifier sees 7x7 places, whatever the image's size


def vgg(depth: Literal[16, 19], *, in_channels: int, num_classes: int, image_size: tuple[int, int]) -> VGG:
    """VGG-16 or -19 with batch norm; VGG-16 has 138,365,992 parameters for three channels and 1,000 classes.

    Raises:
        SettingsError: images of fewer than 8 pixels.
    """
    if min(image_size) < 8:
        raise SettingsError(
            f"model vgg{depth}_bn needs images of 8x8 and more, not {image_size[0]}x{image_size[1]}"
        )
    return VGG(_STAGES[depth], in_channels=in_channels, num_classes=num_classes)


class VGG(nn.Module):
    """Five stages of 3x3 convolutions with batch norm, each ended by a pool, then three linear layers.

    Input (B, C, H, W), output logits (B, K). Parameter names and shapes are torchvision's. A map that is one pixel
    high or wide already, as that of an image under 32 pixels, is not pooled any further that way.
    """

    def __init__(self, stages: tuple[int, ...], *, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(*_features(stages, in_channels))
        self.classifier = nn.Sequential(
            nn.Linear(_WIDTHS[-1] * _GRID * _GRID, 4096), nn.ReLU(), HalfDropout(),
            nn.Linear(4096, 4096), nn.ReLU(), HalfDropout(),
            nn.Linear(4096, num_classes),
        )  # fmt: skip
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(cast(Tensor, module.bias))
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
                nn.init.zeros_(module.bias)

    def forward(self, images_BCHW: Tensor) -> Tensor:
        features_BCHW = F.adaptive_avg_pool2d(self.features(images_BCHW), _GRID)
        return cast(Tensor, self.classifier(features_BCHW.flatten(1)))


class Pool(nn.Module):
    """A 2x2 max pool that leaves a side of one pixel as it is."""

    def forward(self, x_BCHW: Tensor) -> Tensor:
        height, width = x_BCHW.shape[-2:]
        return F.max_pool2d(x_BCHW, (min(2, height), min(2, width)))


def _features(stages: tuple[int, ...], channels: int) -> Iterator[nn.Module]:
    for num_convs, width in zip(stages, _WIDTHS, strict=True):
        for _ in range(num_convs):
            yield nn.Conv2d(channels, width, 3, padding=1)
            yield nn.BatchNorm2d(width)
            yield nn.ReLU()
            channels = width
        yield Pool()
