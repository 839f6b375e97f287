"""Which images of a split get a Grad-CAM, for which classes, and how it is kept with the run."""

# N images, M maps, C channels, T frames, H x W pixels, h x w kept places

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from fudemoji.data.batches import Pixels
from fudemoji.data.film import film
from fudemoji.engine.gradcam import grad_cam
from fudemoji.errors import SettingsError
from fudemoji.metrics import AnyPredictions, MultiPredictions, Predictions, worst, worst_multi
from fudemoji.runtime import Runtime

__all__ = ["NUM_RIGHT", "NUM_WORST", "Heat", "look", "try_look"]

NUM_WORST, NUM_RIGHT = 24, 8
_LARGEST = 64  # pixels of a kept map's longer side; it is smooth


@dataclass(frozen=True)
class Heat:
    """Grad-CAM maps of chosen images, one for each image and class that was asked about.

    Attributes:
        indices_M: int64, places of the images in their set.
        classes_M: int64, the classes asked about.
        heat_Mhw: uint8, 255 at the strongest place; of clips a film of four frames, as the samples have it.
    """

    indices_M: NDArray[np.int64]
    classes_M: NDArray[np.int64]
    heat_Mhw: NDArray[np.uint8]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays to store as gradcam.npz."""
        return {"indices": self.indices_M, "classes": self.classes_M, "heat": self.heat_Mhw}


def look(
    model: nn.Module,
    predictions: AnyPredictions,
    images_NCHW: NDArray[np.uint8],
    *,
    pixels: Pixels,
    runtime: Runtime,
    name: str,
    num_worst: int = NUM_WORST,
    num_right: int = NUM_RIGHT,
) -> Heat:
    """Grad-CAM for the worst images and some right ones; of a wrong image for its class and for the one it was given.

    Args:
        model: on the runtime's device.
        predictions: of the split.
        images_NCHW: uint8, those of the whole set; clips (N, C, T, H, W).
        pixels: how they become floats.
        runtime: device and number format.
        name: what an error calls the model.
        num_worst: how many of the worst images.
        num_right: how many that were told right, each of another class where there are as many.

    Raises:
        SettingsError: the model has no convolutional feature map.
    """
    multi_label = isinstance(predictions, MultiPredictions)
    asked = (
        _asked_of_labels(predictions, num_worst, num_right)
        if isinstance(predictions, MultiPredictions)
        else _asked_of_classes(predictions, num_worst, num_right)
    )
    rows_M, classes_M = (np.array(column, dtype=np.int64) for column in zip(*asked, strict=True))
    indices_M = predictions.indices_N[rows_M]
    heat_MHW = grad_cam(
        model,
        torch.from_numpy(images_NCHW[indices_M]).to(runtime.device),
        torch.from_numpy(classes_M),
        pixels=pixels,
        runtime=runtime,
        multi_label=multi_label,
        name=name,
    )
    heat_MHW = (255 * heat_MHW + 0.5).astype(np.uint8)
    if heat_MHW.ndim == 4:
        heat_MHW = np.stack([film(heat_THW[None])[0] for heat_THW in heat_MHW])
    return Heat(indices_M, classes_M, np.stack([_small(heat_HW) for heat_HW in heat_MHW]))


def try_look(
    model: nn.Module,
    predictions: AnyPredictions,
    images_NCHW: NDArray[np.uint8],
    *,
    pixels: Pixels,
    runtime: Runtime,
    name: str,
) -> tuple[Heat | None, str]:
    """The usual maps, or None and the reason where the model is not convolutional."""
    try:
        return look(model, predictions, images_NCHW, pixels=pixels, runtime=runtime, name=name), ""
    except SettingsError as error:
        return None, str(error)


def _asked_of_classes(predictions: Predictions, num_worst: int, num_right: int) -> list[tuple[int, int]]:
    """Rows and classes: of wrong images both classes, the one they were given first."""
    asked = []
    for row in worst(predictions, count=num_worst).tolist():
        asked.append((row, int(predictions.predicted_N[row])))
        if not predictions.hits_N[row]:
            asked.append((row, int(predictions.labels_N[row])))
    taken = {row for row, _ in asked}
    right = [row for row in _clear(predictions.hits_N, predictions.labels_N, predictions.label_probs_N)
             if row not in taken]  # fmt: skip
    return asked + [(row, int(predictions.labels_N[row])) for row in right[:num_right]]


def _clear(hits_N: NDArray[np.bool_], labels_N: NDArray[np.int64], probs_N: NDArray[np.float32]) -> list[int]:
    """Rows that were told right, the most certain of each class first, then the second of each."""
    rows = np.flatnonzero(hits_N)
    rows = rows[np.lexsort((-probs_N[rows], labels_N[rows]))]
    starts = np.flatnonzero(np.diff(labels_N[rows], prepend=-1))
    rank = np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
    found: list[int] = rows[np.argsort(rank, kind="stable")].tolist()
    return found


def _asked_of_labels(predictions: MultiPredictions, num_worst: int, num_right: int) -> list[tuple[int, int]]:
    """Rows and labels: of wrong images the label that is most wrong, of right ones their most certain label."""
    probs_NK, labels_NK = predictions.probs_NK, predictions.labels_NK
    asked = [
        (row, int(np.abs(probs_NK[row] - labels_NK[row]).argmax()))
        for row in worst_multi(predictions, count=num_worst).tolist()
    ]
    taken = {row for row, _ in asked}
    certain_NK = np.where(labels_NK, probs_NK, -1)
    best_N = certain_NK.argmax(axis=1)
    right_N = predictions.hits_N & labels_NK.any(axis=1)
    right = [row for row in _clear(right_N, best_N, certain_NK.max(axis=1)) if row not in taken]
    return asked + [(row, int(best_N[row])) for row in right[:num_right]]


def _small(heat_HW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = Image.fromarray(heat_HW)
    picture.thumbnail((_LARGEST, _LARGEST), Image.Resampling.BOX)
    return np.asarray(picture)
