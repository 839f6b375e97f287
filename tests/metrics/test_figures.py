"""scikit-learn is the oracle: every figure equals its figure to 1e-9, on random inputs and on those that are odd."""

# N images, K classes

import json
import math
import tracemalloc
import warnings

import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.exceptions import UndefinedMetricWarning

from fudemoji.metrics import MultiPredictions, Predictions, confusion, summarise, summarise_multi
from predicted import exact_probs, labelled, made_up


def same(mine, theirs):
    return mine == pytest.approx(theirs, rel=0, abs=1e-9)


def cases_of_classes():
    """Labels and probabilities: 160 random ones, small and coarse enough for ties, and odd ones by name."""
    for seed in range(160):
        rng = np.random.default_rng(seed)
        num_images, num_classes = int(rng.integers(1, 60)), int(rng.integers(2, 13))
        peak, grain = rng.choice([0.05, 0.5, 5.0]), int(rng.choice([2, 5, 20]))
        probs_NK = exact_probs(rng, num_images, num_classes, peak=peak, grain=grain)
        labels_N = rng.integers(
            0, rng.integers(1, num_classes + 1), num_images
        )  # some classes without an image
        if seed % 3 == 0:  # a model that knows something
            labels_N = np.where(rng.uniform(size=num_images) < 0.8, probs_NK.argmax(axis=1), labels_N)
        yield f"random {seed}", labels_N, probs_NK
    one_hot = np.eye(7, dtype=np.float32)
    labels = np.arange(28) % 7
    yield "all right, and certain", labels, one_hot[labels]
    yield "all wrong, and certain", labels, one_hot[(labels + 1) % 7]
    yield "one image, right", labels[:1], one_hot[labels[:1]]
    yield "one image, wrong", labels[:1], one_hot[[3]]
    yield "a class without images, and never predicted", labels % 6, one_hot[labels % 6]
    yield "one class predicted for all", labels, np.tile(one_hot[2], (28, 1))
    yield "all probabilities alike", labels % 4, np.full((28, 4), 0.25, np.float32)


CLASSES = list(cases_of_classes())


@pytest.mark.parametrize(("labels", "probs"), [c[1:] for c in CLASSES], ids=[c[0] for c in CLASSES])
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
def test_every_figure_of_one_label_an_image_is_that_of_scikit_learn(labels, probs):
    predictions = Predictions.from_probs("test", np.arange(len(labels)), labels, probs)
    found, guess, every = summarise(predictions), probs.argmax(axis=1), np.arange(probs.shape[1])
    assert same(found.accuracy, oracle.accuracy_score(labels, guess))
    assert same(found.balanced_accuracy, oracle.balanced_accuracy_score(labels, guess))
    macro = oracle.precision_recall_fscore_support(labels, guess, average="macro", zero_division=0)
    assert same((found.macro_precision, found.macro_recall, found.macro_f1), macro[:3])
    each = oracle.precision_recall_fscore_support(labels, guess, labels=every, zero_division=0)
    for mine, theirs in zip((found.precision, found.recall, found.f1, found.support), each, strict=True):
        assert same(mine, theirs)
    counts = oracle.confusion_matrix(labels, guess, labels=every)
    assert (confusion(guess, labels, num_classes=len(every)) == counts).all()
    ranked = [
        oracle.average_precision_score(labels == k, probs[:, k]) if (labels == k).any() else 0.0
        for k in every
    ]
    assert same(found.average_precision, ranked)
    assert same(found.mean_average_precision, np.mean([ranked[k] for k in set(labels.tolist())]))
    # the oracle's logarithm ends at 2.2e-16 and ours at 1.2e-38
    least = np.finfo(np.float64).eps
    surprise = -np.log(np.maximum(probs[np.arange(len(labels)), labels].astype(np.float64), least))
    assert same(surprise.mean(), oracle.log_loss(labels, y_proba=probs.astype(np.float64), labels=every))
    further = (math.log(least) - math.log(np.finfo(np.float32).tiny)) * (
        predictions.label_probs_N == 0
    ).mean()
    assert same(found.loss, surprise.mean() + further)


@pytest.mark.parametrize("seed", range(40))
def test_top_5_accuracy_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    num_classes = int(rng.integers(3, 40))
    probs = exact_probs(rng, 80, num_classes)
    probs += (
        rng.permutation(num_classes).astype(np.float32) * 2**-22
    )  # no ties: it and we break them differently
    probs = np.minimum(probs, 1)
    labels = rng.integers(0, num_classes, 80)
    found = summarise(Predictions.from_probs("test", np.arange(80), labels, probs)).top5_accuracy
    if num_classes <= 5:
        assert found == 1.0
    else:
        assert same(found, oracle.top_k_accuracy_score(labels, probs, k=5, labels=np.arange(num_classes)))


