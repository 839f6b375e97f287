"""What a model says about a split before it becomes probabilities: what a temperature is fitted on."""

# N images of a split, M of them kept, K classes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = ["Logits", "LogitsKeeper"]

_MOST_VALUES = (
    2**24
)  # 64 MB: every image of sets with few classes, thousands of images of sets with thousands


@dataclass(frozen=True)
class Logits:
    """Logits of the images of a split, or of an even choice of them where there are very many.

    Attributes:
        split: name of the split.
        num_images: how many images the split has.
        labels: int64 (M,), or bool (M, K) of several labels.
        logits_MK: float32; of one label an image their softmax counts, of several each label's sigmoid.

    Raises:
        DataError: no rows, or shapes that do not belong together.
    """

    split: str
    num_images: int
    labels: NDArray[np.int64] | NDArray[np.bool_]
    logits_MK: NDArray[np.float32]

    def __post_init__(self) -> None:
        fits = self.labels.shape == (
            self.logits_MK.shape if self.is_multi_label else self.logits_MK.shape[:1]
        )
        if self.logits_MK.ndim != 2 or not len(self.logits_MK) or not fits:
            raise DataError(
                f"logits of {self.split} are {self.logits_MK.shape}, their labels {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.logits_MK)

    @property
    def is_multi_label(self) -> bool:
        """Whether an image may have several labels, or none."""
        return self.labels.ndim == 2


class LogitsKeeper:
    """Takes the logits of a split, batch after batch, and keeps those that a temperature needs.

    Attributes:
        kept_MK: what was kept so far; zero where nothing was added yet.
    """

    def __init__(
        self, split: str, labels: NDArray[np.int64] | NDArray[np.bool_], *, num_classes: int
    ) -> None:
        most = max(1, _MOST_VALUES // num_classes)
        self._rows_M = np.linspace(0, len(labels) - 1, min(len(labels), most)).round().astype(np.int64)
        self._split, self._labels = split, labels
        self.kept_MK = np.zeros((len(self._rows_M), num_classes), dtype=np.float32)

    def add(self, start: int, logits_BK: NDArray[np.float32]) -> None:
        """The logits of the images from place `start` of the split."""
        first, last = np.searchsorted(self._rows_M, [start, start + len(logits_BK)])
        self.kept_MK[first:last] = logits_BK[self._rows_M[first:last] - start]

    @property
    def logits(self) -> Logits:
        """What was kept, when all batches have been added."""
        return Logits(self._split, len(self._labels), self._labels[self._rows_M], self.kept_MK)
