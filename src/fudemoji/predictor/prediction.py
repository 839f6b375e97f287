"""What a model sees in an image, in the words of its classes."""

# M images, K classes, T best of them

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.data import LabelClass
from fudemoji.trust import Trust

__all__ = ["Prediction", "best_places", "told"]

_FEW = 64  # classes up to which sorting them all is no slower than picking the best first


@dataclass(frozen=True)
class Prediction:
    """What a model sees in one image.

    Attributes:
        label: the most probable class.
        prob: its calibrated probability, 0..1.
        top: the most probable classes with their probabilities, best first.
        labels: of a model for several labels an image, those above their thresholds; otherwise `label` alone.
        inverted: whether the image was inverted first, because its paper is bright and the set's is dark, or the
            other way round.
        multi_label: whether an image may have several labels, or none.
        is_unknown: whether the probability of `label` is too low to be relied on: the image may be of no known class.
    """

    label: LabelClass
    prob: float
    top: tuple[tuple[LabelClass, float], ...]
    inverted: bool
    labels: tuple[LabelClass, ...]
    multi_label: bool = False
    is_unknown: bool = False

    def __str__(self) -> str:
        if self.is_unknown:
            return f"unknown (nearest: {self.label} {self.prob:.1%})"
        if self.multi_label:
            return ", ".join(map(str, self.labels)) or f"no label (nearest: {self.label} {self.prob:.1%})"
        return f"{self.label} {self.prob:.1%}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        top = [
            {"id": c.id, "glyph": c.glyph, "romanisation": c.romanisation, "prob": prob}
            for c, prob in self.top
        ]
        labels = {"labels": [c.id for c in self.labels]} if self.multi_label else {}
        return {
            **labels,
            "id": self.label.id,
            "glyph": self.label.glyph,
            "prob": self.prob,
            "is_unknown": self.is_unknown,
            "top": top,
            "inverted": self.inverted,
        }


def told(
    probs_MK: NDArray[np.float64],
    inverted_M: NDArray[np.bool_],
    *,
    classes: Sequence[LabelClass],
    trust: Trust,
    top: int,
    reject: bool,
) -> Iterator[Prediction]:
    """The prediction for each image.

    Args:
        probs_MK: calibrated probabilities.
        inverted_M: whether each image was inverted first.
        classes: in the order of the probabilities.
        trust: the thresholds.
        top: how many classes to name.
        reject: whether to mark what is too improbable as unknown.
    """
    places_MT = best_places(probs_MK, max(1, top))
    best_MT = np.take_along_axis(probs_MK, places_MT, axis=1).tolist()
    known_M = trust.is_known(probs_MK).tolist()
    given_MK = trust.labels(probs_MK) if trust.multi_label else None
    for row, places in enumerate(places_MT.tolist()):
        ranked = [(classes[k], prob) for k, prob in zip(places, best_MT[row], strict=True)]
        label, prob = ranked[0]
        labels: tuple[LabelClass, ...] = (label,)
        if given_MK is not None:
            given = np.flatnonzero(given_MK[row])
            labels = tuple(
                classes[k] for k in given[np.argsort(-probs_MK[row, given], kind="stable")].tolist()
            )
        yield Prediction(
            label=label,
            prob=prob,
            top=tuple(ranked[:top]),
            inverted=bool(inverted_M[row]),
            labels=labels,
            multi_label=trust.multi_label,
            is_unknown=reject and not known_M[row],
        )


def best_places(probs_MK: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """The places (M, T) of the greatest values of each row, the greatest first; of equal ones the first comes first.

    >>> best_places(np.array([[0.2, 0.4, 0.0, 0.4]]), 2).tolist()
    [[1, 3]]
    """
    num_classes = probs_MK.shape[1]
    if num_classes <= _FEW or count >= num_classes:
        return np.argsort(-probs_MK, axis=1, kind="stable")[:, :count]
    least_M = np.partition(probs_MK, num_classes - count, axis=1)[:, num_classes - count]
    places_MT = np.empty((len(probs_MK), count), dtype=np.int64)
    for row, least in enumerate(least_M):
        among = np.flatnonzero(probs_MK[row] >= least)
        places_MT[row] = among[np.argsort(-probs_MK[row, among], kind="stable")[:count]]
    return places_MT
