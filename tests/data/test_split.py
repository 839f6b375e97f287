from dataclasses import replace

import numpy as np
import pytest

from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.data.split import cut_splits, cut_validation, stratified
from fudemoji.errors import DataError


def make(train_counts, *, rare_classes=False, splits=None):
    labels = np.repeat(np.arange(len(train_counts)), train_counts).astype(np.int64)
    classes = tuple(LabelClass(f"U+{0x4E00 + k:04X}", chr(0x4E00 + k)) for k in range(len(train_counts)))
    images = np.zeros((len(labels), 1, 2, 2), dtype=np.uint8)
    splits = splits or {"train": np.arange(len(labels))}
    return ImageSet("tiny", images, labels, classes, splits, rare_classes=rare_classes)


def counts(data, split):
    return np.bincount(data.labels[data.splits[split]], minlength=data.num_classes).tolist()


def test_validation_takes_its_share_of_every_class():
    cut = cut_validation(make([100, 50, 20]), share=0.1, seed=3)
    assert counts(cut, "valid") == [10, 5, 2]
    assert counts(cut, "train") == [90, 45, 18]


def test_train_and_validation_are_disjoint_and_miss_nothing():
    cut = cut_validation(make([100, 50, 20]), share=0.3, seed=3)
    both = np.concatenate([cut.splits["train"], cut.splits["valid"]])
    assert sorted(both.tolist()) == list(range(170))


