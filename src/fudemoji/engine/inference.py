"""A model's predictions for a split."""

# N images, B of them in a batch, C channels, H x W pixels, K classes, T best of them

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fudemoji.data.augment import shifted
from fudemoji.data.batches import Pixels, Store
from fudemoji.metrics import MOST_KEPT, AnyPredictions, LogitsKeeper, MultiPredictions, Predictions
from fudemoji.ranks import ALONE, Ranks
from fudemoji.runtime import Runtime

__all__ = ["fitting_batch", "predict_logits", "predict_probs", "predict_split"]

_SMALLEST = float(torch.finfo(torch.float32).tiny)
_MOST_PIXELS = 512 * 64 * 64  # of a batch: a C3D wants 2 KB of memory for each


def predict_logits(
    model: nn.Module,
    images_BCHW: Tensor,
    *,
    pixels: Pixels,
    runtime: Runtime,
    shifts: int = 0,
    multi_label: bool = False,
) -> Tensor:
    """Logits, float32 (B, K), for uint8 images on the device; the model is left in evaluation mode.

    Their softmax are probabilities that sum to 1, or each label's sigmoid is one for itself where an image may have
    several (`multi_label`). With `shifts` those probabilities are averaged over the image and its eight shifts by that
    many pixels, and the logits are those of the average.
    """
    if model.training:  # asked first: of many layers it takes a tenth of a small batch's time
        model.eval()
    with torch.inference_mode():
        images_BCHW = pixels.to_float(images_BCHW, runtime)
        layout = runtime.memory_format(ndim=images_BCHW.ndim)
        if not shifts:
            return _logits(model, images_BCHW.contiguous(memory_format=layout), runtime)
        sums: list[Tensor] = []
        for view_BCHW in shifted(images_BCHW, pixels=shifts):
            logits_BK = _logits(model, view_BCHW.contiguous(memory_format=layout), runtime)
            both = (logits_BK.sigmoid(), (-logits_BK).sigmoid()) if multi_label else (logits_BK.softmax(1),)
            sums = [total.add_(one) for total, one in zip(sums, both, strict=True)] if sums else list(both)
        yes, *no = (total.clamp_min_(_SMALLEST).log_() for total in sums)
        return yes - no[0] if no else yes


def _logits(model: nn.Module, images_BCHW: Tensor, runtime: Runtime) -> Tensor:
    with runtime.autocast():
        logits_BK = model(images_BCHW)
    assert isinstance(logits_BK, Tensor)
    return logits_BK.float()


def predict_probs(
    model: nn.Module,
    images_BCHW: Tensor,
    *,
    pixels: Pixels,
    runtime: Runtime,
    shifts: int = 0,
    multi_label: bool = False,
) -> Tensor:
    """Probabilities, float32 (B, K), as the model gives them: of the logits that `predict_logits` tells."""
    logits_BK = predict_logits(
        model, images_BCHW, pixels=pixels, runtime=runtime, shifts=shifts, multi_label=multi_label
    )
    return _probs(logits_BK, multi_label=multi_label)


def _probs(logits_BK: Tensor, *, multi_label: bool) -> Tensor:
    with torch.inference_mode():
        return logits_BK.sigmoid() if multi_label else logits_BK.softmax(1)


