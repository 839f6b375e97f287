"""Any model of timm as `timm/NAME`; timm is an extra and imported only when one is asked for."""

# B images, C channels, H x W pixels, K classes

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from fudemoji.config.settings import TIMM
from fudemoji.errors import SettingsError, did_you_mean

__all__ = ["as_timm_names", "check_timm_name", "is_timm", "timm_model", "timm_weights"]


def is_timm(name: str) -> bool:
    """Whether a model's name is one of timm's, there or not.

    >>> is_timm("timm/convnext_nano"), is_timm("resnet18")
    (True, False)
    """
    return name.startswith(TIMM)


def check_timm_name(name: str) -> None:
    """Nothing, if timm is installed and has this model (`timm/NAME` or `timm/NAME.TAG`).

    Raises:
        SettingsError: timm is not installed, or has no such model or no such tag of it.
    """
    timm, own = _timm(), name.removeprefix(TIMM)
    if "." in own and own in timm.list_pretrained():
        return
    if "." not in own and timm.is_model(own):
        return
    known = timm.list_pretrained() if "." in own else timm.list_models()
    near = did_you_mean(own, known).replace("'", f"'{TIMM}", 1)
    raise SettingsError(
        f"timm {timm.__version__} has no model '{own}'{near}; list them with timm.list_models()"
    )


def timm_model(name: str, *, in_channels: int, num_classes: int, image_size: tuple[int, int]) -> nn.Module:
    """A freshly initialised model of timm; images (B, C, H, W) of floats in, logits (B, K) out.

    Raises:
        SettingsError: timm is not installed, has no such model, or cannot build it for such images.
    """
    check_timm_name(name)
    timm = _timm()
    own = name.removeprefix(TIMM)
    values: dict[str, Any] = {"in_chans": in_channels, "num_classes": num_classes}
    if timm.models.get_pretrained_cfg(own).fixed_input_size:  # transformers with a place for each patch
        values["img_size"] = image_size
    told = f"{in_channels} channel(s) of {image_size[0]}x{image_size[1]} pixels"
    try:
        model = timm.create_model(own, pretrained=False, **values)
        if not next(model.parameters()).is_meta:
            _try(model, in_channels, image_size)
    except Exception as error:
        why = str(error).partition("\n")[0][:200]
        raise SettingsError(
            f"{name} cannot take {told} ({why}); choose larger images or another model"
        ) from error
    return model  # type: ignore[no-any-return]


def _try(model: nn.Module, channels: int, image_size: tuple[int, int]) -> None:
    training = model.training
    with torch.no_grad():
        model.eval()(torch.zeros(1, channels, *image_size))
    model.train(training)


def timm_weights(name: str) -> dict[str, Any]:
    """What timm says of a model's published weights: `hf_hub_id`, `mean`, `std`, `input_size`, `license` and more.

    Raises:
        SettingsError: timm is not installed, has no such model, or no weights of it.
    """
    check_timm_name(name)
    own = name.removeprefix(TIMM)
    about: dict[str, Any] = _timm().models.get_pretrained_cfg(own).to_dict()
    if not about.get("hf_hub_id"):
        raise SettingsError(f"timm publishes no weights for {name}; train it from scratch, or pass --weights")
    return about


def as_timm_names(tensors: Mapping[str, Tensor], model: nn.Module) -> Mapping[str, Tensor]:
    """Published tensors under the names and in the shapes that the model has now, as far as timm knows how."""
    convert = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
    return convert(dict(tensors), model) if convert else tensors


@functools.cache
def _timm() -> ModuleType:
    try:
        import timm
    except ImportError:
        raise SettingsError(
            "models called timm/NAME need timm; install it with `pip install 'fudemoji[timm]'`"
        ) from None
    return timm
