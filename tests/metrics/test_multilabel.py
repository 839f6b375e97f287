# N images, K classes

import dataclasses

import numpy as np
import pytest
import torch
from sklearn import metrics as oracle

from builders import CPU, labelled_glyphs, small_net
from fudemoji.data.batches import Pixels, Store
from fudemoji.engine.inference import predict_probs, predict_split
from fudemoji.engine.results import Scored, record
from fudemoji.errors import DataError
from fudemoji.metrics import (
    MultiPredictions,
    Predictions,
    average_precisions,
    choose_samples,
    metrics_of,
    predictions_from,
    summarise,
    summarise_multi,
    worst_multi,
)
from fudemoji.runs import Run

PIXELS = Pixels((40.0,), (60.0,))


def made(num_images=200, num_classes=6, *, seed=0, digits=2):
    """Labels and probabilities that know something of them; rounded, so that many are equal."""
    rng = np.random.default_rng(seed)
    labels_NK = rng.uniform(size=(num_images, num_classes)) < np.linspace(0.6, 0.05, num_classes)
    probs_NK = np.clip(0.25 + 0.4 * labels_NK + rng.normal(0, 0.25, labels_NK.shape), 0, 1)
    return MultiPredictions(
        "test",
        np.arange(num_images) + 1000,
        labels_NK,
        np.round(probs_NK, digits).astype(np.float32),
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("digits", [1, 6])
def test_the_figures_are_those_of_scikit_learn(seed, digits):
    predictions = made(seed=seed, digits=digits)
    truth, probs = predictions.labels_NK, predictions.probs_NK
    guess = probs > 0.5
    found = summarise_multi(predictions)
    assert found.accuracy == oracle.accuracy_score(truth, guess)
    assert found.micro_f1 == pytest.approx(oracle.f1_score(truth, guess, average="micro", zero_division=0))
    assert found.macro_f1 == pytest.approx(oracle.f1_score(truth, guess, average="macro", zero_division=0))
    assert found.mean_average_precision == pytest.approx(oracle.average_precision_score(truth, probs))
    expected = oracle.precision_recall_fscore_support(truth, guess, zero_division=0)
    for mine, theirs in zip((found.precision, found.recall, found.f1, found.support), expected, strict=True):
        assert mine == pytest.approx(theirs)
    assert found.average_precision == pytest.approx(
        oracle.average_precision_score(truth, probs, average=None)
    )


def test_the_loss_is_the_mean_binary_cross_entropy():
    predictions = made()
    probs_NK = np.clip(predictions.probs_NK, 1e-3, 1 - 1e-3)
    softer = dataclasses.replace(predictions, probs_NK=probs_NK)
    each = [
        oracle.log_loss(t, p, labels=[False, True])
        for t, p in zip(softer.labels_NK.T, probs_NK.T, strict=True)
    ]
    assert summarise_multi(softer).loss == pytest.approx(np.mean(each), rel=1e-5)


def test_classes_that_never_occur_do_not_count_and_are_no_division_by_nothing():
    predictions = made(num_classes=3)
    labels_NK, probs_NK = predictions.labels_NK.copy(), predictions.probs_NK.copy()
    labels_NK[:, 2], probs_NK[:, 2] = False, 0.1
    wide = summarise_multi(MultiPredictions("test", predictions.indices_N, labels_NK, probs_NK))
    narrow = summarise_multi(
        MultiPredictions("test", predictions.indices_N, labels_NK[:, :2], probs_NK[:, :2])
    )
    assert (wide.macro_f1, wide.mean_average_precision) == (narrow.macro_f1, narrow.mean_average_precision)
    assert (wide.support[2], wide.average_precision[2], wide.recall[2]) == (0, 0.0, 0.0)
    nothing = summarise_multi(
        MultiPredictions("test", np.arange(2), np.zeros((2, 3), bool), np.zeros((2, 3), np.float32))
    )
    assert (nothing.accuracy, nothing.macro_f1, nothing.mean_average_precision) == (1.0, 0.0, 0.0)


def test_average_precision_takes_equal_probabilities_together():
    labels = np.array([[True], [False], [True], [False]])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        assert average_precisions(labels[order], np.full((4, 1), 0.5, np.float32)).tolist() == [0.5]


def test_predictions_come_back_from_their_arrays_and_are_told_from_the_other_kind():
    predictions = made()
    back = predictions_from(predictions.to_arrays())
    assert isinstance(back, MultiPredictions)
    assert all((back.to_arrays()[name] == array).all() for name, array in predictions.to_arrays().items())
    single = Predictions(
        "test", np.arange(2), np.array([0, 1]), np.array([[0, 1], [1, 0]]),
        np.array([[0.6, 0.4]] * 2, np.float32), np.array([0.6, 0.6], np.float32), 2,
    )  # fmt: skip
    assert isinstance(predictions_from(single.to_arrays()), Predictions)
    assert metrics_of(single) == summarise(single)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probs_NK": np.zeros((200, 5), np.float32)},
         r"^predictions of test: labels are \(200, 6\) and probabilities \(200, 5\), expected both N x K$"),
        ({"indices_N": np.arange(3)}, r"^predictions of test: 3 indices, 200 labels$"),
        ({"indices_N": np.arange(0), "labels_NK": np.zeros((0, 6), bool), "probs_NK": np.zeros((0, 6), np.float32)},
         r"^predictions of test: there are none$"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_belong_together_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        dataclasses.replace(made(), **changes)


def test_missing_arrays_are_named():
    with pytest.raises(DataError, match=r"^predictions lack split, labels$"):
        predictions_from({"probs": np.zeros((1, 2)), "indices": np.zeros(1)})


def test_the_worst_images_are_those_with_a_wrong_label_and_then_by_their_loss():
    predictions = made(30)
    rows = worst_multi(predictions, count=30)
    assert sorted(rows.tolist()) == list(range(30))
    hits = predictions.hits_N[rows]
    assert (np.diff(hits.astype(int)) >= 0).all()
    for group in (rows[hits], rows[~hits]):
        assert (np.diff(predictions.losses_N[group]) <= 0).all()
    assert worst_multi(predictions, count=5).tolist() == rows[:5].tolist()


def test_samples_hold_the_worst_images_and_clear_ones_of_every_label_once_each():
    predictions = made(400)
    chosen = choose_samples(predictions, num_worst=10, per_class=2)
    assert len(set(chosen.tolist())) == len(chosen)
    rows = chosen - 1000
    assert rows[:10].tolist() == worst_multi(predictions, count=10).tolist()
    for k in range(6):
        mine = np.flatnonzero(predictions.labels_NK[:, k])
        assert mine[np.argmax(predictions.probs_NK[mine, k])] in rows
    assert len(choose_samples(predictions, most=7)) == 7


def test_probabilities_are_sigmoids_each_for_itself_and_shifts_average_them():
    data, net = labelled_glyphs(8, 8), small_net(shape=(1, 12, 12))
    images = torch.from_numpy(data.images)
    net.eval()
    with torch.no_grad():
        logits = net(PIXELS.to_float(images, CPU))
    found = predict_probs(net, images, pixels=PIXELS, runtime=CPU, multi_label=True)
    torch.testing.assert_close(found, 1 / (1 + torch.exp(-logits)))
    shifted = predict_probs(net, images, pixels=PIXELS, runtime=CPU, multi_label=True, shifts=1)
    assert not torch.equal(found, shifted)
    assert ((shifted > 0) & (shifted < 1)).all()


def test_a_split_is_predicted_recorded_and_read_back(tmp_path):
    data, net = labelled_glyphs(8, 33), small_net(shape=(1, 12, 12))
    store = Store(data.images, np.pad(data.labels, ((0, 0), (0, 1))), data.indices("test"), device=CPU.device)
    predictions = predict_split(
        net, store, split="test", indices_N=data.indices("test"), num_classes=4, pixels=PIXELS, runtime=CPU,
        batch_size=7,
    )  # fmt: skip
    assert isinstance(predictions, MultiPredictions)
    assert (predictions.labels_NK[:, :3] == data.split("test")[1]).all()
    scored = Scored(predictions, 0.5)
    event = scored.event(step=3, epoch=1.5)
    assert (event.accuracy, event.balanced_accuracy) == (scored.metrics.accuracy, None)
    assert event.mean_average_precision == scored.metrics.mean_average_precision
    record(Run(tmp_path), scored, data.images, shifts=0)
    back = predictions_from(Run(tmp_path).read_arrays("predictions"))
    assert (back.probs_NK == predictions.probs_NK).all()
    stored = Run(tmp_path).read_json("metrics")
    assert stored["micro_f1"] == scored.metrics.micro_f1
    assert "balanced_accuracy" not in stored
    assert "calibration_error" not in stored
