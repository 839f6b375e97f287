"""The benchmark of ants and bees in small: the set it draws, and the folds that choose its rates."""

from pathlib import Path

import numpy as np
import pytest

from fudemoji.data import ImageSet, LabelClass

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def hymenoptera(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import hymenoptera

    return hymenoptera


@pytest.fixture
def drawn(hymenoptera):
    return hymenoptera.insects(1, 1, size=40, seed=3)


def test_each_kind_is_drawn_equally_often_in_both_splits(drawn):
    assert drawn.images.shape == (280, 3, 40, 40)
    assert len(set(drawn.classes)) == 20
    for split in ("train", "valid"):
        assert list(np.bincount(drawn.labels[drawn.splits[split]])) == [7] * 20
    assert (drawn.images.reshape(280, -1).std(axis=1) > 1).all()


def test_the_same_seed_draws_the_same_images(hymenoptera, drawn):
    again = hymenoptera.insects(1, 1, size=40, seed=3)
    other = hymenoptera.insects(1, 1, size=40, seed=4)
    np.testing.assert_array_equal(again.images, drawn.images)
    assert (other.images != drawn.images).any(axis=(1, 2, 3)).all()


def test_an_animal_covers_a_part_of_its_ground(hymenoptera):
    import insects
    from kinds import KINDS

    paper = np.full((40, 40, 3), 128, dtype=np.float32)
    for kind in KINDS.values():
        rng = np.random.default_rng(0)
        with_animal = insects._Animal(kind, scale=0.7, size=40, rng=rng).over(paper)
        share = (np.abs(with_animal - paper).max(axis=2) > 20).mean()
        assert 0.02 < share < 0.9
    assert (paper == 128).all()


def test_folds_hold_each_training_photo_out_once_a_round_and_share_out_the_classes(hymenoptera):
    labels = np.array([0] * 40 + [1] * 30 + [0, 1] * 5)
    photos = ImageSet(
        name="photos",
        images=np.zeros((80, 3, 8, 8), dtype=np.uint8),
        labels=labels,
        classes=(LabelClass("ants"), LabelClass("bees")),
        splits={"train": np.arange(70), "valid": np.arange(70, 80)},
        source="test",
    )
    cuts = [hymenoptera.fold_of(photos, cut, num_folds=3).splits for cut in range(6)]
    for turn in (cuts[:3], cuts[3:]):
        held = np.concatenate([cut["valid"] for cut in turn])
        assert sorted(held) == list(range(70))
    for cut in cuts:
        assert sorted(np.concatenate([cut["train"], cut["valid"]])) == list(range(70))
        assert abs((labels[cut["valid"]] == 0).sum() - 40 / 3) < 1.1
    assert list(cuts[0]["valid"]) != list(cuts[3]["valid"])
