import numpy as np
import pytest

from fudemoji.errors import DataError
from fudemoji.metrics import auroc, selection


def test_coverage_and_accuracy_are_those_of_a_loop():
    rng = np.random.default_rng(0)
    scores = rng.integers(1, 30, 200) / 30
    hits = rng.uniform(size=200) < scores
    curve = selection(scores, hits)
    for coverage, accuracy, threshold in zip(
        curve.coverages, curve.accuracies, curve.thresholds, strict=True
    ):
        kept = scores >= threshold
        assert coverage == kept.mean()
        assert accuracy == pytest.approx(hits[kept].mean())
    assert curve.coverages[-1] == 1
    assert curve.accuracies[-1] == hits.mean()


def test_the_area_is_the_mean_risk_over_all_coverages():
    rng = np.random.default_rng(1)
    scores = rng.uniform(size=100)
    hits = rng.uniform(size=100) < scores
    errors = ~hits[np.argsort(-scores)]
    assert selection(scores, hits).aurc == pytest.approx((errors.cumsum() / np.arange(1, 101)).mean())


def test_equal_scores_count_as_in_the_mean_of_all_their_orders():
    hits = np.array([True, False, True, False])
    assert selection(np.ones(4), hits).aurc == pytest.approx(0.5)
    assert selection(np.ones(4), hits[::-1]).aurc == selection(np.ones(4), hits).aurc


def test_the_area_under_the_roc_curve_is_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(2)
    known, unknown = rng.integers(3, 20, 70), rng.integers(0, 15, 40)
    truth = np.repeat([1, 0], [70, 40])
    assert auroc(known, unknown) == pytest.approx(
        metrics.roc_auc_score(truth, np.concatenate([known, unknown])), abs=1e-12
    )


def test_nothing_is_refused():
    some, none = np.ones(2), np.zeros(0)
    with pytest.raises(DataError, match=r"^telling known from unknown images needs some of both$"):
        auroc(some, none)
    with pytest.raises(DataError, match=r"^2 scores and 0 hits, expected as many, one at least$"):
        selection(some, none.astype(bool))
