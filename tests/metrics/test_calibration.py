import numpy as np
import pytest

from fudemoji.errors import DataError
from fudemoji.metrics import Bin, brier_score, calibration_errors, expected_calibration_error, reliability


def test_bins_of_one_width_hold_what_a_loop_puts_there():
    rng = np.random.default_rng(0)
    probs, hits = rng.uniform(size=1000), rng.uniform(size=1000) < 0.7
    found = reliability(probs, hits, bins=10)
    for place, one in enumerate(found):
        inside = (probs > place / 10) & (probs <= (place + 1) / 10)
        assert one.count == inside.sum()
        assert one.confidence == pytest.approx(probs[inside].mean())
        assert one.accuracy == pytest.approx(hits[inside].mean())
    expected, greatest = calibration_errors(found)
    assert expected == pytest.approx(sum(one.count * one.gap for one in found) / 1000)
    assert greatest == max(abs(one.accuracy - one.confidence) for one in found)


def test_bins_of_one_mass_hold_as_many_each_and_never_part_equal_probabilities():
    probs = np.linspace(0.1, 1, 100)
    assert [one.count for one in reliability(probs, probs > 0.5, bins=10, equal_mass=True)] == [10] * 10
    probs = np.array([0.5] * 7 + [0.9, 0.95, 1.0])
    found = reliability(probs, probs > 0.4, bins=5, equal_mass=True)
    assert [one.count for one in found] == [7, 1, 2]
    order = np.random.default_rng(0).permutation(10)
    assert reliability(probs[order], (probs > 0.4)[order], bins=5, equal_mass=True) == found


def test_the_edges_and_a_single_prediction_have_a_bin():
    assert reliability(np.array([0.0]), np.array([False])) == [Bin(1, 0.0, 0.0)]
    assert calibration_errors(reliability(np.array([1.0]), np.array([False]), equal_mass=True)) == (1.0, 1.0)


def test_briers_score_is_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    labels, probs = rng.integers(0, 4, 200), rng.dirichlet(np.ones(4), 200)
    assert brier_score(probs, labels) == pytest.approx(
        np.square(probs - np.eye(4)[labels]).sum(axis=1).mean()
    )
    several = rng.uniform(size=(200, 4)) < 0.3
    each = [metrics.brier_score_loss(several[:, k], probs[:, k]) for k in range(4)]
    assert brier_score(probs, several) == pytest.approx(np.mean(each))


def test_the_calibration_error_is_the_mean_gap_of_the_bins():
    probs = np.array([0.95, 0.95, 0.95, 0.95, 0.6, 0.6, 1.0], dtype=np.float32)
    hits = np.array([True, True, True, False, False, True, True])
    by_hand = (abs(0.95 * 4 + 1.0 - 4) + abs(0.6 * 2 - 1)) / 7  # 0.95 and 1.0 share the last of ten bins
    assert expected_calibration_error(probs, hits, bins=10) == pytest.approx(by_hand)


def test_a_model_that_means_what_it_says_is_calibrated():
    rng = np.random.default_rng(0)
    probs = rng.uniform(0.5, 1, 200_000).astype(np.float32)
    assert expected_calibration_error(probs, rng.uniform(size=200_000) < probs) < 0.01


def test_what_has_no_calibration_error_is_told_in_one_line():
    with pytest.raises(DataError, match="no predictions to compare with their confidence"):
        expected_calibration_error(np.zeros(0, np.float32), np.zeros(0, bool))
    with pytest.raises(DataError, match="2 probabilities but 1 hits"):
        expected_calibration_error(np.zeros(2, np.float32), np.zeros(1, bool))
