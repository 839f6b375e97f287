"""Images in, predictions out: what a run and an exported folder have in common."""

# N images, M of them that can be read, R rows of these (windows of a video), K classes

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.data import LabelClass
from fudemoji.errors import DataError
from fudemoji.predictor.prediction import Prediction, told
from fudemoji.predictor.preparing import Source
from fudemoji.trust import Trust

__all__ = ["Answering", "Answers", "averaged"]

_TOGETHER = 512  # images that are in memory at a time


@dataclass(frozen=True)
class Answers:
    """What a model says about several images, some of which may be none.

    Attributes:
        probs_MK: calibrated probabilities, float64, of the images that could be read, in the order of the classes.
        inverted_M: whether each of these was inverted first.
        refused: why each of the others could not be read, by its place.
    """

    probs_MK: NDArray[np.float64]
    inverted_M: NDArray[np.bool_]
    refused: dict[int, DataError]


class Answering(ABC):
    """A model as a function: image (or video) in, `Prediction` out."""

    def __init__(self, *, reject: bool) -> None:
        self._reject = reject

    @property
    @abstractmethod
    def classes(self) -> tuple[LabelClass, ...]:
        """The classes it knows."""

    @property
    @abstractmethod
    def trust(self) -> Trust:
        """The temperature and the thresholds by which it answers."""

    @abstractmethod
    def _answers(self, images: Sequence[Source]) -> Answers:
        """Probabilities of several images that are in memory together."""

    def __call__(self, image: Source, *, top: int = 5) -> Prediction:
        """The prediction for one image.

        Raises:
            DataError: it is no image, or is damaged or too large.
        """
        return self.many([image], top=top)[0]

    def many(self, images: Sequence[Source], *, top: int = 5) -> list[Prediction]:
        """The predictions for several images, in batches.

        Raises:
            DataError: one of them is no image, or is damaged or too large.
        """
        found = list[Prediction]()
        for start in range(0, len(images), _TOGETHER):
            for one in self.attempt(images[start : start + _TOGETHER], top=top):
                if isinstance(one, DataError):
                    raise one
                found.append(one)
        return found

    def attempt(self, images: Sequence[Source], *, top: int = 5) -> list[Prediction | DataError]:
        """The prediction for each of several images that are in memory together, or why there is none."""
        answers = self._answers(images)
        predictions = told(
            answers.probs_MK,
            answers.inverted_M,
            classes=self.classes,
            trust=self.trust,
            top=top,
            reject=self._reject,
        )
        return [answers.refused.get(place) or next(predictions) for place in range(len(images))]

    def probabilities(self, images: Sequence[Source]) -> NDArray[np.float64]:
        """Calibrated probabilities (N, K) of several images, in the order of `classes`.

        Raises:
            DataError: one of them is no image, or is damaged or too large.
        """
        answers = self._answers(images)
        if answers.refused:
            raise answers.refused[min(answers.refused)]
        return answers.probs_MK


def averaged(probs_RK: NDArray[np.float64], rows_M: NDArray[np.int64]) -> NDArray[np.float64]:
    """The means (M, K) over the rows of each image, of which there are `rows_M`."""
    if len(probs_RK) == len(rows_M):
        return probs_RK
    starts = np.cumsum(rows_M) - rows_M
    return np.add.reduceat(probs_RK, starts, axis=0) / rows_M[:, None]
