"""Confidence intervals of the figures: Wilson's for shares of images, the percentile bootstrap for the others.

The images are drawn again and again, with replacement, and the 2.5th and 97.5th percentile of a figure over the draws
bound it with 95 % confidence (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). With one label
an image the draws are stratified: every class keeps its number of images, as in a test split whose classes were counted
out; were a rare class missing from a draw, its macro figures would be means over other classes (Davison and Hinkley,
Bootstrap Methods and their Application, 1997, section 3.2). A class of one image thus adds nothing to the width. With
several labels an image there are no such strata, and all images are drawn alike.

Whatever is a share of images or of predictions, as accuracy, precision and recall of a class, has Wilson's interval,
which is right near 0 and 1 too; the bootstrap knows of no error where the sample has none, and its interval is a point.

The cost is bounded. A figure costs one pass over the drawn images, so there are 1,000 draws, or as many as 40 million
images allow, and 200 at least. Average precision costs a pass over each class's ranking; where 200 draws of it would
come to more than 400 million images, its interval is left out, and that is said.
"""

# N images, K classes, B draws, M images of a ranking, S steps of it

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.metrics.figures import AnyMetrics, shares
from fudemoji.metrics.intervals import wilson_intervals
from fudemoji.metrics.predictions import AnyPredictions, MultiPredictions, Predictions
from fudemoji.metrics.ranking import Ranking, rankings

__all__ = ["Intervals", "intervals_of"]

Draws = NDArray[np.int32]
Floats = NDArray[np.float64]
_DRAWS, _FEWEST_DRAWS = 1000, 200
_MOST_DRAWN, _MOST_RANKED = 40_000_000, 400_000_000
_CHUNK = 4_000_000  # drawn images in memory at a time


