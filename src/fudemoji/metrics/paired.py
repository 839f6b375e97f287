"""Two classifiers on the same images: is one of them really better?"""

# S trainings (seeds) of each of the two, N images, R resamples, P patterns of outcomes

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import DataError

__all__ = [
    "PairedTest",
    "compare_hits",
    "compare_hits_apart",
    "holm",
    "mcnemar_exact",
    "nested_bootstrap",
    "paired_bootstrap",
]

Bools = NDArray[np.bool_]
_NUM_RESAMPLES = 10_000


@dataclass(frozen=True)
class PairedTest:
    """What two classifiers, each trained S times, do on the same N images.

    Attributes:
        difference: accuracy of the one less that of the other, mean over the trainings, -1..1.
        low, high: its 95 % interval over images and trainings, from the bootstrap.
        only_one: images that the one reads right in more trainings than the other.
        only_other: the reverse.
        both: images right in every training of both.
        neither: images wrong in every training of both.
        p: of the exact test of McNemar; with several trainings the sign test over images.
        num_images: N; where each training has images of its own, all of them.
        num_trainings: S, of each.
    """

    difference: float
    low: float
    high: float
    only_one: int
    only_other: int
    both: int
    neither: int
    p: float
    num_images: int
    num_trainings: int


def mcnemar_exact(only_one: int, only_other: int) -> float:
    """Two-sided p value of the exact test of McNemar: the chance of counts as uneven, were both as good, 0..1.

    The images that both read alike say nothing; of the others each falls to either side like a coin
    (McNemar 1947, https://doi.org/10.1007/BF02295996; exact by the binomial distribution).

    Args:
        only_one: images that only the one classifier reads right.
        only_other: images that only the other reads right.

    >>> round(mcnemar_exact(9, 1), 6)
    0.021484
    """
    num, fewer = only_one + only_other, min(only_one, only_other)
    if num == 0:
        return 1.0
    log_half = -num * math.log(2)
    log_terms = [
        math.lgamma(num + 1) - math.lgamma(k + 1) - math.lgamma(num - k + 1) + log_half
        for k in range(fewer + 1)
    ]
    return min(1.0, 2 * math.fsum(map(math.exp, log_terms)))


