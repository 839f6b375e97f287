"""Plain networks: the two of the 2022 report, fully connected and convolutional, and Keras's cats and dogs."""

from __future__ import annotations

from torch import nn

from fudemoji.errors import SettingsError
from fudemoji.models.layers import ConvPool, HalfDropout, OneOutput

__all__ = ["cnn", "keras_cats_dogs", "mlp"]


def mlp(*, in_channels: int, num_classes: int, image_size: tuple[int, int]) -> nn.Sequential:
    """Two hidden layers of 100 with ReLU; 89,610 parameters for 28x28 grey images and 10 classes.

    Input (B, C, H, W), output logits (B, K).
    """
    height, width = image_size
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(in_channels * height * width, 100),
        nn.ReLU(),
        nn.Linear(100, 100),
        nn.ReLU(),
        nn.Linear(100, num_classes),
    )
    return _as_keras_starts(net)


def cnn(*, in_channels: int, num_classes: int, image_size: tuple[int, int]) -> nn.Sequential:
    """Four 3x3 convolutions and three pools; 540,298 parameters for 28x28 grey images and 10 classes.

    Input (B, C, H, W), output logits (B, K). The report names no dropout rate; 0.5 is used.

    Raises:
        SettingsError: an image smaller than 8 pixels, which three pools leave nothing of.
    """
    if min(image_size) < 8:
        raise SettingsError(
            f"model cnn halves the image three times: {image_size[0]}x{image_size[1]} is under 8x8"
        )
    features = 256 * (image_size[0] // 8) * (image_size[1] // 8)
    net = nn.Sequential(
        ConvPool(in_channels, 64), nn.ReLU(),
        nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(),
        ConvPool(128, 128), nn.ReLU(),
        ConvPool(128, 256), nn.ReLU(),
        HalfDropout(),
        nn.Flatten(),
        nn.Linear(features, num_classes),
    )  # fmt: skip
    return _as_keras_starts(net)


def keras_cats_dogs(*, in_channels: int, num_classes: int, image_size: tuple[int, int]) -> nn.Sequential:
    """Two 3x3 convolutions of 32 without padding, each with a pool, a dense layer of 128 and the output.

    For two classes the output is one sigmoid, as in the source: 813,217 parameters for 64x64 RGB. Input
    (B, C, H, W), output logits (B, K).

    Raises:
        SettingsError: an image smaller than 10 pixels, which the layers leave nothing of.
    """
    if min(image_size) < 10:
        raise SettingsError(
            f"model keras-cats-dogs needs images of 10x10 and more, not {image_size[0]}x{image_size[1]}"
        )
    height, width = (((side - 2) // 2 - 2) // 2 for side in image_size)
    net = nn.Sequential(
        nn.Conv2d(in_channels, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * height * width, 128), nn.ReLU(),
        OneOutput(128) if num_classes == 2 else nn.Linear(128, num_classes),
    )  # fmt: skip
    return _as_keras_starts(net)


def _as_keras_starts(net: nn.Sequential) -> nn.Sequential:
    """Glorot-uniform weights and zero biases, Keras's default (Glorot and Bengio 2010)."""
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            assert module.bias is not None
            nn.init.zeros_(module.bias)
    return net
