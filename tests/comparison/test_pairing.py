# N images

import dataclasses

import numpy as np
import pytest

from fudemoji.comparison.measuring import Measured, SetId
from fudemoji.comparison.pairing import pairs_of
from fudemoji.metrics import Predictions
from fudemoji.metrics.paired import compare_hits, compare_hits_apart, holm
from fudemoji.metrics.predictions import MultiPredictions

SET = SetId("kmnist", "here", 1000, ("a", "b"), "f", (28, 28, 1, 0), b"cut")


def predictions(seed, *, accuracy=0.8, num=200, indices=None, split="test"):
    rng = np.random.default_rng(seed)
    labels_N = np.arange(num) % 2
    predicted_N = np.where(rng.uniform(size=num) < accuracy, labels_N, 1 - labels_N)
    top_NT = np.stack([predicted_N, 1 - predicted_N], axis=1)
    probs_NT = np.full((num, 2), 0.5, np.float32)
    places_N = np.arange(num) if indices is None else indices
    return Predictions(split, places_N, labels_N, top_NT, probs_NT, probs_NT[:, 0], 2)


def run(seed, found, *, set_id=SET, split="test"):
    return Measured(
        run=None, seed=seed, started=None, finished=None, set_id=set_id, train_score=None,
        predictions={split: found} if found else {}, tested_per_second=None, layers=[],
    )  # fmt: skip


def test_runs_of_the_same_seed_are_tested_on_the_images_they_share():
    ours, theirs = [predictions(k) for k in (0, 1)], [predictions(k, accuracy=0.6) for k in (2, 3)]
    (found,) = pairs_of(
        {"a": [run(0, ours[0]), run(1, ours[1])], "b": [run(1, theirs[1]), run(0, theirs[0])]}, split="test"
    )
    hits = [np.stack([p.hits_N for p in of]) for of in (ours, theirs)]
    assert found.test == compare_hits(*hits)
    assert found.adjusted_p == found.test.p


def test_a_validation_split_that_is_cut_anew_for_each_seed_is_compared_seed_by_seed():
    def of(accuracy, seeds):
        return [
            run(
                k,
                predictions(s, accuracy=accuracy, indices=np.arange(200) + 300 * k, split="valid"),
                split="valid",
            )
            for k, s in enumerate(seeds)
        ]

    ours, theirs = of(0.8, (0, 1)), of(0.6, (2, 3))
    (found,) = pairs_of({"a": ours, "b": theirs}, split="valid")
    hits = [[one.predictions["valid"].hits_N for one in of] for of in (ours, theirs)]
    assert found.test == compare_hits_apart(*hits)


def test_p_values_are_corrected_for_the_number_of_pairs():
    found = pairs_of({name: [run(0, predictions(k))] for k, name in enumerate("abc")}, split="test")
    assert [(pair.one, pair.other) for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.adjusted_p for pair in found] == holm([pair.test.p for pair in found])


def test_a_variant_without_runs_is_in_no_pair():
    assert pairs_of({"a": [run(0, predictions(0))], "b": []}, split="test") == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "k49"}, "they were measured on different images: one is of kmnist, the other of k49"),
        (
            {"classes": ("a", "c")},
            "they were measured on different images: the sets called kmnist have other classes",
        ),
        (
            {"num_images": 10},
            "they were measured on different images: the sets called kmnist have 1,000 and 10 images",
        ),
        (
            {"fingerprint": "g"},
            "they were measured on different images: the sets called kmnist have other pixels or labels",
        ),
    ],
)
def test_runs_on_different_sets_get_no_paired_test_and_the_reason_is_said(changes, message):
    other = run(0, predictions(1), set_id=dataclasses.replace(SET, **changes))
    (found,) = pairs_of({"a": [run(0, predictions(0))], "b": [other]}, split="test")
    assert (found.test, found.refusal, found.same_images) == (None, message, False)


def test_another_cut_or_size_explains_another_fingerprint():
    for changes in ({"splits": b"other"}, {"image_size": (64, 64, 1, 0)}):
        other = run(0, predictions(1), set_id=dataclasses.replace(SET, fingerprint="g", **changes))
        assert pairs_of({"a": [run(0, predictions(0))], "b": [other]}, split="test")[0].test


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (predictions(1, num=100), "they were measured on different images: 200 and 100 test images"),
        (
            predictions(1, indices=np.arange(200) + 1),
            "they were measured on different images: the test splits were cut differently",
        ),
        (
            dataclasses.replace(predictions(1), labels_N=np.zeros(200, np.int64)),
            "they were measured on different images: the labels differ",
        ),
    ],
)
def test_different_test_images_get_no_paired_test_and_the_reason_is_said(other, message):
    (found,) = pairs_of({"a": [run(0, predictions(0))], "b": [run(0, other)]}, split="test")
    assert (found.test, found.refusal, found.same_images) == (None, message, False)


def test_without_predictions_there_is_no_test_and_it_is_said():
    (found,) = pairs_of({"a": [run(0, predictions(0))], "b": [run(0, None)]}, split="test")
    assert (found.test, found.refusal) == (None, "there are no predictions of the test images")


def test_several_labels_get_no_paired_test_and_the_reason_is_said():
    several = MultiPredictions(
        "test", np.arange(4), np.eye(4, 3, dtype=bool), np.full((4, 3), 0.5, np.float32)
    )
    (found,) = pairs_of({"a": [run(0, several)], "b": [run(0, several)]}, split="test")
    assert found.refusal == "images have several labels, and mean average precision is no share of images"
    assert found.same_images
