import numpy as np
import pytest
import torch

from builders import CPU, glyphs
from fudemoji.config import Augment
from fudemoji.data.batches import Batches, Pixels, Store
from fudemoji.data.sampling import balanced_order
from fudemoji.data.split import strata
from fudemoji.runtime import generator

LONG_TAIL = np.random.default_rng(0).permutation(np.repeat(np.arange(5), [60, 25, 10, 4, 1])).astype(np.int64)


def order(classes=LONG_TAIL, *, count=100, seed=0):
    return balanced_order(classes, count=count, rng=generator(seed, "test")).numpy()


@pytest.mark.parametrize("count", [1, 7, 100, 512])
def test_every_class_comes_equally_often_to_within_one(count):
    counts = np.bincount(LONG_TAIL[order(count=count)], minlength=5)
    assert counts.sum() == count
    assert counts.max() - counts.min() <= 1


def test_as_many_draws_in_a_row_as_there_are_classes_hold_each_once():
    drawn = LONG_TAIL[order()].reshape(20, 5)
    assert (np.sort(drawn, axis=1) == np.arange(5)).all()
    assert len({tuple(row) for row in drawn.tolist()}) > 10  # and not always in one order


def test_all_images_of_a_class_are_drawn_before_one_is_drawn_again():
    drawn = order()
    for k in range(5):
        members, mine = np.flatnonzero(k == LONG_TAIL), drawn[LONG_TAIL[drawn] == k]
        for start in range(0, len(mine), len(members)):
            part = mine[start : start + len(members)]
            assert len(set(part)) == len(part)
            assert set(part) <= set(members)


def test_the_order_is_a_function_of_the_seed_alone():
    assert (order(seed=1) == order(seed=1)).all()
    assert (order(seed=1) != order(seed=2)).any()


def test_classes_without_images_are_passed_over():
    assert sorted(set(order(np.array([7, 7, 3]), count=6).tolist())) == [0, 1, 2]


def batches(labels, *, seed=3, size=10, **values):
    data = glyphs(len(labels), 0)
    return Batches(
        store=Store(data.images, labels, np.arange(len(labels)), device=CPU.device),
        batch_size=size,
        num_classes=5,
        pixels=Pixels((40.0,), (60.0,)),
        runtime=CPU,
        augment=Augment(),
        seed=seed,
        sampling="balanced",
        **values,
    )


def test_balanced_batches_keep_the_length_of_an_epoch_and_can_be_had_in_any_order():
    one, other = batches(LONG_TAIL), batches(LONG_TAIL)
    assert one.steps_per_epoch == 10
    forwards = [one.indices(step) for step in range(25)]
    backwards = [other.indices(step) for step in reversed(range(25))]
    assert all(torch.equal(a, b) for a, b in zip(forwards, reversed(backwards), strict=True))
    for indices in forwards:
        assert np.bincount(LONG_TAIL[indices.numpy()]).tolist() == [2] * 5
    assert not torch.equal(forwards[0], forwards[10])  # another epoch, other images


def test_images_with_several_labels_are_drawn_by_their_rarest():
    labels = np.zeros((100, 5), dtype=bool)
    labels[:, 0] = True
    labels[:10, 3] = True
    labels[90:, 0] = False
    found = batches(labels)
    drawn = strata(labels)[torch.cat([found.indices(step) for step in range(9)]).numpy()]
    assert np.bincount(drawn).tolist() == [30, 0, 0, 30, 0, 30]
    _, targets = found.at(0)
    assert targets.dtype == torch.float32
    assert targets.shape == (10, 5)