def test_of_equal_probabilities_the_first_classes_are_the_best_five():
    alike = np.full((8, 8), 0.125, np.float32)
    assert summarise(Predictions.from_probs("test", np.arange(8), np.arange(8), alike)).top5_accuracy == 5 / 8


def cases_of_labels():
    """Labels and probabilities where an image may have several or none: 100 random ones, and odd ones by name."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        num_images, num_classes = int(rng.integers(1, 40)), int(rng.integers(2, 9))
        labels_NK = rng.uniform(size=(num_images, num_classes)) < rng.choice(
            [0.0, 0.1, 0.5, 1.0], num_classes
        )
        grain = int(rng.choice([4, 64, 2**20]))
        probs_NK = rng.integers(0, grain + 1, labels_NK.shape) / grain
        if seed % 2:
            probs_NK = np.where(rng.uniform(size=labels_NK.shape) < 0.7, labels_NK, probs_NK)
        yield f"random {seed}", labels_NK, probs_NK.astype(np.float32)
    labels_NK = np.arange(12)[:, None] % 3 == np.arange(3)
    yield "all right, and certain", labels_NK, labels_NK.astype(np.float32)
    yield "all wrong, and certain", labels_NK, (~labels_NK).astype(np.float32)
    yield "one image with every label", np.ones((1, 3), bool), np.full((1, 3), 0.75, np.float32)
    yield "no label anywhere, and none given", np.zeros((4, 3), bool), np.full((4, 3), 0.25, np.float32)
    yield "no label anywhere, and all given", np.zeros((4, 3), bool), np.full((4, 3), 0.75, np.float32)
    yield "probabilities of a half, where none is given", labels_NK, np.full((12, 3), 0.5, np.float32)


LABELS = list(cases_of_labels())


@pytest.mark.parametrize(("labels", "probs"), [c[1:] for c in LABELS], ids=[c[0] for c in LABELS])
def test_every_figure_of_several_labels_an_image_is_that_of_scikit_learn(labels, probs):
    found, guess = (
        summarise_multi(MultiPredictions("test", np.arange(len(labels)), labels, probs)),
        probs > 0.5,
    )
    assert same(found.accuracy, oracle.accuracy_score(labels, guess))
    assert same(found.hamming_loss, oracle.hamming_loss(labels, guess))
    micro = oracle.precision_recall_fscore_support(labels, guess, average="micro", zero_division=0)
    assert same((found.micro_precision, found.micro_recall, found.micro_f1), micro[:3])
    each = oracle.precision_recall_fscore_support(labels, guess, zero_division=0)
    for mine, theirs in zip((found.precision, found.recall, found.f1, found.support), each, strict=True):
        assert same(mine, theirs)
    either = np.flatnonzero(labels.any(axis=0) | guess.any(axis=0))  # the oracle counts the others, as 0
    if len(either):
        macro = oracle.precision_recall_fscore_support(
            labels, guess, labels=either, average="macro", zero_division=0
        )
        assert same((found.macro_precision, found.macro_recall, found.macro_f1), macro[:3])
    else:
        assert (found.macro_precision, found.macro_recall, found.macro_f1) == (0.0, 0.0, 0.0)
    occur = np.flatnonzero(labels.any(axis=0))
    ranked = np.zeros(labels.shape[1])
    ranked[occur] = [oracle.average_precision_score(labels[:, k], probs[:, k]) for k in occur]
    assert same(found.average_precision, ranked)
    assert same(found.mean_average_precision, ranked[occur].mean() if len(occur) else 0.0)
    certain = (probs == 0) | (probs == 1)  # where the logarithms end differently
    if not certain.any():
        losses = [
            oracle.log_loss(labels[:, k], y_proba=probs[:, k].astype(np.float64), labels=[False, True])
            for k in range(labels.shape[1])
        ]
        assert same(found.loss, np.mean(losses))


def test_where_scikit_learn_warns_a_class_without_images_has_an_average_precision_of_0():
    with pytest.warns(UserWarning, match="No positive class found"):
        assert oracle.average_precision_score(np.zeros(3, bool), [0.1, 0.2, 0.3]) == 0.0
    with pytest.warns(UndefinedMetricWarning):
        assert oracle.precision_score([0, 1], [0, 0], labels=[1], average=None).tolist() == [0.0]


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


def test_a_probability_of_zero_gives_a_large_loss_and_not_infinity():
    made, _ = made_up(3, 2, probs=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isfinite(summarise(made).loss)


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


def test_classes_that_never_occur_do_not_count_and_are_no_division_by_nothing():
    predictions = labelled(num_classes=3)
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
