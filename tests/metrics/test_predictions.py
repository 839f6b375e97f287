import dataclasses

import numpy as np
import pytest

from fudemoji.errors import DataError
from fudemoji.metrics import MultiPredictions, Predictions, metrics_of, predictions_from, summarise
from fudemoji.metrics import predictions as limits
from predicted import exact_probs, labelled, made_up


def test_predictions_survive_the_way_through_a_file(tmp_path):
    made, _ = made_up()
    np.savez_compressed(tmp_path / "p.npz", **made.to_arrays())
    with np.load(tmp_path / "p.npz", allow_pickle=False) as arrays:
        back = Predictions.from_arrays(dict(arrays))
    assert (back.split, back.num_classes) == ("test", 7)
    assert summarise(back) == summarise(made)
    assert (back.indices_N == made.indices_N).all()


def test_predictions_come_back_from_their_arrays_and_are_told_from_the_other_kind():
    predictions = labelled()
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
        dataclasses.replace(labelled(), **changes)


def test_missing_arrays_are_named():
    with pytest.raises(DataError, match=r"^predictions lack split, labels$"):
        predictions_from({"probs": np.zeros((1, 2)), "indices": np.zeros(1)})


def test_arrays_of_a_file_that_do_not_fit_are_told_in_one_line():
    made, _ = made_up(10, 3)
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


def test_all_probabilities_come_back_from_their_arrays_bit_for_bit():
    _, probs = made_up(40, 6)
    made = Predictions.from_probs("test", np.arange(40), np.arange(40) % 6, probs.astype(np.float32))
    back = predictions_from(made.to_arrays())
    assert back.probs_NK.tobytes() == made.probs_NK.tobytes()
    assert metrics_of(back) == metrics_of(made)


def test_too_many_probabilities_are_not_written_but_all_else_is(monkeypatch):
    made = Predictions.from_probs("test", np.arange(40), np.arange(40) % 6, exact(40, 6))
    monkeypatch.setattr(limits, "MOST_STORED", 40 * 6 * 4 - 1)
    arrays = made.to_arrays()
    assert "class_probs" not in arrays
    assert predictions_from(arrays).probs_NK is None
    assert summarise(predictions_from(arrays)).mean_average_precision is None


def test_of_equal_probabilities_the_lower_class_is_predicted():
    made = Predictions.from_probs(
        "test", np.arange(2), np.array([1, 2]), np.float32([[0.25, 0.375, 0.375], [0.5, 0, 0.5]])
    )
    assert made.predicted_N.tolist() == [1, 0]
    assert made.top_labels_NT.tolist() == [[1, 2, 0], [0, 2, 1]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.25, 1.5])
def test_what_is_no_probability_is_refused(bad):
    probs = exact(40, 6)
    probs[[3, 7], 2] = bad
    message = (
        rf"^predictions of test: 2 of 40 images have a probability that is no number in 0 \.\. 1 "
        rf"\(the first: {bad}\); the weights are damaged, or their training diverged$"
    )
    with pytest.raises(DataError, match=message):
        Predictions.from_probs("test", np.arange(40), np.arange(40) % 6, probs)
    with pytest.raises(DataError, match=message):
        MultiPredictions("test", np.arange(40), np.ones((40, 6), bool), probs)


def test_labels_and_probabilities_that_do_not_belong_together_are_refused():
    with pytest.raises(DataError, match=r"^labels run from 0 to 6, but there are 6 classes \(0 to 5\)$"):
        Predictions.from_probs("test", np.arange(7), np.arange(7), exact(7, 6))
    made, _ = made_up(10, 3)
    with pytest.raises(
        DataError, match=r"^predictions of test: probabilities are \(9, 3\), expected \(10, 3\)$"
    ):
        dataclasses.replace(made, probs_NK=exact(9, 3))


def exact(num_images, num_classes):
    return exact_probs(np.random.default_rng(0), num_images, num_classes)