def fitting_batch(num_pixels: int) -> int:
    """How many images, or clips, of so many pixels make a batch that is not too large for memory.

    >>> fitting_batch(28 * 28), fitting_batch(16 * 112 * 112)
    (2674, 10)
    """
    return max(1, _MOST_PIXELS // num_pixels)


def predict_split(
    model: nn.Module,
    store: Store,
    *,
    split: str,
    indices_N: NDArray[np.int64],
    num_classes: int,
    pixels: Pixels,
    runtime: Runtime,
    shifts: int = 0,
    batch_size: int = 512,
    all_probs: bool = False,
    keep: LogitsKeeper | None = None,
    ranks: Ranks = ALONE,
) -> AnyPredictions:
    """What the model says about every image of a split; `indices_N` are their places in the set.

    Large images and clips come in smaller batches than `batch_size`, as `fitting_batch` says. Of one label an image
    the probabilities of all classes are kept with `all_probs`, if they take no more than `MOST_KEPT` bytes; of
    several labels always. `keep` takes the logits. Each rank predicts its part of the split, and has all predictions
    in the end.

    Raises:
        DataError: the model's answers are no numbers.
    """
    multi_label = store.labels_N.dtype == torch.bool
    answers = _Answers.empty(
        store.labels_N,
        num_classes=num_classes,
        keeps_all=all_probs and 4 * len(store) * num_classes <= MOST_KEPT,
    )
    batch_size = min(batch_size, fitting_batch(store.num_pixels))
    first, end = ranks.bounds(len(store))
    for start in range(first, end, batch_size):
        rows = slice(start, min(start + batch_size, end))
        images_BCHW, labels_B = store.take(torch.arange(rows.start, rows.stop))
        logits_BK = predict_logits(
            model, images_BCHW, pixels=pixels, runtime=runtime, shifts=shifts, multi_label=multi_label
        )
        answers.fill(rows, _probs(logits_BK, multi_label=multi_label), labels_B)
        if keep is not None:
            keep.add(start, logits_BK.cpu().numpy())
    for array in (*answers.filled, *([] if keep is None else [keep.kept_MK])):
        ranks.add_up(torch.from_numpy(array))  # zero where other ranks have predicted
    return answers.predictions(split, indices_N)


@dataclass(frozen=True)
class _Answers:
    """The answers about a split, zero where there is none yet.

    They are filled in, not gathered: small results that are kept between large buffers leave holes no buffer fits into.
    """

    labels_N: NDArray[Any]
    num_classes: int
    probs_NK: NDArray[np.float32] | None
    best: tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]] | None

    @classmethod
    def empty(cls, labels_N: Tensor, *, num_classes: int, keeps_all: bool) -> _Answers:
        """None yet; of several labels an image all probabilities are kept, of one the best and that of the label."""
        num_images, num_top = len(labels_N), min(5, num_classes)
        multi_label = labels_N.dtype == torch.bool
        best = (
            np.zeros((num_images, num_top), dtype=np.int64),
            np.zeros((num_images, num_top), dtype=np.float32),
            np.zeros(num_images, dtype=np.float32),
        )
        probs_NK = np.zeros((num_images, num_classes), dtype=np.float32) if multi_label or keeps_all else None
        return cls(labels_N.cpu().numpy(), num_classes, probs_NK, None if multi_label else best)

    @property
    def filled(self) -> list[NDArray[Any]]:
        """The arrays that `fill` fills."""
        return [*(self.best or ()), *([] if self.probs_NK is None else [self.probs_NK])]

    def fill(self, rows: slice, probs_BK: Tensor, labels_B: Tensor) -> None:
        """The answers about a batch."""
        if self.probs_NK is not None:
            self.probs_NK[rows] = probs_BK.cpu()
        if self.best is None:
            return
        top_labels_NT, top_probs_NT, label_probs_N = self.best
        num_top = top_labels_NT.shape[1]
        # of equal logits, common in bf16, the first class comes first, as everywhere; topk promises no order
        ordered_BK, places_BK = probs_BK.sort(dim=1, descending=True, stable=True)
        top_probs_NT[rows], top_labels_NT[rows] = ordered_BK[:, :num_top].cpu(), places_BK[:, :num_top].cpu()
        label_probs_N[rows] = probs_BK.gather(1, labels_B[:, None])[:, 0].cpu()

    def predictions(self, split: str, indices_N: NDArray[np.int64]) -> AnyPredictions:
        """The whole split's."""
        if self.best is None:
            assert self.probs_NK is not None
            return MultiPredictions(split, indices_N, self.labels_N, self.probs_NK)
        top_labels_NT, top_probs_NT, label_probs_N = self.best
        return Predictions(
            split=split,
            indices_N=indices_N,
            labels_N=self.labels_N,
            top_labels_NT=top_labels_NT,
            top_probs_NT=top_probs_NT,
            label_probs_N=label_probs_N,
            num_classes=self.num_classes,
            probs_NK=self.probs_NK,
        )
