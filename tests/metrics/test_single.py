import json
import math
import tracemalloc
import warnings

import numpy as np
import pytest
from sklearn import metrics as oracle

from fudemoji.errors import DataError
from fudemoji.metrics import (
    ConfusedPair,
    Predictions,
    choose_samples,
    confusion,
    expected_calibration_error,
    most_confused,
    summarise,
    wilson_interval,
    worst,
)


def made_up(num_images=500, num_classes=7, *, seed=0, probs=None):
    """Predictions from random probabilities that lean towards the truth, and those probabilities."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, num_classes, num_images)
    if probs is None:
        logits = rng.normal(size=(num_images, num_classes))
        logits[np.arange(num_images), labels] += 1.5
        probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    top = np.argsort(-probs, axis=1, kind="stable")[:, : min(5, num_classes)]
    made = Predictions(
        split="test",
        indices_N=np.arange(num_images) + 1000,
        labels_N=labels,
        top_labels_NT=top,
        top_probs_NT=np.take_along_axis(probs, top, axis=1).astype(np.float32),
        label_probs_N=probs[np.arange(num_images), labels].astype(np.float32),
        num_classes=num_classes,
    )
    return made, probs


@pytest.mark.parametrize("num_classes", [2, 7, 40])
def test_every_figure_is_the_one_scikit_learn_gives(num_classes):
    made, probs = made_up(num_classes=num_classes)
    found = summarise(made)
    truth, guess, classes = made.labels_N, made.predicted_N, np.arange(num_classes)
    precision, recall, f1, support = oracle.precision_recall_fscore_support(
        truth, guess, labels=classes, zero_division=0
    )
    assert found.accuracy == pytest.approx(oracle.accuracy_score(truth, guess))
    assert found.balanced_accuracy == pytest.approx(oracle.balanced_accuracy_score(truth, guess))
    assert found.macro_f1 == pytest.approx(oracle.f1_score(truth, guess, average="macro"))
    assert found.loss == pytest.approx(oracle.log_loss(truth, probs, labels=classes), rel=1e-5)
    assert found.precision == pytest.approx(precision)
    assert found.recall == pytest.approx(recall)
    assert found.f1 == pytest.approx(f1)
    assert list(found.support) == support.tolist()
    assert (confusion(guess, truth, num_classes=num_classes) == oracle.confusion_matrix(truth, guess)).all()
    if num_classes > 5:
        top5 = oracle.top_k_accuracy_score(truth, probs, k=5, labels=classes)
        assert found.top5_accuracy == pytest.approx(top5)
    else:
        assert found.top5_accuracy == 1.0


def test_classes_that_never_occur_do_not_pull_the_means_down():
    made, _ = made_up(num_images=200, num_classes=4)
    room = ((0, 0), (0, 1))
    wider = Predictions(
        made.split,
        made.indices_N,
        made.labels_N,
        np.pad(made.top_labels_NT, room),
        np.pad(made.top_probs_NT, room),
        made.label_probs_N,
        60,
    )
    found, narrow = summarise(wider), summarise(made)
    assert found.balanced_accuracy == narrow.balanced_accuracy
    assert found.macro_f1 == narrow.macro_f1
    assert found.recall[59] == found.precision[59] == found.f1[59] == found.support[59] == 0


def test_the_calibration_error_is_the_mean_gap_of_the_bins():
    probs = np.array([0.95, 0.95, 0.95, 0.95, 0.6, 0.6, 1.0], dtype=np.float32)
    hits = np.array([True, True, True, False, False, True, True])
    by_hand = (abs(0.95 * 4 + 1.0 - 4) + abs(0.6 * 2 - 1)) / 7  # 0.95 and 1.0 share the last of ten bins
    assert expected_calibration_error(probs, hits, bins=10) == pytest.approx(by_hand)


def test_a_model_that_means_what_it_says_is_calibrated():
    rng = np.random.default_rng(0)
    probs = rng.uniform(0.5, 1, 200_000).astype(np.float32)
    assert expected_calibration_error(probs, rng.uniform(size=200_000) < probs) < 0.01


def test_the_wilson_interval_solves_its_own_equation_and_stays_inside_0_and_1():
    for hits, images in ((1977, 2000), (3, 7)):
        for bound in wilson_interval(hits, images):
            deviation = math.sqrt(bound * (1 - bound) / images)
            assert abs(hits / images - bound) == pytest.approx(1.959964 * deviation)
    assert wilson_interval(10, 10)[1] == 1.0
    assert wilson_interval(0, 10)[0] == 0.0
    assert 0.69 < wilson_interval(10, 10)[0] < 0.73


def test_a_probability_of_zero_gives_a_large_loss_and_not_infinity():
    made, _ = made_up(3, 2, probs=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isfinite(summarise(made).loss)


def test_the_most_confused_pairs_come_by_count_and_ties_by_class():
    matrix = np.array([[50, 3, 0], [3, 40, 7], [0, 3, 44]])
    found = most_confused(matrix, count=3)
    assert found == [ConfusedPair(1, 2, 7), ConfusedPair(0, 1, 3), ConfusedPair(1, 0, 3)]
    assert most_confused(np.eye(3, dtype=np.int64), count=3) == []


def test_the_worst_images_are_the_wrong_ones_by_the_least_probability_of_the_truth():
    made, _ = made_up()
    rows = worst(made, count=len(made))
    wrong = int((~made.hits_N).sum())
    assert not made.hits_N[rows[:wrong]].any()
    assert made.hits_N[rows[wrong:]].all()
    assert (np.diff(made.label_probs_N[rows[:wrong]]) >= 0).all()
    assert (np.diff(made.label_probs_N[rows[wrong:]]) >= 0).all()
    assert len(worst(made, count=5)) == 5


def test_predictions_survive_the_way_through_a_file(tmp_path):
    made, _ = made_up()
    np.savez_compressed(tmp_path / "p.npz", **made.to_arrays())
    with np.load(tmp_path / "p.npz", allow_pickle=False) as arrays:
        back = Predictions.from_arrays(dict(arrays))
    assert (back.split, back.num_classes) == ("test", 7)
    assert summarise(back) == summarise(made)
    assert (back.indices_N == made.indices_N).all()


def test_metrics_are_plain_json():
    found = summarise(made_up()[0])
    assert json.loads(json.dumps(found.to_dict()))["support"] == list(found.support)


def test_a_summary_of_3832_classes_needs_no_matrix():
    made, _ = made_up(20_000, 40)
    labels = (made.labels_N * 97) % 3832
    many = Predictions(
        "test",
        made.indices_N,
        labels,
        (made.top_labels_NT * 97) % 3832,
        made.top_probs_NT,
        made.label_probs_N,
        3832,
    )
    tracemalloc.start()
    found = summarise(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.accuracy == pytest.approx(summarise(made).accuracy)
    assert peak < 20e6


def test_the_chosen_samples_hold_the_worst_the_confused_and_every_class():
    made, _ = made_up(3000, 50)
    chosen = choose_samples(made)
    assert len(chosen) == len(set(chosen.tolist())) <= 600
    rows = chosen - 1000
    assert set(worst(made, count=60)) <= set(rows)
    assert set(made.labels_N[rows][made.hits_N[rows]]) == set(made.labels_N[made.hits_N])
    pair = most_confused(confusion(made.predicted_N, made.labels_N, num_classes=50), count=1)[0]
    assert ((made.labels_N[rows] == pair.label) & (made.predicted_N[rows] == pair.predicted)).any()


def test_the_number_of_samples_is_bounded_and_weak_classes_come_first():
    made, _ = made_up(5000, 1000)
    assert len(choose_samples(made, most=300)) == 300
    assert len(choose_samples(made_up(3, 2)[0])) == 3


def test_wrong_input_is_told_in_one_line():
    made, _ = made_up(10, 3)
    none = np.zeros(0, dtype=np.int64)
    with pytest.raises(DataError, match=r"^3 predictions but 2 labels$"):
        confusion(np.zeros(3, dtype=np.int64), np.zeros(2, dtype=np.int64), num_classes=2)
    with pytest.raises(DataError, match=r"^no predictions to count$"):
        confusion(none, none, num_classes=2)
    with pytest.raises(DataError, match=r"labels run from 0 to 2, but there are 2 classes \(0 to 1\)"):
        confusion(np.array([0, 1]), np.array([0, 2]), num_classes=2)
    with pytest.raises(DataError, match="predictions run from -1 to 1, but there are 2 classes"):
        confusion(np.array([-1, 1]), np.array([0, 1]), num_classes=2)
    with pytest.raises(DataError, match="no images to take a share of"):
        wilson_interval(0, 0)
    with pytest.raises(DataError, match="no predictions to compare with their confidence"):
        expected_calibration_error(np.zeros(0, np.float32), np.zeros(0, bool))
    with pytest.raises(DataError, match="2 probabilities but 1 hits"):
        expected_calibration_error(np.zeros(2, np.float32), np.zeros(1, bool))
    arrays = made.to_arrays()
    with pytest.raises(DataError, match="predictions lack labels, top_probs"):
        Predictions.from_arrays({k: v for k, v in arrays.items() if k not in ("labels", "top_probs")})
    with pytest.raises(DataError, match=r"predictions of test: lengths differ \(indices 10, labels 9"):
        Predictions.from_arrays({**arrays, "labels": made.labels_N[:9]})
    with pytest.raises(DataError, match="predictions of test: there are none"):
        Predictions.from_arrays({k: array[:0] if array.ndim else array for k, array in arrays.items()})
    with pytest.raises(DataError, match=r"top labels are \(10, 3\) and their prob.* expected \(10, 5\)"):
        Predictions.from_arrays({**arrays, "num_classes": np.array(9)})
    with pytest.raises(DataError, match="top_labels of the wrong number of dimensions"):
        Predictions.from_arrays({**arrays, "top_labels": made.labels_N})