def paired_bootstrap(
    one_SN: Bools, other_SN: Bools, *, resamples: int = _NUM_RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the difference in accuracy, over other images and other trainings alike.

    Images are drawn again with replacement, the same for both, and trainings too: the two ways of drawing are crossed,
    which never understates the spread (Owen 2007, https://doi.org/10.1214/07-AOAS122). With one training only images
    are drawn. Percentiles (Efron 1979).

    Args:
        one_SN: whether the one reads an image right; training s of both belongs together.
        other_SN: the same of the other.
        resamples: R.
        seed: of the draws.

    Raises:
        DataError: shapes differ, or there is nothing.
    """
    _check(one_SN, other_SN)
    patterns_PS, count_P = np.unique(
        (one_SN.astype(np.int8) - other_SN.astype(np.int8)).T, axis=0, return_counts=True
    )
    num_trainings, num_images = one_SN.shape
    rng = np.random.default_rng(seed)
    images_RP = rng.multinomial(num_images, count_P / num_images, size=resamples) / num_images
    even = np.full(num_trainings, 1 / num_trainings)
    trainings_RS = rng.multinomial(num_trainings, even, size=resamples) / num_trainings
    drawn_R = np.einsum("rp,ps,rs->r", images_RP, patterns_PS.astype(np.float64), trainings_RS, optimize=True)
    low, high = np.quantile(drawn_R, [0.025, 0.975])
    return float(low), float(high)


def compare_hits(one_SN: Bools, other_SN: Bools) -> PairedTest:
    """The tests of two classifiers, each trained S times, on the same N images.

    With several trainings an image counts for the classifier that reads it right in more of them; of one training
    this is the test of McNemar.

    Raises:
        DataError: shapes differ, or there is nothing.

    >>> hits = np.array([[True, True, True, False]]), np.array([[True, False, False, False]])
    >>> compare_hits(*hits).difference, compare_hits(*hits).p
    (0.5, 0.5)
    """
    low, high = paired_bootstrap(one_SN, other_SN)
    right_one_N, right_other_N = one_SN.sum(axis=0), other_SN.sum(axis=0)
    only_one, only_other = int((right_one_N > right_other_N).sum()), int((right_one_N < right_other_N).sum())
    num_trainings, num_images = one_SN.shape
    return PairedTest(
        difference=float(one_SN.mean() - other_SN.mean()),
        low=low,
        high=high,
        only_one=only_one,
        only_other=only_other,
        both=int((right_one_N + right_other_N == 2 * num_trainings).sum()),
        neither=int((right_one_N + right_other_N == 0).sum()),
        p=mcnemar_exact(only_one, only_other),
        num_images=num_images,
        num_trainings=num_trainings,
    )


def nested_bootstrap(
    ones: Sequence[Bools], others: Sequence[Bools], *, resamples: int = _NUM_RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The interval of `paired_bootstrap` where each training has images of its own: they are drawn within a training.

    Args:
        ones: whether the one reads an image right, of each training on its own images.
        others: the same of the other; training s of both has the same images.
        resamples: R.
        seed: of the draws.

    Raises:
        DataError: shapes differ, or there is nothing.
    """
    _check_all(ones, others)
    rng = np.random.default_rng(seed)
    drawn_RS = rng.integers(0, len(ones), (resamples, len(ones)))
    differences_RS = np.zeros(drawn_RS.shape)
    for training, (one_N, other_N) in enumerate(zip(ones, others, strict=True)):
        is_drawn_RS = drawn_RS == training
        shares = np.array([(one_N & ~other_N).mean(), (other_N & ~one_N).mean()])
        counts = rng.multinomial(len(one_N), [*shares, 1 - shares.sum()], size=int(is_drawn_RS.sum()))
        differences_RS[is_drawn_RS] = (counts[:, 0] - counts[:, 1]) / len(one_N)
    low, high = np.quantile(differences_RS.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def compare_hits_apart(ones: Sequence[Bools], others: Sequence[Bools]) -> PairedTest:
    """The tests of two classifiers, each trained S times, where each training has images of its own.

    So it is with validation images that are cut anew for each seed. Every image of every training counts for itself.

    Raises:
        DataError: shapes differ, or there is nothing.
    """
    low, high = nested_bootstrap(ones, others)
    one_N, other_N = np.concatenate(list(ones)), np.concatenate(list(others))
    only_one, only_other = int((one_N & ~other_N).sum()), int((other_N & ~one_N).sum())
    return PairedTest(
        difference=float(np.mean([a.mean() - b.mean() for a, b in zip(ones, others, strict=True)])),
        low=low,
        high=high,
        only_one=only_one,
        only_other=only_other,
        both=int((one_N & other_N).sum()),
        neither=int((~one_N & ~other_N).sum()),
        p=mcnemar_exact(only_one, only_other),
        num_images=len(one_N),
        num_trainings=len(ones),
    )


def _check_all(ones: Sequence[Bools], others: Sequence[Bools]) -> None:
    if len(ones) != len(others) or len(ones) == 0:
        raise DataError(f"hits of {len(ones)} and {len(others)} trainings, expected as many of both")
    for one_N, other_N in zip(ones, others, strict=True):
        _check(one_N[None], other_N[None])


def _check(one_SN: Bools, other_SN: Bools) -> None:
    if one_SN.ndim != 2 or one_SN.shape != other_SN.shape:
        raise DataError(f"hits are {one_SN.shape} and {other_SN.shape}, expected both trainings x images")
    if not one_SN.size:
        raise DataError("no images to compare two classifiers on")


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values, corrected for their number, in their order (Holm 1979, https://www.jstor.org/stable/4615733).

    Below 0.05 stay those that are still remarkable among so many; the chance of a single false one is kept at 5 %.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