@dataclass(frozen=True)
class Intervals:
    """Bounds of the figures with 95 % confidence.

    Attributes:
        draws: how often the images were drawn.
        figures: low and high of a figure, by its name in the metrics.
        classes: float64 (K, 2), low and high for each class, by the name of the list in the metrics.
        left_out: what has no interval, and why, a sentence each.
    """

    draws: int
    figures: dict[str, tuple[float, float]]
    classes: dict[str, Floats] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, ready for JSON."""
        return {
            "draws": self.draws,
            "figures": {name: list(bounds) for name, bounds in self.figures.items()},
            "classes": {name: bounds_K2.tolist() for name, bounds_K2 in self.classes.items()},
            "left_out": list(self.left_out),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Intervals:
        """What `to_dict` made."""
        return cls(
            draws=int(content["draws"]),
            figures={name: (float(low), float(high)) for name, (low, high) in content["figures"].items()},
            classes={
                name: np.asarray(bounds, dtype=np.float64).reshape(-1, 2)
                for name, bounds in content["classes"].items()
            },
            left_out=tuple(map(str, content["left_out"])),
        )


def intervals_of(predictions: AnyPredictions, metrics: AnyMetrics, *, seed: int = 0) -> Intervals:
    """The intervals of all figures; the same predictions and seed give the same ones."""
    ranked, left_out = _affordable_rankings(predictions)
    strata_N = np.zeros(len(predictions), dtype=np.int64)
    if isinstance(predictions, Predictions):
        strata_N = predictions.labels_N
    draws = int(np.clip(_MOST_DRAWN // len(predictions), _FEWEST_DRAWS, _DRAWS))
    if ranked:
        total = sum(len(ranking.order_M) for ranking in ranked)
        draws = min(draws, max(_FEWEST_DRAWS, _MOST_RANKED // max(1, total)))
    parts: list[dict[str, Floats]] = []
    for draws_NB in _drawn(strata_N, draws=draws, rng=np.random.default_rng(seed)):
        counted = (
            _of_labels(predictions, draws_NB)
            if isinstance(predictions, MultiPredictions)
            else _of_classes(predictions, draws_NB)
        )
        parts.append(counted | _of_rankings(ranked, draws_NB))
    figures = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    bounds = {name: np.quantile(values, (0.025, 0.975), axis=-1) for name, values in figures.items()}
    return Intervals(
        draws=draws,
        figures=_wilson_of_figures(metrics, predictions)
        | {name: (float(low), float(high)) for name, (low, high) in bounds.items() if low.ndim == 0},
        classes=_wilson_of_classes(metrics, predictions)
        | {name: low_high.T for name, low_high in bounds.items() if low_high.ndim == 2},
        left_out=left_out,
    )


def _affordable_rankings(predictions: AnyPredictions) -> tuple[list[Ranking], tuple[str, ...]]:
    """The rankings of all classes, or none and the reason."""
    if predictions.probs_NK is None:
        return [], ("average precision: not all probabilities are known",)
    labels = predictions.labels_NK if isinstance(predictions, MultiPredictions) else predictions.labels_N
    found, total = [], 0
    for ranking in rankings(labels, predictions.probs_NK):
        found.append(ranking)
        total += len(ranking.order_M)
        if total * _FEWEST_DRAWS > _MOST_RANKED:
            return [], (
                f"average precision: an interval for {predictions.num_classes:,} classes and "
                f"{len(predictions):,} images would take too long",
            )
    return found, ()


def _drawn(strata_N: NDArray[np.int64], *, draws: int, rng: np.random.Generator) -> Iterator[Draws]:
    """How often each image is in each draw, int32 (N, B), some draws at a time; every stratum keeps its size."""
    count = len(strata_N)
    order_N = np.argsort(strata_N, kind="stable")
    size_K = np.bincount(strata_N)
    start_N = (np.cumsum(size_K) - size_K)[strata_N[order_N]]
    size_N = size_K[strata_N[order_N]]
    at_once = max(1, _CHUNK // count)
    for first in range(0, draws, at_once):
        num = min(at_once, draws - first)
        places_BN = start_N + (rng.random((num, count)) * size_N).astype(np.int64)
        cells = order_N[places_BN] * num + np.arange(num)[:, None]
        yield np.bincount(cells.ravel(), minlength=count * num).reshape(count, num).astype(np.int32)


def _sums(draws_NB: Draws, groups_N: NDArray[np.int64], *, num_groups: int) -> NDArray[np.int64]:
    """Drawn images of each group, int64 (K, B)."""
    sums_KB = np.zeros((num_groups, draws_NB.shape[1]), dtype=np.int64)
    if len(groups_N):
        order = np.argsort(groups_N, kind="stable")
        starts = np.flatnonzero(np.diff(groups_N[order], prepend=-1))
        sums_KB[groups_N[order][starts]] = np.add.reduceat(draws_NB[order], starts, axis=0, dtype=np.int64)
    return sums_KB


def _of_classes(predictions: Predictions, draws_NB: Draws) -> dict[str, Floats]:
    count, hits_N = predictions.num_classes, predictions.hits_N
    support_KB = np.repeat(
        np.bincount(predictions.labels_N, minlength=count)[:, None], draws_NB.shape[1], axis=1
    )
    predicted_KB = _sums(draws_NB, predictions.predicted_N, num_groups=count)
    hits_KB = _sums(draws_NB[hits_N], predictions.labels_N[hits_N], num_groups=count)
    recall_KB = shares(hits_KB, support_KB)
    return {
        "balanced_accuracy": recall_KB[support_KB[:, 0] > 0].mean(axis=0),
        "loss": predictions.losses_N @ draws_NB / len(predictions),
        **_macro(hits_KB, support_KB, predicted_KB),
    }


def _of_labels(predictions: MultiPredictions, draws_NB: Draws) -> dict[str, Floats]:
    labels_NK, given_NK = predictions.labels_NK, predictions.predicted_NK
    weights_NB = draws_NB.astype(np.float32)  # counts below 2^24, which are exact

    def counted(which_NK: NDArray[np.bool_]) -> NDArray[np.int64]:
        return (which_NK.T.astype(np.float32) @ weights_NB).astype(np.int64)

    hits_KB, support_KB, given_KB = counted(labels_NK & given_NK), counted(labels_NK), counted(given_NK)
    hits_B, support_B, given_B = hits_KB.sum(axis=0), support_KB.sum(axis=0), given_KB.sum(axis=0)
    wrong_N = (labels_NK != given_NK).mean(axis=1)
    return {
        "hamming_loss": wrong_N @ draws_NB / len(predictions),
        "loss": predictions.losses_N @ draws_NB / len(predictions),
        "micro_precision": shares(hits_B, given_B),
        "micro_recall": shares(hits_B, support_B),
        "micro_f1": shares(2 * hits_B, support_B + given_B),
        **_macro(hits_KB, support_KB, given_KB),
    }


def _macro(
    hits_KB: NDArray[np.int64], support_KB: NDArray[np.int64], given_KB: NDArray[np.int64]
) -> dict[str, Floats]:
    """Macro figures of each draw, over the classes that occur or were given in it; and F1 of each class."""
    counts_KB = support_KB + given_KB > 0
    num_B = np.maximum(counts_KB.sum(axis=0), 1)
    f1_KB = shares(2 * hits_KB, support_KB + given_KB)
    return {
        "macro_precision": shares(hits_KB, given_KB).sum(axis=0) / num_B,
        "macro_recall": shares(hits_KB, support_KB).sum(axis=0) / num_B,
        "macro_f1": f1_KB.sum(axis=0) / num_B,
        "f1": f1_KB,
    }


def _of_rankings(ranked: list[Ranking], draws_NB: Draws) -> dict[str, Floats]:
    """Average precision of each class in each draw, and its mean over the classes that occur in it."""
    if not ranked:
        return {}
    found_KB = np.stack([_average_precision(ranking, draws_NB) for ranking in ranked])
    occurs_KB = ~np.isnan(found_KB)
    num_B = np.maximum(occurs_KB.sum(axis=0), 1)
    mean_B = np.where(occurs_KB, found_KB, 0.0).sum(axis=0) / num_B
    return {"mean_average_precision": mean_B, "average_precision": np.nan_to_num(found_KB)}


def _average_precision(ranking: Ranking, draws_NB: Draws) -> Floats:
    """Of one class in each draw; NaN where none of its images was drawn."""
    if not len(ranking.ends):
        return np.full(draws_NB.shape[1], np.nan)
    starts_S = np.append(0, ranking.ends[:-1] + 1)
    drawn_MB = draws_NB[ranking.order_M]
    total_SB = np.cumsum(np.add.reduceat(drawn_MB, starts_S, axis=0), axis=0)
    members_M = np.flatnonzero(ranking.is_member_M)
    starts_of_members_S = np.searchsorted(members_M, starts_S)
    gained_SB = np.add.reduceat(drawn_MB[members_M], starts_of_members_S, axis=0)
    hits_SB = np.cumsum(gained_SB, axis=0)
    area_B = (gained_SB * (hits_SB / np.maximum(total_SB, 1))).sum(axis=0)
    nothing_B = np.full(len(area_B), np.nan)
    return np.asarray(np.divide(area_B, hits_SB[-1], out=nothing_B, where=hits_SB[-1] > 0))


def _wilson_of_figures(metrics: AnyMetrics, predictions: AnyPredictions) -> dict[str, tuple[float, float]]:
    found = {"accuracy": (metrics.accuracy_low, metrics.accuracy_high)}
    if isinstance(predictions, Predictions):
        hits, count = int(predictions.among_best_N.sum()), len(predictions)
        low, high = wilson_intervals(np.array([hits]), np.array([count]))[0]
        found["top5_accuracy"] = (float(low), float(high))
    return found


def _wilson_of_classes(metrics: AnyMetrics, predictions: AnyPredictions) -> dict[str, Floats]:
    if isinstance(predictions, MultiPredictions):
        given_K = predictions.predicted_NK.sum(axis=0)
        hits_K = (predictions.predicted_NK & predictions.labels_NK).sum(axis=0)
    else:
        given_K = np.bincount(predictions.predicted_N, minlength=metrics.num_classes)
        right_N = predictions.labels_N[predictions.hits_N]
        hits_K = np.bincount(right_N, minlength=metrics.num_classes)
    support_K = np.asarray(metrics.support)
    return {"precision": wilson_intervals(hits_K, given_K), "recall": wilson_intervals(hits_K, support_K)}
