import numpy as np
import pytest

from fudemoji.data.readers import read_folder
from fudemoji.data.readers.classmap import read_classmap
from fudemoji.errors import DataError


def name_of_case(value):
    return value if isinstance(value, str) else ""


def test_the_real_kmnist_8k_folder_is_read_as_it_lies(shared_data):
    data = read_folder(shared_data("kmnist-8k"))
    assert (data.name, data.images.shape, data.num_classes) == ("kmnist-8k", (10000, 1, 28, 28), 10)
    for split, number in (("train", 800), ("test", 200)):
        assert np.bincount(data.split(split)[1]).tolist() == [number] * 10
    assert str(data.classes[3]) == "つ tsu"


@pytest.mark.parametrize("zipped", [True, False])
def test_a_folder_of_idx_files_is_read_with_the_built_in_classes(tmp_path, write_idx_set, zipped):
    data = read_folder(write_idx_set(tmp_path / "own", {"train": [0, 9, 3], "test": [1]}, zipped=zipped))
    assert data.name == "own"
    assert data.labels.tolist() == [0, 9, 3, 1]
    assert (data.splits["train"].tolist(), data.splits["test"].tolist()) == ([0, 1, 2], [3])
    assert data.classes[0].id == "U+304A"
    assert data.source == str(tmp_path / "own")
    assert "CODH" in data.credit


@pytest.mark.parametrize(("named", "num_classes"), [("kmnist", 10), ("k49", 49)])
def test_a_folder_of_npz_files_is_read_under_the_names_of_its_set(tmp_path, named, num_classes):
    labels = np.arange(num_classes)
    np.savez_compressed(tmp_path / f"{named}-train-imgs.npz", np.zeros((num_classes, 4, 4), np.uint8))
    np.savez_compressed(tmp_path / f"{named}-train-labels.npz", labels)
    data = read_folder(tmp_path)
    assert data.num_classes == num_classes
    assert list(data.splits) == ["train"]


def test_a_classmap_of_ones_own_names_the_classes_and_takes_the_credit_away(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0, 1, 1]})
    (folder / "classmap.csv").write_text("index,codepoint,char\n0,U+4E00,一\n1,U+20BB7,\n", encoding="utf-8")
    data = read_folder(folder)
    assert [(c.id, c.glyph) for c in data.classes] == [("U+4E00", "一"), ("U+20BB7", "𠮷")]
    assert (data.licence, data.credit) == ("", "")


def test_an_official_classmap_that_differs_is_an_error(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0, 1]})
    (folder / "kmnist_classmap.csv").write_text("index,codepoint,char\n0,U+304B,か\n", encoding="utf-8")
    with pytest.raises(
        DataError,
        match=r"kmnist_classmap\.csv: has index 0 as U\+304B, expected U\+304A "
        r"as in kmnist; delete "
        r"it to use the built-in class map, or call it classmap\.csv if these are other "
        r"characters",
    ):
        read_folder(folder)
    (folder / "kmnist_classmap.csv").write_text("index,codepoint,char\n0,U+304A,お\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"kmnist_classmap\.csv: has 1 classes, expected 10 as in kmnist"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with 'nothing', expected 'index,codepoint,char'"),
        (b"a,b\n", "starts with 'a,b', expected 'index,codepoint,char'"),
        (b"index,codepoint,char\n1,U+304A,\n", r"line 2 is '1,U\+304A,', expected '0,U\+XXXX,character'"),
        (b"index,codepoint,char\n0,o,\n", r"line 2 is '0,o,': 'o' is no code point; write it like U\+304A"),
        (b"index,codepoint,char\n0,U+D800,\n", r"line 2 is '0,U\+D800,': 'U\+D800' is no code point"),
        (
            b"index,codepoint,char\n0,U+304A,o\n",
            r"line 2 is '0,U\+304A,o', but U\+304A is お; make both "
            r"the same",
        ),
        (b"index,codepoint,char\n0,U+304A,\n1,U+304A,\n", r"has U\+304A twice; each class is one character"),
        (b"\xff\xfe\x00", "is no class map"),
        (b"x" * (5 << 20), r"is longer than any class map \(4 MB\)"),
    ],
    ids=name_of_case,
)
def test_a_damaged_classmap_says_where(tmp_path, content, message):
    (tmp_path / "classmap.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"^classmap\.csv: {message}"):
        read_classmap(tmp_path / "classmap.csv")


def test_images_and_labels_of_different_counts_are_told(tmp_path, write_idx_set, idx_bytes):
    folder = write_idx_set(tmp_path / "own", {"train": [0, 1, 2]})
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(idx_bytes(np.array([0, 1])))
    with pytest.raises(
        DataError,
        match=r"train-images-idx3-ubyte\.gz holds 3 images but "
        r"train-labels-idx1-ubyte\.gz 2 labels; "
        "take both from the same set",
    ):
        read_folder(folder)


def test_a_label_beyond_the_classes_is_told_with_its_place(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0, 1], "test": [3, 12]})
    with pytest.raises(
        DataError,
        match=r"t10k-labels-idx1-ubyte\.gz: label 12 at image 1, expected 0 to "
        r"9 \(10 classes\); "
        r"put a classmap\.csv \(index,codepoint,char\) with all classes beside it",
    ):
        read_folder(folder)


