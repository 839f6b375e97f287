"""Every model by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from fudemoji.errors import SettingsError, look_up
from fudemoji.models.c3d import c3d, r3d_18
from fudemoji.models.fude import FudeSize, fude
from fudemoji.models.plain import cnn, keras_cats_dogs, mlp
from fudemoji.models.resnet import resnet
from fudemoji.models.timm import check_timm_name, is_timm, timm_model
from fudemoji.models.vgg import vgg

__all__ = ["CLIP_MODELS", "MODELS", "build_model", "check_model", "num_parameters"]


def _fude(size: FudeSize, *, in_channels: int, num_classes: int, image_size: tuple[int, int]) -> nn.Module:
    if min(image_size) < 8:
        raise SettingsError(
            f"model fude-{size} needs images of 8x8 and more, not {image_size[0]}x{image_size[1]}"
        )
    return fude(size, in_channels=in_channels, num_classes=num_classes)


_WITH_STEM: dict[str, Callable[..., nn.Module]] = {
    "resnet18": partial(resnet, 18),
    "resnet34": partial(resnet, 34),
    "resnet50": partial(resnet, 50),
}

CLIP_MODELS: dict[str, Callable[..., nn.Module]] = {"c3d": c3d, "r3d_18": r3d_18}

MODELS: dict[str, Callable[..., nn.Module]] = {
    "mlp": mlp,
    "cnn": cnn,
    "fude-s": partial(_fude, "s"),
    "fude-m": partial(_fude, "m"),
    "fude-l": partial(_fude, "l"),
    "keras-cats-dogs": keras_cats_dogs,
    "vgg16_bn": partial(vgg, 16),
    "vgg19_bn": partial(vgg, 19),
    **_WITH_STEM,
    **CLIP_MODELS,
}


def check_model(name: str) -> None:
    """Nothing, if there is a model called `name`.

    Raises:
        SettingsError: there is none, or it is one of timm's and timm is not installed.
    """
    if is_timm(name):
        check_timm_name(name)
    else:
        look_up(MODELS, name, what="model")


def build_model(
    name: str,
    *,
    in_channels: int = 1,
    num_classes: int,
    image_size: tuple[int, int] | int = 28,
    num_frames: int = 0,
    stem: str = "auto",
) -> nn.Module:
    """A freshly initialised model; floats in, images (B, C, H, W) or clips (B, C, T, H, W), logits (B, K) out.

    Weights are drawn from torch's global random state.

    Args:
        name: a key of `MODELS`, or `timm/` and the name of one of timm's models.
        in_channels: 1 for grey, 3 for RGB.
        num_classes: K, 2 or more.
        image_size: height and width in pixels, or one number for both.
        num_frames: T, of the clips; 0 for images.
        stem: `small`, `standard`, `wide` or `auto`; ResNets only.

    Raises:
        SettingsError: unknown name, or a size, channel or class count that the model cannot take, a model for
            images with clips, or one for clips with images.
    """
    builder = partial(timm_model, name) if is_timm(name) else look_up(MODELS, name, what="model")
    size = (image_size, image_size) if isinstance(image_size, int) else image_size
    if in_channels < 1 or num_classes < 2 or min(size) < 1:
        raise SettingsError(
            f"model {name} cannot take {in_channels} channels, {size[0]}x{size[1]} pixels, {num_classes} classes; "
            "it needs a channel, a pixel and two classes at least"
        )
    _check_kind(name, num_frames)
    if name in _WITH_STEM:
        return builder(in_channels=in_channels, num_classes=num_classes, image_size=size, stem=stem)
    if stem != "auto":
        raise SettingsError(f"model {name} has no stem to choose; stem is for {', '.join(_WITH_STEM)}")
    if num_frames:
        return builder(
            in_channels=in_channels, num_classes=num_classes, image_size=size, num_frames=num_frames
        )
    return builder(in_channels=in_channels, num_classes=num_classes, image_size=size)


def _check_kind(name: str, num_frames: int) -> None:
    if num_frames and name not in CLIP_MODELS:
        raise SettingsError(
            f"model {name} reads images, not clips of {num_frames} frames; for clips take {' or '.join(CLIP_MODELS)}, "
            "for instance with recipe clips"
        )
    if not num_frames and name in CLIP_MODELS:
        others = ", ".join(other for other in MODELS if other not in CLIP_MODELS)
        raise SettingsError(f"model {name} reads clips, not images; for images take one of: {others}")


def num_parameters(model: nn.Module) -> int:
    """How many numbers the training changes."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def count_parameters(
    name: str, *, in_channels: int, num_classes: int, image_size: tuple[int, int], num_frames: int = 0
) -> int:
    """How many numbers a model has, found without memory for them.

    >>> count_parameters("mlp", in_channels=1, num_classes=10, image_size=(28, 28))
    89610
    """
    with torch.device("meta"):
        return num_parameters(
            build_model(
                name,
                in_channels=in_channels,
                num_classes=num_classes,
                image_size=image_size,
                num_frames=num_frames,
            )
        )
