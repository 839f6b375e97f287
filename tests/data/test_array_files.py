"""An npz file of images and labels, and pairs of files, as the source of a set."""

import gzip

import numpy as np
import pytest

from builders import idx
from fudemoji.data import load
from fudemoji.errors import DataError

RNG = np.random.default_rng(0)


def images(num, *shape):
    return RNG.integers(0, 256, (num, *(shape or (8, 8))), dtype=np.uint8)


def saved(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("names", "shape", "expected"),
    [
        (("images", "labels"), (8, 6), (1, 8, 6)),
        (("x", "y"), (8, 6, 3), (3, 8, 6)),
        (("data", "targets"), (3, 8, 6), (3, 8, 6)),
        (("arr_0", "arr_1"), (8, 6, 1), (1, 8, 6)),
        (("Images", "LABELS"), (4, 8, 6, 3), (3, 4, 8, 6)),
    ],
)
def test_one_file_holds_images_and_labels_under_their_usual_names(tmp_path, names, shape, expected):
    pixels = images(60, *shape)
    path = saved(tmp_path / "mine.npz", **dict(zip(names, (pixels, np.arange(60) % 3), strict=True)))
    data = load(path, valid=0.2, seed=4)
    assert (data.name, data.source, len(data)) == ("mine", str(path), 60)
    assert data.images.shape == (60, *expected)
    assert [c.id for c in data.classes] == ["0", "1", "2"]
    assert {name: len(part) for name, part in data.splits.items()} == {"train": 42, "valid": 12, "test": 6}
    assert data.notes[-1].startswith("no splits given: cut train 42")
    assert np.array_equal(
        data.images.reshape(-1)[:6],
        (pixels if shape[-1] != 3 else np.moveaxis(pixels, -1, 1)).reshape(-1)[:6],
    )


def test_names_with_splits_in_them_are_the_splits(tmp_path):
    train, test, valid = images(20), images(10), images(6)
    path = saved(
        tmp_path / "mnist.npz",
        x_train=train,
        y_train=np.arange(20)[:, None] % 2,  # a column, as Keras has it
        x_test=test,
        y_test=np.arange(10)[:, None] % 2,
        val_images=valid,
        val_labels=np.arange(6)[:, None] % 2,
        ids=np.arange(3),
        class_names=np.array(["bee", "ant"]),
    )
    data = load(path)
    assert {name: len(part) for name, part in data.splits.items()} == {"test": 10, "train": 20, "valid": 6}
    for name, pixels in (("train", train), ("test", test), ("valid", valid)):
        found, labels = data.split(name)
        np.testing.assert_array_equal(found[:, 0], pixels)
        assert labels.tolist() == [number % 2 for number in range(len(pixels))]
    assert [c.id for c in data.classes] == ["bee", "ant"]
    assert data.notes == ("mnist.npz: passed over ids",)


@pytest.mark.parametrize("given", ["imgs", "labels"])
def test_two_npz_files_are_read_by_the_name_of_either(tmp_path, given):
    pixels = images(40)
    saved(tmp_path / "own-imgs.npz", arr_0=pixels)
    saved(tmp_path / "own-labels.npz", arr_0=(np.arange(40) % 2).astype(np.uint8))
    data = load(tmp_path / f"own-{given}.npz")
    np.testing.assert_array_equal(data.images[:, 0], pixels)
    assert data.labels.tolist() == [0, 1] * 20


def test_half_of_kmnist_has_its_classes_and_says_that_the_folder_has_more(tmp_path):
    saved(tmp_path / "kmnist-train-imgs.npz", arr_0=images(40, 28, 28))
    saved(tmp_path / "kmnist-train-labels.npz", arr_0=np.arange(40) % 10)
    data = load(tmp_path / "kmnist-train-imgs.npz")
    assert data.classes[0].glyph == "お"
    assert data.notes[0] == (
        f"kmnist-train-imgs.npz alone is cut; give the folder {tmp_path} for the official splits"
    )


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("given", ["images-idx3", "labels-idx1"])
def test_a_pair_of_idx_files_is_read_by_the_name_of_either(tmp_path, given, zipped):
    pixels = images(40)
    end = ".gz" if zipped else ""
    for name, array in (("images-idx3", pixels), ("labels-idx1", np.arange(40) % 2)):
        content = idx(array)
        (tmp_path / f"letters-{name}-ubyte{end}").write_bytes(gzip.compress(content) if zipped else content)
    data = load(tmp_path / f"letters-{given}-ubyte{end}")
    np.testing.assert_array_equal(data.images[:, 0], pixels)
    assert (data.labels.tolist(), data.kind) == ([0, 1] * 20, "characters")
    (tmp_path / "classmap.csv").write_text(
        "index,codepoint,char\n0,U+304A,お\n1,U+304D,き\n", encoding="utf-8"
    )
    assert [c.glyph for c in load(tmp_path / f"letters-{given}-ubyte{end}").classes] == ["お", "き"]


