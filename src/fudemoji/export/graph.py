"""The whole way from pixels to calibrated probabilities as one module: what goes into a file."""

# N images, C channels, T frames, H x W pixels, K classes

from __future__ import annotations

import torch
from torch import Tensor, nn

from fudemoji.data.augment import shifted
from fudemoji.data.batches import Pixels

__all__ = ["INPUT", "OUTPUTS", "Graph"]

INPUT = "images"
OUTPUTS = ("probabilities", "logits")
_SMALLEST = float(torch.finfo(torch.float32).tiny)
_VIEWS = 9  # of an image, where it is shifted


class Graph(nn.Module):
    """Images uint8 (N, C, H, W), or clips (N, C, T, H, W), to calibrated probabilities and logits, float32 (N, K).

    Normalisation, the shifts at test time and the temperature lie inside, so that whoever uses the file cannot leave
    one out. All views of a shifted image go through the model in one batch, so that the model is in the file once. The
    logits are those of `fudemoji.engine.inference.predict_logits`, before the temperature.
    """

    scale: Tensor
    offset: Tensor

    def __init__(
        self,
        model: nn.Module,
        *,
        pixels: Pixels,
        ndim: int,
        shifts: int,
        temperature: float,
        multi_label: bool,
    ) -> None:
        super().__init__()
        self.model = model
        self.shifts = shifts
        self.temperature = temperature
        self.multi_label = multi_label
        per_channel = (1, -1, *(1,) * (ndim - 2))
        scale_C = torch.tensor([1 / std for std in pixels.std])
        offset_C = torch.tensor([-mean / std for mean, std in zip(pixels.mean, pixels.std, strict=True)])
        self.register_buffer("scale", scale_C.view(per_channel))
        self.register_buffer("offset", offset_C.view(per_channel))

    def forward(self, images_NCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities, calibrated, and logits."""
        floats_NCHW = images_NCHW.to(torch.float32) * self.scale + self.offset
        logits_NK = self._averaged(floats_NCHW) if self.shifts else self.model(floats_NCHW)
        tempered_NK = logits_NK / self.temperature
        return (tempered_NK.sigmoid() if self.multi_label else tempered_NK.softmax(1)), logits_NK

    def _averaged(self, floats_NCHW: Tensor) -> Tensor:
        """The logits of the probabilities that are averaged over the image and its eight shifts."""
        logits_VK: Tensor = self.model(torch.cat(list(shifted(floats_NCHW, pixels=self.shifts))))
        if not self.multi_label:
            return _log_of_sum(logits_VK.softmax(1))
        return _log_of_sum(logits_VK.sigmoid()) - _log_of_sum((-logits_VK).sigmoid())


def _log_of_sum(probs_VK: Tensor) -> Tensor:
    """Of all views of each image."""
    summed_NK: Tensor = probs_VK.unflatten(0, (_VIEWS, -1)).sum(0)
    return summed_NK.clamp_min(_SMALLEST).log()
