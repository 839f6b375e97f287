"""What a model makes of an image before it decides: the features that its last layer reads."""

# B images, C channels, H x W pixels, D features

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from fudemoji.data.batches import Pixels
from fudemoji.models.heads import head_name
from fudemoji.runtime import Runtime

__all__ = ["features"]


def features(model: nn.Module, images_BCHW: Tensor, *, pixels: Pixels, runtime: Runtime) -> Tensor:
    """Features, float32 (B, D), for uint8 images on the device; the model is left in evaluation mode.

    They are the input of the layer that gives the logits; where that has places, their mean over these.
    """
    read: list[Tensor] = []

    def note(_: nn.Module, given: tuple[Any, ...]) -> None:
        read.append(given[0])

    model.eval()
    handle = model.get_submodule(head_name(model)).register_forward_pre_hook(note)
    try:
        with torch.inference_mode(), runtime.autocast():
            images_BCHW = pixels.to_float(images_BCHW, runtime)
            model(images_BCHW.contiguous(memory_format=runtime.memory_format(ndim=images_BCHW.ndim)))
    finally:
        handle.remove()
    found = read[-1].float()
    return found.flatten(2).mean(dim=2) if found.ndim > 2 else found
