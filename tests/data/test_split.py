import numpy as np
import pytest

from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.data.split import cut_validation, stratified
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


def test_a_set_of_single_images_cannot_be_cut():
    with pytest.raises(DataError, match=r"tiny: no class has 2 training images; train without validation"):
        cut_validation(make([1, 1], rare_classes=True))


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
