# N images, K classes

import json

import numpy as np
import pytest

from fudemoji.metrics import (
    Intervals,
    MultiPredictions,
    Predictions,
    bootstrap,
    intervals_of,
    metrics_of,
    wilson_intervals,
)
from predicted import exact_probs, labelled, made_up


def known(num_images=300, num_classes=4, *, seed=0, sharpness=1.5):
    _, probs = made_up(num_images, num_classes, seed=seed)
    labels = np.random.default_rng(seed).integers(
        0, num_classes, num_images
    )  # the draw that made_up begins with
    return Predictions.from_probs("test", np.arange(num_images), labels, probs.astype(np.float32))


def drawn(predictions, rows):
    return Predictions.from_probs(
        "test", np.arange(len(rows)), predictions.labels_N[rows], predictions.probs_NK[rows]
    )


def test_the_bounds_are_the_percentiles_of_figures_of_drawn_images():
    predictions = known()
    found = intervals_of(predictions, metrics_of(predictions))
    rng, places = np.random.default_rng(7), [np.flatnonzero(predictions.labels_N == k) for k in range(4)]
    figures = []
    for _ in range(400):
        rows = np.concatenate([rng.choice(rows, len(rows)) for rows in places])
        figures.append(metrics_of(drawn(predictions, rows)))
    names = found.figures.keys() - {"accuracy", "top5_accuracy"}
    assert len(names) == 6
    for name in names:
        low, high = np.quantile([getattr(metrics, name) for metrics in figures], [0.025, 0.975])
        assert found.figures[name] == pytest.approx((low, high), abs=0.2 * (high - low))
    assert found.draws == 1000


def test_several_labels_are_drawn_without_strata():
    predictions = labelled(250, 4)
    metrics = metrics_of(predictions)
    found = intervals_of(predictions, metrics)
    rng, figures = np.random.default_rng(3), []
    for _ in range(400):
        rows = rng.integers(0, 250, 250)
        again = MultiPredictions("test", rows, predictions.labels_NK[rows], predictions.probs_NK[rows])
        figures.append(metrics_of(again))
    names = found.figures.keys() - {"accuracy"}
    assert len(names) == 9
    for name in names:
        low, high = np.quantile([getattr(metrics, name) for metrics in figures], [0.025, 0.975])
        assert found.figures[name] == pytest.approx((low, high), abs=0.25 * (high - low))
        assert low < getattr(metrics, name) < high


def test_every_figure_has_an_interval_around_it_and_each_class_too():
    predictions = known(500, 7)
    metrics = metrics_of(predictions)
    found = intervals_of(predictions, metrics)
    for name, (low, high) in found.figures.items():
        assert low < getattr(metrics, name) < high
    for name, bounds in found.classes.items():
        assert bounds.shape == (7, 2)
        assert (bounds[:, 0] <= getattr(metrics, name)).all()
        assert (bounds[:, 1] >= getattr(metrics, name)).all()
    assert found.left_out == ()
    support, recall = np.array(metrics.support), np.array(metrics.recall)
    assert found.classes["recall"] == pytest.approx(wilson_intervals((support * recall).round(), support))


def test_the_true_value_lies_between_the_bounds_as_often_as_they_say(monkeypatch):
    monkeypatch.setattr(bootstrap, "_DRAWS", 200)
    truth = metrics_of(known(60_000)).balanced_accuracy
    inside = 0
    for seed in range(1, 201):
        predictions = known(150, seed=seed)
        low, high = intervals_of(predictions, metrics_of(predictions)).figures["balanced_accuracy"]
        inside += low <= truth <= high
    assert 180 <= inside <= 198  # of 200, where 190 are promised


def test_the_same_predictions_and_seed_have_the_same_intervals():
    predictions = known()
    metrics = metrics_of(predictions)
    first = intervals_of(predictions, metrics)
    assert first.to_dict() == intervals_of(predictions, metrics).to_dict()
    assert first.to_dict() != intervals_of(predictions, metrics, seed=1).to_dict()


def test_intervals_come_back_from_json():
    predictions = known()
    found = intervals_of(predictions, metrics_of(predictions))
    back = Intervals.from_dict(json.loads(json.dumps(found.to_dict())))
    assert back.to_dict() == found.to_dict()


@pytest.mark.parametrize("labels", [[0], [0, 1, 2, 3], [2, 2, 2], [0, 0, 1]])
def test_odd_predictions_have_intervals_too(labels):
    labels = np.array(labels)
    for probs in (np.eye(4, dtype=np.float32)[labels], np.eye(4, dtype=np.float32)[(labels + 1) % 4]):
        predictions = Predictions.from_probs("test", np.arange(len(labels)), labels, probs)
        metrics = metrics_of(predictions)
        found = intervals_of(predictions, metrics)
        for low, high in found.figures.values():
            assert np.isfinite([low, high]).all()
            assert low <= high
        low, high = found.figures["accuracy"]
        assert low < 1
        assert high > 0


def test_without_all_probabilities_average_precision_has_no_interval_and_that_is_said():
    predictions, _ = made_up(100, 6)
    found = intervals_of(predictions, metrics_of(predictions))
    assert "mean_average_precision" not in found.figures
    assert found.left_out == ("average precision: not all probabilities are known",)


def test_what_would_take_too_long_is_left_out_and_that_is_said(monkeypatch):
    predictions = known()
    monkeypatch.setattr(bootstrap, "_MOST_RANKED", 1000)
    found = intervals_of(predictions, metrics_of(predictions))
    assert "mean_average_precision" not in found.figures
    assert "macro_f1" in found.figures
    assert found.left_out == (
        "average precision: an interval for 4 classes and 300 images would take too long",
    )


def test_very_many_images_are_drawn_less_often(monkeypatch):
    predictions = known()
    monkeypatch.setattr(bootstrap, "_MOST_DRAWN", 300 * 400)
    assert intervals_of(predictions, metrics_of(predictions)).draws == 400
    monkeypatch.setattr(bootstrap, "_MOST_DRAWN", 300)
    assert intervals_of(predictions, metrics_of(predictions)).draws == 200


def test_draws_in_parts_are_draws_all_the_same(monkeypatch):
    predictions = Predictions.from_probs(
        "test", np.arange(64), np.arange(64) % 3, exact_probs(np.random.default_rng(0), 64, 3)
    )
    metrics = metrics_of(predictions)
    whole = intervals_of(predictions, metrics)
    monkeypatch.setattr(bootstrap, "_CHUNK", 64 * 7)
    assert intervals_of(predictions, metrics).to_dict() == whole.to_dict()