def test_the_same_seed_cuts_the_same_images_and_another_seed_others():
    first, again, other = (cut_validation(make([100, 50]), seed=seed).splits["valid"] for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_a_small_class_gives_one_image_and_keeps_the_rest():
    cut = cut_validation(make([2, 3, 40]), share=0.1)
    assert counts(cut, "valid") == [1, 1, 4]
    cut = cut_validation(make([2, 3, 40]), share=0.9)
    assert counts(cut, "train") == [1, 1, 4]


def test_the_test_split_stays_as_it_is():
    data = make([10, 10], splits={"train": np.arange(4, 20), "test": np.arange(4)})
    assert cut_validation(data).splits["test"].tolist() == [0, 1, 2, 3]


def test_a_validation_split_that_is_there_is_kept_and_a_share_of_nothing_cuts_nothing():
    data = make([10, 10], splits={"train": np.arange(10), "valid": np.arange(10, 20)})
    assert cut_validation(data) is data
    assert "valid" not in cut_validation(make([10]), share=0).splits


def test_a_class_of_one_image_is_named():
    with pytest.raises(
        DataError,
        match=r"^tiny: one training image only of U\+4E00 一, U\+4E02 丂; 2 "
        r"are needed to cut "
        r"validation from: add images, leave the class out, or train without validation "
        r"\(--valid 0\)$",
    ):
        cut_validation(make([1, 9, 1]))
    with pytest.raises(DataError, match=r"and 2 more; 2 are needed"):
        cut_validation(make([1] * 7))


def test_classes_of_one_image_stay_in_train_where_the_set_is_known_for_them():
    cut = cut_validation(make([1, 9, 1], rare_classes=True))
    assert counts(cut, "train") == [1, 8, 1]
    assert cut.notes == ("2 of 3 classes have one training image, which stays there",)


def test_a_set_of_single_images_is_not_cut_and_says_so():
    cut = cut_validation(make([1, 1], rare_classes=True))
    assert set(cut.splits) == {"train"}
    assert cut.warnings == (
        "no class has 2 training images that differ: none is held out, and nothing can be measured by them",
    )


@pytest.mark.parametrize("per_class", [3, 4, 5, 10, 26])
@pytest.mark.parametrize("share", [0.1, 0.2])
def test_of_a_few_images_each_class_has_some_in_every_split(per_class, share):
    labels_N = np.arange(2 * per_class) % 2
    splits = cut_splits(labels_N, valid=share)
    assert sorted(np.concatenate(list(splits.values()))) == list(range(2 * per_class))
    for name in ("train", "valid", "test"):
        assert np.bincount(labels_N[splits[name]]).min() >= 1


def test_a_set_without_a_training_split_cannot_be_cut():
    with pytest.raises(DataError, match="tiny: has no split 'train' to cut validation from; it has: test"):
        cut_validation(make([4], splits={"test": np.arange(4)}))


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_out_of_range_is_an_error(share):
    with pytest.raises(DataError, match=r"the validation share is .*, expected 0 up to 1"):
        cut_validation(make([4]), share=share)


def test_classes_without_images_are_passed_over():
    kept, cut = stratified(np.array([0, 0, 5, 5]), np.arange(4), share=0.5, seed=0)
    assert (len(kept), len(cut)) == (2, 2)


def test_a_set_without_splits_is_cut_into_80_10_and_10_percent_of_each_class():
    labels = np.repeat([0, 1, 2], [1000, 100, 30])
    splits = cut_splits(labels)
    assert {name: np.bincount(labels[part]).tolist() for name, part in splits.items()} == {
        "train": [800, 80, 24],
        "valid": [100, 10, 3],
        "test": [100, 10, 3],
    }
    assert sorted(np.concatenate(list(splits.values())).tolist()) == list(range(1130))


def test_another_seed_cuts_other_images_for_validation_but_the_same_for_test():
    first, again, other = (cut_splits(np.arange(100) % 2, seed=seed) for seed in (1, 1, 2))
    assert all(first[name].tolist() == again[name].tolist() for name in first)
    assert first["test"].tolist() == other["test"].tolist()
    assert first["valid"].tolist() != other["valid"].tolist()


def test_a_class_too_small_to_give_to_each_split_stays_in_train():
    labels = np.repeat([0, 1, 2, 3], [50, 1, 2, 3])
    splits = cut_splits(labels)
    assert np.bincount(labels[splits["train"]]).tolist() == [40, 1, 2, 1]
    assert {name: len(part) for name, part in cut_splits(np.array([0, 0, 1, 1])).items()} == {"train": 4}


def test_no_share_is_no_split():
    assert list(cut_splits(np.arange(100) % 2, valid=0)) == ["train", "test"]
    assert list(cut_splits(np.arange(100) % 2, test=0)) == ["train", "valid"]


def test_the_images_of_a_group_are_never_cut_apart():
    groups = np.random.default_rng(0).integers(0, 400, 2000)
    labels = groups % 5
    splits = cut_splits(labels, groups=groups, seed=3)
    owners = [set(groups[part].tolist()) for part in splits.values()]
    assert len(owners) == 3
    assert not owners[0] & owners[1] | owners[0] & owners[2] | owners[1] & owners[2]
    assert sum(map(len, splits.values())) == 2000
    assert 180 <= len(splits["valid"]) <= 200
    assert 180 <= len(splits["test"]) <= 200


def test_groups_of_one_change_nothing():
    labels = np.random.default_rng(0).integers(0, 7, 500)
    alone = np.random.default_rng(1).permutation(500)
    plain, grouped = (
        stratified(labels, np.arange(500), share=0.2, seed=4, groups=groups) for groups in (None, alone)
    )
    assert [part.tolist() for part in plain] == [part.tolist() for part in grouped]


def test_a_class_of_copies_of_one_image_stays_in_train():
    labels, groups = np.repeat([0, 1], [40, 20]), np.r_[np.arange(40), np.full(20, 40)]
    splits = cut_splits(labels, groups=groups)
    assert np.bincount(labels[splits["train"]]).tolist() == [32, 20]


def test_validation_takes_whole_groups_too():
    data = make([40, 40])
    groups = np.arange(80) // 4
    cut = cut_validation(replace(data, groups=groups), share=0.25, seed=1)
    assert counts(cut, "valid") == [8, 8]
    assert not set(groups[cut.splits["valid"]]) & set(groups[cut.splits["train"]])


def test_several_labels_are_spread_by_the_rarest():
    labels = np.zeros((200, 3), dtype=bool)
    labels[:, 0], labels[:20, 1] = True, True
    splits = cut_splits(labels)
    assert [int(labels[part, 1].sum()) for part in splits.values()] == [16, 2, 2]


def test_a_group_under_two_labels_stays_in_train():
    labels, groups = np.repeat([0, 1, 2], [30, 30, 1]), np.arange(61)
    groups[[29, 30, 60]] = 7, 7, 40
    for seed in range(5):
        train = cut_splits(labels, groups=groups, seed=seed)["train"].tolist()
        assert {7, 29, 30, 40, 60} <= set(train)


def test_no_group_is_cut_apart_whatever_its_labels():
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 30, 500), rng.integers(0, 300, 500)
    owners = [set(groups[part].tolist()) for part in cut_splits(labels, groups=groups).values()]
    assert sum(map(len, owners)) == len(set(groups.tolist()))
