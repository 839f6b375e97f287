# N images, C channels, H x W pixels

import dataclasses

import numpy as np
import pytest

from builders import GLYPHS, classes, glyphs, labelled_glyphs, motions
from fudemoji.data import data_sheet
from fudemoji.errors import DataError
from fudemoji.evaluation.adapting import adapt


def sheet_of(data):
    return data_sheet(data)


def reordered(data, order):
    """The same images under the same classes, the classes in another order."""
    return dataclasses.replace(
        data, classes=tuple(data.classes[k] for k in order), labels=np.argsort(order)[data.labels]
    )


def test_a_set_with_the_same_classes_stays_as_it_is_and_that_is_said():
    data = glyphs(8, 12)
    found = adapt(data, split=None, sheet=sheet_of(data), run="runs/a")
    assert found.data.images is data.images
    assert (found.data.labels == data.labels).all()
    assert found.split == "test"
    assert found.data.splits["test"].tolist() == list(range(8, 20))
    assert found.notes == ("classes mapped by id: all 4 of glyphs are the model's, in the same order",)
    assert found.num_left_out == 0


def test_classes_in_another_order_are_mapped_by_their_ids():
    data = glyphs(8, 12)
    found = adapt(reordered(data, [2, 0, 3, 1]), split="test", sheet=sheet_of(data), run="runs/a")
    assert (found.data.labels == data.labels).all()
    assert found.data.classes == data.classes
    assert found.notes == ("classes mapped by id: all 4 of glyphs are the model's, in another order",)


def test_images_of_other_classes_are_left_out_and_counted():
    data = glyphs(8, 40)
    other = dataclasses.replace(data, name="other", classes=classes("丨十木林"))
    found = adapt(other, split="test", sheet=sheet_of(data), run="runs/a")
    assert [c.glyph for c in found.data.classes] == list(GLYPHS)
    kept = found.data.splits["test"]
    assert (data.labels[kept] < 2).all()
    assert len(kept) == 20
    assert found.num_left_out == 20
    assert [found.data.classes[k].glyph for k in found.data.labels[kept[:2]]] == ["丨", "十"]
    assert found.notes == (
        "classes mapped by id: 2 of the 4 of other are among the model's 4, in the same order",
        "left out: 20 images of classes that the model does not know (U+6728 木, U+6797 林)",
        "2 of the model's classes are not in other: U+4E00 一, U+53E3 口",
    )


def test_a_set_of_some_of_the_classes_says_which_are_missing():
    data = glyphs(8, 40)
    few = np.flatnonzero(data.labels < 2)
    part = dataclasses.replace(
        data, images=data.images[few], labels=data.labels[few], classes=data.classes[:2],
        splits={"test": np.arange(len(few))},
    )  # fmt: skip
    found = adapt(part, split=None, sheet=sheet_of(data), run="runs/a")
    assert found.notes == (
        "classes mapped by id: 2 of the 2 of glyphs are among the model's 4, in the same order",
        "2 of the model's classes are not in glyphs: U+53E3 口, U+5341 十",
    )


def test_a_set_without_a_known_class_is_refused_with_both_lists():
    data = glyphs(8, 12)
    other = dataclasses.replace(data, name="other", classes=classes("木林森休"))
    message = (
        r"^other has no class that runs/a knows: classes are mapped by id, its are U\+6728 木, U\+6797 林, "
        r"U\+68EE 森, U\+4F11 休.*, the run's are U\+4E00 一, U\+4E28 丨, U\+53E3 口, U\+5341 十; "
        r"rename its folders or labels to the run's ids$"
    )
    with pytest.raises(DataError, match=message):
        adapt(other, split=None, sheet=sheet_of(data), run="runs/a")


def test_a_split_whose_images_are_all_of_other_classes_is_refused():
    data = glyphs(8, 12)
    strangers = np.flatnonzero(data.labels > 1)
    other = dataclasses.replace(data, name="other", classes=classes("一丨木林"), splits={"test": strangers})
    message = r"^other: no image of its test split is of a class that runs/a knows; give another --split$"
    with pytest.raises(DataError, match=message):
        adapt(other, split="test", sheet=sheet_of(data), run="runs/a")


