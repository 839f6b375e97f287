# S trainings, N images

import numpy as np
import pytest
from scipy import stats  # comes with scikit-learn

from fudemoji.errors import DataError
from fudemoji.metrics.paired import (
    compare_hits,
    compare_hits_apart,
    holm,
    mcnemar_exact,
    nested_bootstrap,
    paired_bootstrap,
)


@pytest.mark.parametrize("counts", [(0, 0), (1, 0), (9, 1), (1, 9), (40, 60), (5, 5), (0, 300), (612, 488)])
def test_the_exact_test_is_scipys_binomial_test(counts):
    expected = stats.binomtest(min(counts), sum(counts)).pvalue if sum(counts) else 1.0
    assert mcnemar_exact(*counts) == pytest.approx(expected, rel=1e-9)


def test_the_corrected_p_values_are_those_worked_out_by_hand():
    # sorted 0.01, 0.02, 0.03, 0.04: times 4, 3, 2, 1, never falling
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def hits(seed, *, trainings=1, images=500, accuracy=0.8):
    return np.random.default_rng(seed).uniform(size=(trainings, images)) < accuracy


def test_the_counts_and_the_difference_are_those_of_the_images():
    one_SN = np.array([[1, 1, 1, 0, 0, 1], [1, 1, 0, 0, 1, 1]], dtype=bool)
    other_SN = np.array([[1, 0, 0, 0, 1, 1], [1, 0, 0, 0, 1, 0]], dtype=bool)
    found = compare_hits(one_SN, other_SN)
    assert (found.only_one, found.only_other, found.both, found.neither) == (3, 1, 1, 1)
    assert found.difference == pytest.approx(8 / 12 - 5 / 12)
    assert found.p == pytest.approx(stats.binomtest(1, 4).pvalue)
    assert (found.num_images, found.num_trainings) == (6, 2)


def test_the_interval_of_one_training_is_scipys_paired_bootstrap():
    one_SN, other_SN = hits(0), hits(1, accuracy=0.75)
    expected = stats.bootstrap(
        (one_SN[0].astype(float), other_SN[0].astype(float)),
        lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        paired=True, vectorized=True, method="percentile", n_resamples=10_000,
        rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    assert paired_bootstrap(one_SN, other_SN) == pytest.approx((expected.low, expected.high), abs=0.004)


def test_trainings_that_disagree_widen_the_interval_as_a_resampling_by_hand_says():
    one_SN = np.stack([hits(0)[0], hits(1, accuracy=0.6)[0], hits(2, accuracy=0.9)[0]])
    other_SN = hits(3, trainings=3, accuracy=0.7)
    rng = np.random.default_rng(5)
    drawn = []
    for _ in range(4000):
        seeds, images = rng.integers(0, 3, 3), rng.integers(0, 500, 500)
        block = np.ix_(seeds, images)
        drawn.append(one_SN[block].mean() - other_SN[block].mean())
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert paired_bootstrap(one_SN, other_SN) == pytest.approx((low, high), abs=0.015)
    assert high - low > 2 * np.subtract(*paired_bootstrap(one_SN[:1], other_SN[:1])[::-1])


def test_images_of_their_own_are_drawn_within_their_training_as_a_resampling_by_hand_says():
    ones = [hits(0, images=300)[0], hits(1, images=200, accuracy=0.6)[0]]
    others = [hits(2, images=300, accuracy=0.7)[0], hits(3, images=200, accuracy=0.7)[0]]
    rng = np.random.default_rng(5)
    drawn = []
    for _ in range(4000):
        parts = []
        for training in rng.integers(0, 2, 2):
            images = rng.integers(0, len(ones[training]), len(ones[training]))
            parts.append(ones[training][images].mean() - others[training][images].mean())
        drawn.append(np.mean(parts))
    assert nested_bootstrap(ones, others) == pytest.approx(
        tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.015
    )
    found = compare_hits_apart(ones, others)
    assert (found.num_images, found.num_trainings) == (500, 2)
    assert found.difference == pytest.approx(
        np.mean([a.mean() - b.mean() for a, b in zip(ones, others, strict=True)])
    )
    assert found.only_one + found.only_other + found.both + found.neither == 500
    assert found.p == pytest.approx(stats.binomtest(found.only_one, found.only_one + found.only_other).pvalue)


def test_one_training_on_images_of_its_own_is_one_training():
    apart, shared = compare_hits_apart(hits(0), hits(1)), compare_hits(hits(0), hits(1))
    assert (apart.p, apart.difference) == pytest.approx((shared.p, shared.difference))
    assert (apart.low, apart.high) == pytest.approx((shared.low, shared.high), abs=0.004)


def test_the_same_hits_differ_by_nothing_and_the_draws_repeat():
    one_SN = hits(0, trainings=2)
    found = compare_hits(one_SN, one_SN)
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert paired_bootstrap(one_SN, hits(1, trainings=2)) == paired_bootstrap(one_SN, hits(1, trainings=2))


def test_what_cannot_be_compared_is_told():
    with pytest.raises(
        DataError, match=r"^hits are \(1, 500\) and \(2, 500\), expected both trainings x images$"
    ):
        compare_hits(hits(0), hits(0, trainings=2))
    with pytest.raises(DataError, match=r"^no images to compare two classifiers on$"):
        compare_hits(np.zeros((1, 0), bool), np.zeros((1, 0), bool))
    with pytest.raises(DataError, match=r"^hits of 1 and 2 trainings, expected as many of both$"):
        compare_hits_apart(hits(0), hits(0, trainings=2))
