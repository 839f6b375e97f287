"""Grad-CAM: where in an image a convolutional model found what speaks for a class.

Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization,
https://arxiv.org/abs/1610.02391. The last feature map that still has places is weighted, channel by channel, with the
mean gradient of the class's logit, and summed; what speaks against the class is cut off at 0. Of two classes only the
difference of the logits has a meaning, so there it is that of the class less that of the other.

The map is found by what a forward pass does, not by a layer's name: it is the last output with the places, h x w, of
the last convolution over more than one place. So a norm, an activation, a residual sum or a concatenation behind that
convolution belongs to it, pooling and what comes after do not, and neither do the convolutions on a single place that
some heads are made of.
"""

# B images, C channels, H x W pixels, h x w places of the feature map; clips have T frames, t in the map

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fudemoji.data.batches import Pixels
from fudemoji.engine.inference import fitting_batch
from fudemoji.errors import DataError, SettingsError
from fudemoji.runtime import Runtime

__all__ = ["FeatureMap", "feature_map", "grad_cam"]

_CONVOLUTIONS = (nn.Conv2d, nn.Conv3d)
_GRADIENT_SHARE = 8  # gradients take memory: so much smaller are the batches


@dataclass(frozen=True)
class FeatureMap:
    """The output that heat is made from.

    Attributes:
        name: of the module in the model whose output it is.
        call: which of the module's calls in a forward pass, counted from 0.
        shape: C, h, w, or C, t, h, w of clips.
    """

    name: str
    call: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class _Output:
    """One output of a module in a forward pass."""

    name: str
    call: int
    shape: tuple[int, ...]
    is_convolution: bool
    mixes_tokens: bool


def feature_map(model: nn.Module, images_BCHW: Tensor, *, name: str = "the model") -> FeatureMap:
    """The last convolutional feature map; the images are float, one is enough.

    Raises:
        SettingsError: the model has none: it is fully connected, or works on tokens behind its convolutions.
    """
    outputs = _outputs(model, images_BCHW[:1])
    of_maps = [o for o in outputs if o.is_convolution and np.prod(o.shape[1:]) > 1]
    if not of_maps:
        raise SettingsError(
            f"{name} has no Grad-CAM: it has no convolution over an image, so no feature map with places"
        )
    last = of_maps[-1]
    alike = [o.shape[1:] == last.shape[1:] for o in outputs]
    place = len(outputs) - 1 - alike[::-1].index(True)
    if any(output.mixes_tokens for output in outputs[place + 1 :]):
        raise SettingsError(
            f"{name} has no Grad-CAM: behind its convolutions it works on tokens, as transformers do"
        )
    chosen = outputs[place]
    return FeatureMap(chosen.name, chosen.call, chosen.shape)


def _outputs(model: nn.Module, images_BCHW: Tensor) -> list[_Output]:
    """The outputs of all modules inside the model, in the order in which they come."""
    found: list[_Output] = []
    calls: dict[str, int] = {}

    def note(name: str, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        call = calls[name] = calls.get(name, -1) + 1
        if not isinstance(output, Tensor) or output.ndim < 2:
            return
        tokens = isinstance(module, nn.Linear) and inputs and inputs[0].ndim > 2
        found.append(
            _Output(
                name,
                call,
                tuple(output.shape[1:]),
                is_convolution=isinstance(module, _CONVOLUTIONS),
                mixes_tokens=bool(tokens and inputs[0].shape[1:-1].numel() > 1),
            )
        )

    handles = [
        module.register_forward_hook(lambda m, i, o, name=name: note(name, m, i, o))
        for name, module in model.named_modules()
        if name
    ]
    try:
        with torch.no_grad():
            model(images_BCHW)
    finally:
        for handle in handles:
            handle.remove()
    return found


@contextmanager
def _held(model: nn.Module, chosen: FeatureMap) -> Iterator[list[Tensor]]:
    """A block in which the chosen map of a forward pass is put into the list, as where the gradient's graph begins."""
    held: list[Tensor] = []
    calls = iter(range(1 << 30))

    def hold(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        if next(calls) != chosen.call:
            return output
        held.append(output.detach().requires_grad_())
        return held[0].clone()  # what comes next may work in place

    handle = model.get_submodule(chosen.name).register_forward_hook(hold)
    try:
        yield held
    finally:
        handle.remove()


def grad_cam(
    model: nn.Module,
    images_BCHW: Tensor,
    classes_B: Tensor,
    *,
    pixels: Pixels,
    runtime: Runtime,
    multi_label: bool = False,
    name: str = "the model",
) -> NDArray[np.float32]:
    """How much each place speaks for a class, float32 (B, H, W) in 0..1, of clips (B, T, H, W).

    The strongest place of each image has 1; an image in which nothing speaks for the class is 0 everywhere. Weights and
    their gradients stay as they are; the model is left in evaluation mode.

    Args:
        model: on the runtime's device.
        images_BCHW: uint8, on the device; clips (B, C, T, H, W).
        classes_B: int64, the class that is asked about in each image.
        pixels: how they become floats.
        runtime: device and number format.
        multi_label: whether each class stands for itself.
        name: what an error calls the model.

    Raises:
        SettingsError: the model has no convolutional feature map.
        DataError: no images, or as many classes as there are not.
    """
    if not len(images_BCHW) or len(images_BCHW) != len(classes_B):
        raise DataError(f"Grad-CAM for {len(images_BCHW)} images and {len(classes_B)} classes")
    model.eval()
    size = max(1, fitting_batch(images_BCHW[0, 0].numel()) // _GRADIENT_SHARE)
    with torch.inference_mode(mode=False), runtime.autocast():
        chosen = feature_map(model, pixels.to_float(images_BCHW[:1], runtime), name=name)
        heat = [
            _heat(
                model,
                pixels.to_float(part, runtime),
                classes,
                chosen,
                runtime=runtime,
                multi_label=multi_label,
            )
            for part, classes in zip(images_BCHW.split(size), classes_B.split(size), strict=True)
        ]
    return np.concatenate(heat)


def _heat(
    model: nn.Module,
    images_BCHW: Tensor,
    classes_B: Tensor,
    chosen: FeatureMap,
    *,
    runtime: Runtime,
    multi_label: bool,
) -> NDArray[np.float32]:
    layout = runtime.memory_format(ndim=images_BCHW.ndim)
    with _held(model, chosen) as held, torch.enable_grad():
        logits_BK = model(images_BCHW.contiguous(memory_format=layout)).float()
        if logits_BK.shape[1] == 2 and not multi_label:
            logits_BK = logits_BK - logits_BK.flip(1)
        score = logits_BK.gather(1, classes_B.to(logits_BK.device)[:, None]).sum()
        gradient_BChw = torch.autograd.grad(score, held[0])[0].float()
    places = tuple(range(2, gradient_BChw.ndim))
    weights_BC11 = gradient_BChw.mean(dim=places, keepdim=True)
    heat_B1hw = (weights_BC11 * held[0].detach().float()).sum(dim=1, keepdim=True).relu()
    heat_B1hw = heat_B1hw / heat_B1hw.amax(dim=places, keepdim=True).clamp_min(
        torch.finfo(torch.float32).tiny
    )
    mode = "trilinear" if images_BCHW.ndim == 5 else "bilinear"
    heat_B1HW = functional.interpolate(heat_B1hw, size=images_BCHW.shape[2:], mode=mode, align_corners=False)
    found: NDArray[np.float32] = heat_B1HW[:, 0].cpu().numpy()
    return found
