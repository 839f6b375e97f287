import numpy as np
import pytest

import fudemoji as fm
from fudemoji.data import LabelClass, from_arrays
from fudemoji.errors import DataError

RNG = np.random.default_rng(0)


def noise(*shape):
    return RNG.integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("shape", "turned", "kind"),
    [
        ((20, 9, 8), (20, 1, 9, 8), "photos"),
        ((20, 9, 8, 3), (20, 3, 9, 8), "photos"),
        ((20, 9, 8, 1), (20, 1, 9, 8), "photos"),
        ((20, 3, 9, 8), (20, 3, 9, 8), "photos"),
        ((20, 4, 9, 8, 3), (20, 3, 4, 9, 8), "clips"),
        ((20, 3, 4, 9, 8), (20, 3, 4, 9, 8), "clips"),
    ],
)
def test_axes_are_told_by_their_lengths_and_nothing_is_copied(shape, turned, kind):
    images = noise(*shape)
    data = from_arrays(images, ["cat", "dog"] * 10)
    assert (data.images.shape, data.kind) == (turned, kind)
    assert np.shares_memory(data.images, images)
    last = images[7, ..., 2] if shape[-1] == 3 else images[7, ..., 0] if shape[-1] == 1 else None
    if last is not None:
        assert np.array_equal(data.images[7, -1], last)


def test_labels_are_names_numbers_or_rows_of_yes_and_no():
    images = noise(4, 5, 5)
    splits = {"train": [0, 1, 2], "val": [3]}
    words = from_arrays(images, ["b", "お", "b", "a"], splits=splits)
    assert [c.id for c in words.classes] == ["U+304A", "a", "b"]
    assert words.labels.tolist() == [2, 0, 2, 1]
    assert {name: part.tolist() for name, part in words.splits.items()} == {"train": [0, 1, 2], "valid": [3]}
    numbers = from_arrays(images, np.array([7, 10, 7, 7], dtype=np.uint8), splits=splits)
    assert ([c.id for c in numbers.classes], numbers.labels.tolist()) == (["7", "10"], [0, 1, 0, 0])
    named = from_arrays(images, [0, 1, 1, 0], classes=["cat", LabelClass("dog")], splits=splits)
    assert [c.id for c in named.classes] == ["cat", "dog"]
    assert from_arrays(images, ["dog"] * 4, classes=["cat", "dog"], splits=splits).labels.tolist() == [1] * 4
    several = from_arrays(images, np.eye(4, 3) > 0, splits=splits)
    assert several.is_multi_label
    assert several.class_counts(np.arange(4)).tolist() == [1, 1, 1]


def test_without_splits_they_are_cut_and_copies_stay_together():
    images = np.repeat(noise(100, 12, 12), 2, axis=0)
    data = from_arrays(images, np.arange(200) // 2 % 2)
    assert {name: len(part) for name, part in data.splits.items()} == {"train": 160, "valid": 20, "test": 20}
    for part in data.splits.values():
        assert np.array_equal(part[0::2] + 1, part[1::2])
    assert data.notes == (
        "no splits given: cut train 160, valid 20, test 20, each class alike; copies and near-copies of one "
        "image stay together (100)",
    )


def test_a_set_of_arrays_is_trained_on_and_gone_on_with(tmp_path):
    images, labels = noise(60, 8, 8, 3), np.arange(60) % 2
    images[labels == 1] //= 4
    data = from_arrays(images, labels, classes=["bright", "dark"])
    finished = fm.fit(data, model="mlp", epochs=2, batch_size=16, output=tmp_path, trackers=())
    assert fm.evaluate(finished.run, data=data).accuracy == finished.test_accuracy


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            np.zeros((4, 5, 5)),
            r"^arrays: images are float64 4x5x5, expected uint8, 0 to 255; \(images \* 255\)\.a",
        ),
        (
            np.zeros((4, 5, 5), int),
            r"images are int64 4x5x5, expected uint8, 0 to 255; images\.astype\(np\.uint8\) if",
        ),
        (noise(4, 5), r"images are uint8 4x5, expected uint8 \(N, H, W\), \(N, H, W, C\) or"),
        (noise(0, 5, 5), r"images are uint8 0x5x5, expected"),
        (noise(4, 5, 5, 4), r"images are uint8 4x5x5x4, no axis of 1 or 3 channels; expected uint8"),
        (
            noise(4, 3, 5, 3),
            r"4x3x5x3: channels may be the second or the last axis; make it \(N, C, H, W\), with more",
        ),
        (noise(4, 3, 5, 5, 1), r"4x3x5x5x1: channels may be .*; make it \(N, C, T, H, W\)"),
    ],
)
def test_images_of_another_type_or_shape_are_refused(images, message):
    with pytest.raises(DataError, match=message):
        from_arrays(images, np.arange(4) % 2)


@pytest.mark.parametrize(
    ("labels", "given", "message"),
    [
        (
            [0.0, 1, 0, 1],
            {},
            r"labels are float64 4, expected whole numbers or names \(N,\), or bool \(N, K\)$",
        ),
        (np.eye(4), {}, r"labels are float64 4x4, expected whole numbers or names"),
        ([0, 1, 0], {}, r"^arrays: 4 images but 3 labels$"),
        ([0, 1, 2, 0], {"classes": ["a", "b"]}, r"labels run from 0 to 2, but there are 2 classes"),
        (list("abca"), {"classes": ["a", "b"]}, r"no class is called 'c'; there are a, b$"),
        (
            [0, 1, 0, 1],
            {"kind": "clips"},
            r"the kind is clips, but the images have no frames, as \(N, T, H, W, C\) and",
        ),
        (
            [0, 1, 0, 1],
            {"splits": {"dev": [0]}},
            r"split 'dev' of int64, expected train, valid or test, each with",
        ),
        ([0, 1, 0, 1], {"splits": {"train": ["a"]}}, r"split 'train' of <U1, expected"),
        ([0, 1, 0, 1], {"splits": {"train": [0, 0]}}, r"split 'train' has images twice"),
    ],
)
def test_labels_and_splits_that_do_not_fit_are_refused(labels, given, message):
    with pytest.raises(DataError, match=message):
        from_arrays(noise(4, 5, 5), labels, **given)
