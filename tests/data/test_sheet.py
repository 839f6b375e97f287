import json

import numpy as np
import pytest

from fudemoji.data.named.characters import KMNIST
from fudemoji.data.named.kana import draw_kana
from fudemoji.data.readers import read_folder
from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.data.sheet import data_sheet, sample_sheet
from fudemoji.errors import DataError


def make(num_classes=3, channels=1, size=(8, 6)):
    rng = np.random.default_rng(0)
    labels = np.arange(4 * num_classes, dtype=np.int64) % num_classes
    images = rng.integers(0, 256, (len(labels), channels, *size), dtype=np.uint8)
    classes = tuple(LabelClass(f"class-{k}") for k in range(num_classes))
    half = len(labels) // 2
    return ImageSet(
        "tiny", images, labels, classes, {"train": np.arange(half), "test": np.arange(half, 2 * half)}
    )


def test_the_data_sheet_counts_what_is_there():
    sheet = json.loads(json.dumps(data_sheet(make())))
    assert sheet["splits"] == {"train": 6, "test": 6}
    assert sheet["classes"][2] == {
        "id": "class-2",
        "glyph": "",
        "romanisation": "",
        "counts": {"train": 2, "test": 2},
    }
    assert (sheet["image_size"], sheet["channels"], sheet["num_classes"]) == ([8, 6], 1, 3)
    assert len(sheet["fingerprint"]) == 64


def test_mean_and_deviation_are_those_of_the_training_pixels():
    data = make(channels=3)
    sheet, train = data_sheet(data), data.split("train")[0]
    assert sheet["mean"] == pytest.approx(train.mean((0, 2, 3)), abs=1e-4)
    assert sheet["std"] == pytest.approx(train.std((0, 2, 3)), abs=1e-4)


def test_a_set_without_train_has_no_mean():
    data = make().with_splits({"test": np.arange(3)})
    assert data_sheet(data)["mean"] is None


def test_the_data_sheet_of_real_data_has_source_licence_and_credit(shared_data):
    sheet = data_sheet(read_folder(shared_data("kmnist-8k")))
    assert sheet["licence"] == "CC BY-SA 4.0"
    assert sheet["credit"].startswith('"KMNIST Dataset" (created by CODH)')
    assert [c["counts"] for c in sheet["classes"]] == [{"train": 800, "test": 200}] * 10


def test_the_sample_sheet_shows_the_pixels_of_the_set():
    images = np.full((10, 1, 44, 44), 200, dtype=np.uint8)
    data = ImageSet("flat", images, np.arange(10), KMNIST, {"train": np.arange(10)})
    pixels = np.asarray(sample_sheet(data, per_class=1))
    assert (pixels == 200).all(axis=2).sum() >= 10 * 44 * 44


def test_labels_are_drawn_in_glyphs_and_not_in_boxes():
    data = draw_kana(num_train=1, num_test=1)
    sheet = np.asarray(sample_sheet(data, per_class=1).convert("L"))
    labels = [sheet[84 + row * 48 : 126 + row * 48, 28:62].tobytes() for row in range(8)]
    assert len(set(labels)) == 8


def test_the_same_seed_makes_the_same_sheet():
    data = make()
    assert sample_sheet(data, per_class=1).tobytes() == sample_sheet(data, per_class=1).tobytes()
    assert sample_sheet(data, per_class=1).tobytes() != sample_sheet(data, per_class=1, seed=4).tobytes()


def test_a_set_of_many_classes_shows_some_of_them():
    assert sample_sheet(make(num_classes=300), max_classes=10).height < 84 + 11 * 48


def test_colour_images_and_large_ones_are_shown_too():
    assert sample_sheet(make(channels=3, size=(90, 30)), per_class=2).mode == "RGB"


def test_an_unknown_split_is_answered_with_the_nearest():
    with pytest.raises(
        DataError,
        match=r"tiny has no split 'tset' \(did you mean 'test'\?\); it has: "
        r"train, test",
    ):
        sample_sheet(make(), split="tset")


def test_a_sheet_of_no_images_is_refused():
    with pytest.raises(
        DataError, match="a sheet of 120 classes with 0 images each; expected 1 to 1000 and 1 to 40"
    ):
        sample_sheet(make(), per_class=0)