def test_a_negative_label_is_told(tmp_path):
    np.savez(tmp_path / "k49-train-imgs.npz", np.zeros((2, 4, 4), np.uint8))
    np.savez(tmp_path / "k49-train-labels.npz", np.array([0, -1]))
    with pytest.raises(DataError, match=r"k49-train-labels\.npz: label -1 at image 1, expected 0 to 48"):
        read_folder(tmp_path)


def test_an_empty_split_is_told(tmp_path, write_idx_set):
    with pytest.raises(
        DataError,
        match=r"t10k-images-idx3-ubyte\.gz: is empty \(0x5x5\); a split needs "
        r"at least one image",
    ):
        read_folder(write_idx_set(tmp_path / "own", {"train": [0], "test": []}))


def test_images_of_two_sizes_are_told(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0]}, size=5)
    write_idx_set(folder, {"test": [0]}, size=6)
    with pytest.raises(
        DataError,
        match=r"own: images differ in size \(train 5x5, test 6x6\); one set "
        r"has one size",
    ):
        read_folder(folder)


def test_a_folder_without_a_set_says_what_it_expects(tmp_path):
    with pytest.raises(
        DataError,
        match=r"holds no set that is known here; expected "
        r"train-images-idx3-ubyte\.gz and "
        r"train-labels-idx1-ubyte\.gz, kmnist-\*\.npz, k49-\*\.npz or kkanji\.tar under "
        r"these names",
    ):
        read_folder(tmp_path)


def test_missing_training_images_are_named(shared_data):
    with pytest.raises(
        DataError,
        match=r"kmnist: train-images-idx3-ubyte\.gz missing \(there is "
        r"train-labels-idx1-ubyte, "
        r"t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte\); put it there too",
    ):
        read_folder(shared_data("kmnist"))


def test_a_test_split_with_one_file_missing_is_told(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0], "test": [0]})
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        DataError,
        match=r"t10k-labels-idx1-ubyte\.gz is missing, but "
        r"t10k-images-idx3-ubyte\.gz is there",
    ):
        read_folder(folder)
    (folder / "t10k-images-idx3-ubyte.gz").rename(folder / "t10k-labels-idx1-ubyte.gz")
    with pytest.raises(
        DataError,
        match=r"t10k-images-idx3-ubyte\.gz is missing, but "
        r"t10k-labels-idx1-ubyte\.gz is there",
    ):
        read_folder(folder)


def test_two_sets_in_one_folder_are_not_guessed_at(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0]})
    (folder / "k49-train-imgs.npz").touch()
    (folder / "k49-train-labels.npz").touch()
    with pytest.raises(
        DataError,
        match=r"own holds both kmnist and k49; give the name of one and "
        r"--data-dir .*own$",
    ):
        read_folder(folder)
    assert read_folder(folder, named="kmnist").name == "kmnist"
