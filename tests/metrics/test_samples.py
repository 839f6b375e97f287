import numpy as np

from fudemoji.metrics import choose_samples, confusion, most_confused, worst, worst_multi
from predicted import labelled, made_up


def test_the_worst_images_are_the_wrong_ones_by_the_least_probability_of_the_truth():
    made, _ = made_up()
    rows = worst(made, count=len(made))
    wrong = int((~made.hits_N).sum())
    assert not made.hits_N[rows[:wrong]].any()
    assert made.hits_N[rows[wrong:]].all()
    assert (np.diff(made.label_probs_N[rows[:wrong]]) >= 0).all()
    assert (np.diff(made.label_probs_N[rows[wrong:]]) >= 0).all()
    assert len(worst(made, count=5)) == 5


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


def test_the_worst_images_are_those_with_a_wrong_label_and_then_by_their_loss():
    predictions = labelled(30)
    rows = worst_multi(predictions, count=30)
    assert sorted(rows.tolist()) == list(range(30))
    hits = predictions.hits_N[rows]
    assert (np.diff(hits.astype(int)) >= 0).all()
    for group in (rows[hits], rows[~hits]):
        assert (np.diff(predictions.losses_N[group]) <= 0).all()
    assert worst_multi(predictions, count=5).tolist() == rows[:5].tolist()


def test_samples_hold_the_worst_images_and_clear_ones_of_every_label_once_each():
    predictions = labelled(400)
    chosen = choose_samples(predictions, num_worst=10, per_class=2)
    assert len(set(chosen.tolist())) == len(chosen)
    rows = chosen - 1000
    assert rows[:10].tolist() == worst_multi(predictions, count=10).tolist()
    for k in range(6):
        mine = np.flatnonzero(predictions.labels_NK[:, k])
        assert mine[np.argmax(predictions.probs_NK[mine, k])] in rows
    assert len(choose_samples(predictions, most=7)) == 7
