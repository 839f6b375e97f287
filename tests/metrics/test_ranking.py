import numpy as np
import pytest
from sklearn import metrics as oracle

from fudemoji.metrics import average_precisions, precision_recall
from fudemoji.metrics.ranking import rank_of_class


def test_average_precision_takes_equal_probabilities_together():
    labels = np.array([[True], [False], [True], [False]])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        assert average_precisions(labels[order], np.full((4, 1), 0.5, np.float32)).tolist() == [0.5]


@pytest.mark.parametrize("seed", range(30))
def test_the_points_of_the_curve_are_those_of_scikit_learn_where_recall_rises(seed):
    rng = np.random.default_rng(seed)
    is_member = rng.uniform(size=50) < 0.3
    is_member[0] = True
    probs = rng.integers(0, 9, 50).astype(np.float32) / 8
    precision, recall, _ = oracle.precision_recall_curve(is_member, probs)
    theirs = dict(sorted(zip(recall.tolist(), precision.tolist(), strict=True), key=lambda point: point[1]))
    found = precision_recall(is_member, probs, most=1000)
    assert [r for r, _ in found] == pytest.approx(sorted(theirs.keys() - {0.0}))
    assert [p for _, p in found] == pytest.approx([theirs[r] for r in sorted(theirs.keys() - {0.0})])


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    is_member, probs = np.arange(3000) % 2 == 0, np.linspace(1, 0, 3000, dtype=np.float32)
    whole, thin = precision_recall(is_member, probs, most=5000), precision_recall(is_member, probs, most=100)
    assert len(whole) == 1500
    assert len(thin) == 100
    assert (thin[0], thin[-1]) == (whole[0], whole[-1])
    assert set(thin) < set(whole)


def test_a_class_without_images_has_no_curve():
    assert precision_recall(np.zeros(3, bool), np.zeros(3, np.float32)) == []
    assert rank_of_class(np.zeros(3, bool), np.zeros(3, np.float32)).average_precision == 0.0


def test_classes_by_number_and_as_columns_are_ranked_alike():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 150, 400)
    probs = rng.uniform(size=(400, 150)).astype(np.float32)
    columns = labels[:, None] == np.arange(150)
    assert (average_precisions(labels, probs) == average_precisions(columns, probs)).all()