GOOD = {"images": images(4), "labels": np.arange(4) % 2}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": images(4)}, r"^a\.npz: has images; expected images and labels \(or x and y, "),
        ({"a": images(4), "b": np.arange(4)}, r"^a\.npz: has a, b; expected images and labels"),
        ({}, r"^a\.npz: has nothing; expected"),
        (
            {**GOOD, "x_test": images(2), "y_test": np.arange(2)},
            r"^a\.npz: has images, labels, x_test, y_test; exp",
        ),
        ({**GOOD, "x_test": images(2)}, r"^a\.npz: has images, labels, x_test; expected"),
        ({**GOOD, "x": images(4)}, r"^a\.npz: both images and x are images; keep one of them"),
        ({**GOOD, "labels": np.arange(3)}, r"^a\.npz: holds 4 images but 3 labels"),
        (
            {**GOOD, "images": images(4) / 255},
            r"^a\.npz: images are float64 4x8x8, expected uint8, 0 to 255; \(images",
        ),
        ({**GOOD, "images": images(4, 64)}, r"^a\.npz: images are uint8 4x64, expected uint8 \(N, H, W\), "),
        (
            {**GOOD, "labels": np.array([0.5] * 4)},
            r"^a\.npz: labels are float64 4, expected whole numbers or names",
        ),
        (
            {**GOOD, "labels": np.array([{}] * 4)},
            r"^a\.npz: labels holds Python objects, which only unpickling",
        ),
        (
            {**GOOD, "labels": np.array([0, 1, 2, 0]), "classes": np.array(["a", "b"])},
            r"labels run from 0 to 2, but",
        ),
        (
            {**GOOD, "classes": np.arange(2)},
            r"^a\.npz: classes is int64 2, expected the names of the classes \(K,\)",
        ),
        (
            {
                "x_train": images(4),
                "y_train": np.arange(4),
                "x_test": images(4, 9, 9),
                "y_test": np.arange(4),
            },
            r"^a\.npz: images differ from split to split \(test uint8 4x9x9, train uint8 4x8x8\); one set has one size",
        ),
        ({"x_train": images(4), "y_train": np.arange(3)}, r"^a\.npz: train holds 4 images but 3 labels"),
    ],
)
def test_arrays_that_make_no_set_are_told_in_one_line(tmp_path, arrays, message):
    with pytest.raises(DataError, match=message):
        load(saved(tmp_path / "a.npz", **arrays))


def test_a_damaged_file_and_a_missing_half_are_told(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"^a\.npz: is no whole npz file \(File is not a zip file\)"):
        load(tmp_path / "a.npz")
    saved(tmp_path / "own-imgs.npz", arr_0=images(4))
    with pytest.raises(
        DataError, match=r"^own-imgs\.npz holds images alone, and own-labels\.npz is not beside it"
    ):
        load(tmp_path / "own-imgs.npz")
    (tmp_path / "x-labels-idx1-ubyte").write_bytes(idx(np.arange(4)))
    with pytest.raises(
        DataError, match=r"^x-labels-idx1-ubyte holds labels alone, and x-images-idx3-ubyte is not"
    ):
        load(tmp_path / "x-labels-idx1-ubyte")
    (tmp_path / "x-images-idx3-ubyte").write_bytes(idx(images(3)))
    with pytest.raises(
        DataError, match=r"^x-images-idx3-ubyte holds 3 images but x-labels-idx1-ubyte 4 labels"
    ):
        load(tmp_path / "x-images-idx3-ubyte")