def test_of_a_set_that_came_without_splits_all_images_are_measured():
    data = glyphs(8, 12)
    cut = dataclasses.replace(data, splits_given=False)
    found = adapt(cut, split=None, sheet=sheet_of(data), run="runs/a")
    assert found.split == "all"
    assert found.data.splits["all"].tolist() == list(range(20))
    assert adapt(cut, split="test", sheet=sheet_of(data), run="runs/a").split == "test"
    assert adapt(data, split="all", sheet=sheet_of(data), run="runs/a").split == "all"


def test_a_split_that_is_not_there_is_told_with_those_that_are():
    data = glyphs(8, 12)
    with pytest.raises(DataError, match=r"^glyphs has no split 'vald'; it has: train, test$"):
        adapt(data, split="vald", sheet=sheet_of(data), run="runs/a")


def test_images_of_another_size_colour_and_ground_are_made_like_those_of_the_training():
    data, large = glyphs(40, 12), glyphs(20, 0, size=24, channels=3)
    large = dataclasses.replace(large, images=255 - large.images, splits={"test": np.arange(20)})
    found = adapt(large, split=None, sheet=sheet_of(data), run="runs/a")
    assert found.data.images.shape == (20, 1, 12, 12)
    assert found.data.images.mean() == pytest.approx(255 - large.images.mean(), abs=3)
    assert found.notes[1:] == (
        "images of 3 channels made 1",
        "inverted: 20 of 20 images, whose ground is not that of the training images",
        "images of 24x24 pixels brought to 12x12",
    )
    grey = glyphs(20, 0)
    grey = dataclasses.replace(grey, splits={"test": np.arange(20)})
    found = adapt(grey, split=None, sheet=sheet_of(glyphs(40, 12, channels=3)), run="runs/a")
    assert (found.data.images == grey.images).all()
    assert found.data.images.shape[1] == 3


def test_labels_of_one_an_image_serve_a_model_of_several_and_not_the_other_way_round():
    several, single = labelled_glyphs(8, 12), glyphs(8, 12)
    found = adapt(single, split=None, sheet=sheet_of(several), run="runs/a")
    assert found.data.labels.shape == (20, 3)
    kept = found.data.splits["test"]
    assert (found.data.labels[kept].sum(axis=1) == 1).all()
    assert (single.labels[kept] < 3).all()
    message = (
        r"^glyphs has several labels an image, but runs/a gives one; it can be measured on sets with one$"
    )
    with pytest.raises(DataError, match=message):
        adapt(dataclasses.replace(several, name="glyphs"), split=None, sheet=sheet_of(single), run="runs/a")


def test_images_that_have_only_labels_unknown_to_the_model_are_left_out():
    data = labelled_glyphs(8, 40)
    other = dataclasses.replace(data, classes=classes("丨一木"))
    found = adapt(other, split="test", sheet=sheet_of(data), run="runs/a")
    kept = found.data.splits["test"]
    only_stranger = data.labels[:, 2] & ~data.labels[:, :2].any(axis=1)
    assert set(range(8, 48)) - set(kept.tolist()) == set(np.flatnonzero(only_stranger[8:]) + 8)
    assert (found.data.labels[kept][:, [1, 0]] == data.labels[kept][:, :2]).all()
    assert not found.data.labels[:, 2].any()


def test_clips_are_no_images():
    message = r"^motions holds clips of 6 frames, but runs/a reads images$"
    with pytest.raises(DataError, match=message):
        adapt(motions(), split=None, sheet=sheet_of(glyphs(8, 12)), run="runs/a")
    message = r"^motions holds clips of 8 frames, but runs/a reads clips of 6 frames$"
    with pytest.raises(DataError, match=message):
        adapt(motions(frames=8), split=None, sheet=sheet_of(motions()), run="runs/a")
