"""What an iteration says about the images that were held out of its training, read from its run folder."""

# N images, K classes

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import FudemojiError
from fudemoji.metrics import MultiPredictions, Predictions, average_precisions, predictions_from
from fudemoji.runs import Run
from fudemoji.server.store import Store, iterations
from fudemoji.server.store.tables import Iteration, Probs
from fudemoji.serving.errors import ApiError
from fudemoji.trust import read_trust

__all__ = ["Measured", "read_measured"]

_SMALLEST = float(np.finfo(np.float64).tiny)
_KEPT = 16  # iterations whose predictions stay in memory


@dataclass(frozen=True)
class Measured:
    """A run's answers for the images that were held out.

    Attributes:
        split: their name.
        labels_NK: bool, what is there.
        probs_NK: calibrated probabilities.
        place_of: the row of an image, by its SHA-256.
        is_multi_label: whether each tag is given by itself.
    """

    split: str
    labels_NK: NDArray[np.bool_]
    probs_NK: NDArray[np.float32]
    place_of: Mapping[str, int]
    is_multi_label: bool

    @cached_property
    def average_precision_K(self) -> NDArray[np.float64]:
        """Of each class; 0 for one without an image."""
        return average_precisions(self.labels_NK, self.probs_NK)

    @property
    def average_precision(self) -> float:
        """The mean over the classes that occur; 0 where none does."""
        occurs_K = self.labels_NK.any(axis=0)
        return float(self.average_precision_K[occurs_K].mean()) if occurs_K.any() else 0.0

    @property
    def candidates(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The probabilities of all that some threshold gives to an image, and whether it is there, (P,) each."""
        if self.is_multi_label:
            return self.probs_NK.ravel(), self.labels_NK.ravel()
        rows_N, best_N = np.arange(len(self.probs_NK)), self.probs_NK.argmax(axis=1)
        return self.probs_NK[rows_N, best_N], self.labels_NK[rows_N, best_N]

    def given(self, threshold: float) -> NDArray[np.bool_]:
        """The tags that images are given, (N, K)."""
        given_NK = self.probs_NK >= threshold
        if not self.is_multi_label:
            given_NK &= np.arange(self.probs_NK.shape[1]) == self.probs_NK.argmax(axis=1)[:, None]
        return given_NK

    def probs(self, place: int, tag_ids: Sequence[str]) -> Probs:
        """What an image is taken for, the most probable tag first."""
        probs_K = self.probs_NK[place]
        return [(tag_ids[k], float(probs_K[k])) for k in np.argsort(-probs_K, kind="stable")]


def read_measured(store: Store, iteration: Iteration) -> Measured:
    """The answers of a trained iteration; kept in memory for the next question.

    Raises:
        ApiError: it is not trained, or nothing was held out of its training.
    """
    iterations.check_completed(iteration)
    path = store.runs / iteration.id
    try:
        written = (path / "predictions.npz").stat().st_mtime_ns
    except OSError:
        told = f"{iteration.name} was trained on all images, or its files are gone: nothing could be measured"
        raise ApiError(400, "BadRequestNotSupported", told) from None
    try:
        return _read(path, written)
    except FudemojiError as error:
        raise ApiError(500, "ErrorUnknown", f"what {iteration.name} was measured by is damaged") from error


@lru_cache(maxsize=_KEPT)
def _read(path: Path, _written: int) -> Measured:
    run = Run(path)
    found = predictions_from(run.read_arrays("predictions"))
    names_N = run.read_arrays("names")["names"][found.indices_N]
    place_of = {"".join(str(name).split("/")[-2:]): place for place, name in enumerate(names_N)}
    labels_NK, probs_NK = _tables(found)
    is_multi_label = isinstance(found, MultiPredictions)
    trust = read_trust(run, num_classes=found.num_classes, multi_label=is_multi_label)
    if found.probs_NK is not None:
        probs_NK = trust.probabilities(_logits(found.probs_NK, is_multi_label=is_multi_label)).astype(
            np.float32
        )
    return Measured(found.split, labels_NK, probs_NK, place_of, is_multi_label)


def _tables(found: Predictions | MultiPredictions) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Labels and probabilities, (N, K) each; of very many classes a run keeps the five likeliest an image."""
    if isinstance(found, MultiPredictions):
        return found.labels_NK, found.probs_NK
    labels_NK = found.labels_N[:, None] == np.arange(found.num_classes)
    if found.probs_NK is not None:
        return labels_NK, found.probs_NK
    probs_NK = np.zeros(labels_NK.shape, dtype=np.float32)
    np.put_along_axis(probs_NK, found.labels_N[:, None], found.label_probs_N[:, None], axis=1)
    np.put_along_axis(probs_NK, found.top_labels_NT, found.top_probs_NT, axis=1)
    return labels_NK, probs_NK


def _logits(probs_NK: NDArray[np.float32], *, is_multi_label: bool) -> NDArray[np.float64]:
    """What the probabilities were made of, but for a shift an image."""
    yes_NK = np.log(np.maximum(probs_NK.astype(np.float64), _SMALLEST))
    if not is_multi_label:
        return np.asarray(yes_NK)
    return np.asarray(yes_NK - np.log(np.maximum(1 - probs_NK.astype(np.float64), _SMALLEST)))
