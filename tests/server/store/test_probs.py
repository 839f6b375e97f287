"""Probabilities in a database."""

import math

import pytest
from scipy.stats import entropy

from fudemoji.server.store.probs import most_probable, uncertainty


@pytest.mark.parametrize("probs", [[0.5, 0.5], [0.7, 0.2, 0.1], [1.0, 0.0, 0.0], [0.25] * 4])
def test_the_uncertainty_of_one_class_is_the_entropy_over_its_greatest(probs):
    assert uncertainty(probs, kind="multiclass") == pytest.approx(entropy(probs) / math.log(len(probs)))


def test_the_uncertainty_of_several_labels_is_the_mean_of_each():
    probs = [0.9, 0.5, 0.01]
    alone = [entropy([p, 1 - p], base=2) for p in probs]
    assert uncertainty(probs, kind="multilabel") == pytest.approx(sum(alone) / 3)


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_no_class_and_one_sure_class_are_certain(kind):
    assert uncertainty([], kind=kind) == uncertainty([1.0], kind=kind) == 0.0


def test_the_most_probable_come_first():
    assert most_probable([("a", 0.1), ("b", 0.7), ("c", 0.2)], most=2) == [("b", 0.7), ("c", 0.2)]
