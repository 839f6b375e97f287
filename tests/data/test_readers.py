import gzip
import io
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from fudemoji.data.readers import read_folder, read_idx, read_npz, read_tar
from fudemoji.data.readers.classmap import read_classmap
from fudemoji.data.split import cut_validation
from fudemoji.errors import DataError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)



class Trap:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def name_of_case(value):
    return value if isinstance(value, str) else ""


def with_header(*sizes, kind=8):
    return bytes([0, 0, kind, len(sizes)]) + b"".join(struct.pack(">I", size) for size in sizes)


# --- idx


@pytest.mark.parametrize("name", ["a.gz", "a", "wrongly-named.txt"])
@pytest.mark.parametrize("zipped", [True, False])
def test_an_idx_file_is_read_by_its_content_whatever_its_name(tmp_path, idx_bytes, name, zipped):
    content = idx_bytes(IMAGES)
    (tmp_path / name).write_bytes(gzip.compress(content) if zipped else content)
    assert np.array_equal(read_idx(tmp_path / name, num_dimensions=3), IMAGES)


@pytest.mark.parametrize(
    ("content", "num_dimensions", "message"),
    [
        (b"", 3, "is no idx file: starts with nothing, expected 00 00 08 03"),
        (b"<html>404", 3, "is no idx file: starts with 3c 68 74 6d, expected 00 00 08 03"),
        (with_header(1, kind=0x0D) + b"\0" * 4, 1, r"holds float32 \(type byte 0x0d\), expected uint8 "
                                                   r"\(0x08\)"),
        (with_header(2) + b"\0\0", 3, "has 1 dimensions, images have 3; are images and labels swapped"),
        (with_header(1, 1, 1) + b"\0", 1, "has 3 dimensions, labels have 1; are images and labels swapped"),
        (with_header(2, 3, 4)[:9], 3, "ends inside the header; the file is cut off"),
        (with_header(2, 3, 4) + b"\0" * 23, 3, r"should hold 2x3x4 \(24 bytes\) but is 39 bytes long"),
        (with_header(2**32 - 1, 2**32 - 1, 2**32 - 1), 3, "should hold 4294967295x4294967295x4294967295"),
        (with_header(2, 3, 4) + b"\0" * 25, 3, r"more bytes follow the header, expected 24 \(2x3x4\)"),
        (gzip.compress(with_header(2, 3, 4) + b"\0" * 23), 3, r"23 bytes follow the header, expected 24 "
                                                              r"\(2x3x4\)"),
        (gzip.compress(with_header(2, 3, 4) + b"\0" * 25), 3, "more bytes follow the header, expected 24"),
        (gzip.compress(with_header(2**20, 2**10, 2**10)), 3, r"should hold 1048576x1024x1024 \(\d+ "
                                                             r"bytes\) but cannot unzip to more than"),
        (gzip.compress(with_header(2, 3, 4) + bytes(range(24)))[:-12], 3, "the gzip stream is cut off; "
                                                                          "get the file again"),
        (gzip.compress(with_header(2, 3, 4))[:10] + b"\xff" * 40, 3, "the gzip stream is damaged"),
        (gzip.compress(with_header(1) + b"\1")[:-8] + b"\0" * 8, 1, "cannot be read: CRC check failed"),
    ],
    ids=name_of_case,
)
def test_a_damaged_idx_file_says_what_is_wrong(tmp_path, content, num_dimensions, message):
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(DataError, match=rf"^data:? {message}"):
        read_idx(tmp_path / "data", num_dimensions=num_dimensions)


def test_a_missing_idx_file_is_named(tmp_path):
    with pytest.raises(DataError, match="none is missing"):
        read_idx(tmp_path / "none", num_dimensions=1)


def test_a_gzip_bomb_is_read_no_further_than_its_header_says(tmp_path):
    bomb = gzip.compress(with_header(4) + b"\0" * (64 << 20), compresslevel=1)
    (tmp_path / "bomb").write_bytes(bomb)
    with pytest.raises(DataError, match=r"more bytes follow the header, expected 4 \(4\)"):
        read_idx(tmp_path / "bomb", num_dimensions=1)


def test_both_official_formats_hold_the_same_images_and_labels(shared_data):
    folder = shared_data("kmnist")
    images = read_idx(folder / "t10k-images-idx3-ubyte.gz", num_dimensions=3)
    labels = read_idx(folder / "t10k-labels-idx1-ubyte.gz", num_dimensions=1)
    assert np.array_equal(images, read_npz(folder / "kmnist-test-imgs.npz", num_dimensions=3))
    assert np.array_equal(labels, read_npz(folder / "kmnist-test-labels.npz", num_dimensions=1))
    assert images.shape == (10000, 28, 28)
    assert np.bincount(labels).tolist() == [1000] * 10
    train = read_npz(folder / "kmnist-train-labels.npz", num_dimensions=1)
    assert np.bincount(train).tolist() == [6000] * 10


# --- npz


def write_npz(path, member="arr_0.npy", content=None, array=None):
    if content is None:
        file = io.BytesIO()
        np.save(file, array)
        content = file.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return path


@pytest.mark.parametrize("array", [IMAGES, np.asfortranarray(IMAGES), IMAGES[:, ::-1]])
def test_an_npz_file_of_any_memory_order_is_read(tmp_path, array):
    np.savez(tmp_path / "a.npz", array)
    found = read_npz(tmp_path / "a.npz", num_dimensions=3)
    assert np.array_equal(found, array)
    assert found.flags.c_contiguous


@pytest.mark.parametrize("kind", ["uint8", "int16", ">i4", "int64"])
def test_npz_labels_of_any_integer_type_become_int64(tmp_path, kind):
    np.savez_compressed(tmp_path / "a.npz", np.array([3, 1, 2], dtype=kind))
    labels = read_npz(tmp_path / "a.npz", num_dimensions=1)
    assert (labels.dtype, labels.tolist()) == (np.int64, [3, 1, 2])


def test_an_npz_that_would_unpickle_is_refused_and_nothing_runs(tmp_path):
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (117 - len(header)) + b"\n"
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickle.dumps(Trap())
    path = write_npz(tmp_path / "a.npz", content=content)
    with pytest.raises(DataError, match=r"^a\.npz: arr_0 holds Python objects, which only unpickling "
                                        r"could read, and a "
                       "pickle can run any program; save it as uint8 images or integer labels"):
        read_npz(path, num_dimensions=1)


def test_an_npz_without_its_array_says_what_it_holds(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES)
    with pytest.raises(DataError, match=r"a\.npz: has no array 'arr_0' but images; save it with "
                                        r"np\.savez_compressed"):
        read_npz(tmp_path / "a.npz", num_dimensions=3)


@pytest.mark.parametrize(
    ("array", "num_dimensions", "message"),
    [
        (np.zeros(3, np.uint8), 3, "arr_0 is uint8 3, expected N x height x width; are images and labels "
                                   "swapped"),
        (IMAGES, 1, "arr_0 is uint8 2x3x4, expected N labels; are images and labels swapped"),
        (np.zeros((), np.uint8), 1, "arr_0 is uint8 scalar, expected N labels"),
        (IMAGES / 255, 3, r"images are float64, expected uint8 \(0 to 255\)"),
        (np.zeros(3), 1, "labels are float64, expected whole numbers"),
    ],
)
def test_an_npz_of_another_shape_or_type_is_refused(tmp_path, array, num_dimensions, message):
    with pytest.raises(DataError, match=rf"^a\.npz: {message}"):
        read_npz(write_npz(tmp_path / "a.npz", array=array), num_dimensions=num_dimensions)


def npy(shape, data=b"", version=b"\x01\x00"):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + data


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy("(9, 9, 9)", b"\0" * 7), r"arr_0 says uint8 9x9x9 \(729 bytes\) but 7 bytes follow"),
        (npy("(10**99,)"), "is no whole npz file"),
        (npy("(1,)", b"\0", b"\x03\x00"), r"arr_0 is of npy version 3\.0, expected 1\.0 or 2\.0; save it "
                                          r"again"),
        (b"no npy at all", "is no whole npz file"),
        (b"", "is no whole npz file"),
    ],
    ids=name_of_case,
)
def test_a_damaged_array_in_an_npz_says_what_is_wrong(tmp_path, content, message):
    with pytest.raises(DataError, match=rf"^a\.npz: {message}"):
        read_npz(write_npz(tmp_path / "a.npz", content=content), num_dimensions=3)


def test_a_truncated_npz_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", IMAGES)
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-30])
    with pytest.raises(DataError, match=r"a\.npz: is no whole npz file \(File is not a zip file\); get "
                                        r"the file again"):
        read_npz(tmp_path / "a.npz", num_dimensions=3)
    with pytest.raises(DataError, match=r"none\.npz is missing"):
        read_npz(tmp_path / "none.npz", num_dimensions=3)


def test_a_flipped_byte_in_an_npz_is_noticed(tmp_path):
    np.savez(tmp_path / "a.npz", IMAGES)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.index(IMAGES.tobytes()) + 5] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz: is no whole npz file \(Bad CRC-32"):
        read_npz(tmp_path / "a.npz", num_dimensions=3)


def test_a_zip_that_claims_more_than_deflate_can_hold_is_refused(tmp_path):
    path = write_npz(tmp_path / "a.npz", content=npy("(8, 8, 8)", b"\0" * 512))
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x01\x02")
    content[start + 24 : start + 28] = struct.pack("<I", 2**31)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz: arr_0 claims 2147483648 bytes out of \d+, which no zip "
                                        r"can hold"):
        read_npz(path, num_dimensions=3)


# --- folders


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
    with pytest.raises(DataError, match=r"kmnist_classmap\.csv: has index 0 as U\+304B, expected U\+304A "
                                        r"as in kmnist; delete "
                       r"it to use the built-in class map, or call it classmap\.csv if these are other "
                       r"characters"):
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
        (b"index,codepoint,char\n0,U+304A,o\n", r"line 2 is '0,U\+304A,o', but U\+304A is お; make both "
                                                r"the same"),
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
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz holds 3 images but "
                                        r"train-labels-idx1-ubyte\.gz 2 labels; "
                       "take both from the same set"):
        read_folder(folder)


def test_a_label_beyond_the_classes_is_told_with_its_place(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0, 1], "test": [3, 12]})
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz: label 12 at image 1, expected 0 to "
                                        r"9 \(10 classes\); "
                       r"put a classmap\.csv \(index,codepoint,char\) with all classes beside it"):
        read_folder(folder)


def test_a_negative_label_is_told(tmp_path):
    np.savez(tmp_path / "k49-train-imgs.npz", np.zeros((2, 4, 4), np.uint8))
    np.savez(tmp_path / "k49-train-labels.npz", np.array([0, -1]))
    with pytest.raises(DataError, match=r"k49-train-labels\.npz: label -1 at image 1, expected 0 to 48"):
        read_folder(tmp_path)


def test_an_empty_split_is_told(tmp_path, write_idx_set):
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz: is empty \(0x5x5\); a split needs "
                                        r"at least one image"):
        read_folder(write_idx_set(tmp_path / "own", {"train": [0], "test": []}))


def test_images_of_two_sizes_are_told(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0]}, size=5)
    write_idx_set(folder, {"test": [0]}, size=6)
    with pytest.raises(DataError, match=r"own: images differ in size \(train 5x5, test 6x6\); one set "
                                        r"has one size"):
        read_folder(folder)


def test_a_folder_without_a_set_says_what_it_expects(tmp_path):
    with pytest.raises(DataError, match=r"holds no set that is known here; expected "
                                        r"train-images-idx3-ubyte\.gz and "
                       r"train-labels-idx1-ubyte\.gz, kmnist-\*\.npz, k49-\*\.npz or kkanji\.tar under "
                       r"these names"):
        read_folder(tmp_path)


def test_missing_training_images_are_named(shared_data):
    with pytest.raises(DataError, match=r"kmnist: train-images-idx3-ubyte\.gz missing \(there is "
                                        r"train-labels-idx1-ubyte, "
                       r"t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte\); put it there too"):
        read_folder(shared_data("kmnist"))


def test_a_test_split_with_one_file_missing_is_told(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0], "test": [0]})
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz is missing, but "
                                        r"t10k-images-idx3-ubyte\.gz is there"):
        read_folder(folder)
    (folder / "t10k-images-idx3-ubyte.gz").rename(folder / "t10k-labels-idx1-ubyte.gz")
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz is missing, but "
                                        r"t10k-labels-idx1-ubyte\.gz is there"):
        read_folder(folder)


def test_two_sets_in_one_folder_are_not_guessed_at(tmp_path, write_idx_set):
    folder = write_idx_set(tmp_path / "own", {"train": [0]})
    (folder / "k49-train-imgs.npz").touch()
    (folder / "k49-train-labels.npz").touch()
    with pytest.raises(DataError, match=r"own holds both kmnist and k49; give the name of one and "
                                        r"--data-dir .*own$"):
        read_folder(folder)
    assert read_folder(folder, named="kmnist").name == "kmnist"


# --- kkanji's tar


@pytest.fixture
def kanji(tmp_path, write_tar, png_bytes):
    members = [("kkanji2", None)]
    for codepoint, number in (("U+4E8C", 10), ("U+4E00", 5), ("U+20BB7", 1), ("U+4E09", 2)):
        members += [(f"kkanji2/{codepoint}", None)]
        members += [(f"kkanji2/{codepoint}/{i:04d}.png", png_bytes(10 * i + number)) for i in range(number)]
    members += [("kkanji2/.DS_Store", b"x"), ("kkanji2/U+4E00/._0000.png", b"x"), ("README.txt", b"x")]
    return write_tar(tmp_path / "kkanji.tar", members)


def test_a_tar_of_folders_becomes_classes_in_the_order_of_their_code_points(kanji):
    data = read_tar(kanji)
    assert [(c.id, c.glyph) for c in data.classes] == [
        ("U+4E00", "一"), ("U+4E09", "三"), ("U+4E8C", "二"), ("U+20BB7", "𠮷"),
    ]
    assert data.images.shape == (18, 1, 64, 64)
    assert np.bincount(data.labels).tolist() == [5, 2, 10, 1]
    for image, label in zip(data.images, data.labels, strict=True):
        assert (image.min() - (5, 2, 10, 1)[label]) % 10 == 0


def test_a_fifth_of_each_class_is_test_and_the_set_says_so(kanji):
    data = read_tar(kanji)
    assert np.bincount(data.split("test")[1], minlength=4).tolist() == [1, 1, 2, 0]
    assert data.source == (
        f"{kanji} (no official split: fudemoji cut 20% of each class for test with seed 0; "
        "1 classes of one image are in train only)"
    )
    assert read_tar(kanji).splits["test"].tolist() == data.splits["test"].tolist()
    assert "CODH" in data.credit


def test_classes_of_one_image_do_not_keep_validation_from_being_cut(kanji):
    data = cut_validation(read_tar(kanji))
    assert np.bincount(data.split("valid")[1], minlength=4).tolist() == [1, 0, 1, 0]


def test_a_folder_that_holds_the_tar_is_read_too(kanji):
    assert read_folder(kanji.parent).name == "kkanji"


def link(kind, name="U+4E00/a.png"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


OUTSIDE = ["../U+4E00/a.png", "/U+4E00/a.png", "U+4E00/../../a.png", "C:/a.png", "U+4E00\\a.png"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_member_that_leaves_its_folder_is_an_error(tmp_path, write_tar, name):
    with pytest.raises(DataError, match="points outside its folder; expected U"):
        read_tar(write_tar(tmp_path / "a.tar", [(name, b"x")]))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_member_that_is_a_link_or_a_device_is_an_error(tmp_path, write_tar, kind):
    with pytest.raises(DataError, match=r"a\.tar: member 'U\+4E00/a\.png' is a link or special file; "
                                        r"expected U"):
        read_tar(write_tar(tmp_path / "a.tar", [link(kind)]))


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (("U+4E00/a.png", b"no png"), r"U\+4E00/a\.png is no PNG image$"),
        (("one/a.png", b""), r"member 'one/a\.png' lies in 'one', which is no class; expected a folder "
                             r"like U\+4E00"),
        (("a.png", b""), "lies in '', which is no class"),
        (("U+D800/a.png", b""), "which is no class"),
        (("U+4E00/a.png", b"x" * (2 << 20)), "is 2097152 bytes long, expected 1048576 at most"),
        (("U+4E00/a.txt", b""), r"holds no U\+XXXX/\*\.png images; expected the layout of kkanji\.tar"),
    ],
)
def test_a_member_that_is_no_image_of_a_class_is_named(tmp_path, write_tar, member, message):
    with pytest.raises(DataError, match=message):
        read_tar(write_tar(tmp_path / "a.tar", [member]))


def test_an_image_of_another_size_or_a_bomb_is_named_before_it_is_unpacked(tmp_path, write_tar, png_bytes):
    for size in ((64, 63), (20000, 20000)):
        content = png_bytes(0, size, "1")
        with pytest.raises(DataError, match=r"U\+4E00/a\.png (is \d+x\d+ pixels, expected 64x64|is a "
                                            r"damaged PNG image)"):
            read_tar(write_tar(tmp_path / "a.tar", [("U+4E00/a.png", content)]))


def test_a_broken_image_is_named(tmp_path, write_tar, png_bytes):
    content = png_bytes(0)
    for broken in (content[:60], content.replace(b"IDAT", b"IDAX"), content[:50] + b"\xff" + content[51:]):
        with pytest.raises(DataError, match=r"a\.tar: U\+4E00/a\.png is (no PNG image|a damaged PNG "
                                            r"image \(.+\))$"):
            read_tar(write_tar(tmp_path / "a.tar", [("U+4E00/a.png", broken)]))


def test_an_image_of_16_bits_is_refused(tmp_path, write_tar, png_bytes):
    with pytest.raises(DataError, match=r"U\+4E00/a\.png has pixels of mode I;16, expected 8-bit grey"):
        read_tar(write_tar(tmp_path / "a.tar", [("U+4E00/a.png", png_bytes(0, mode="I;16"))]))


def test_what_is_no_tar_or_half_a_tar_is_an_error(tmp_path, kanji):
    (tmp_path / "a.tar").write_bytes(gzip.compress(kanji.read_bytes()))
    with pytest.raises(DataError, match=r"a\.tar: is no whole, plain tar file \(.*\); get it again"):
        read_tar(tmp_path / "a.tar")
    (tmp_path / "a.tar").write_bytes(kanji.read_bytes()[: 5 * 512 + 100])
    with pytest.raises(DataError, match=r"a\.tar"):
        read_tar(tmp_path / "a.tar")
    with pytest.raises(DataError, match=r"none\.tar is missing"):
        read_tar(tmp_path / "none.tar")


def test_a_member_of_negative_size_does_not_loop_for_ever(tmp_path):
    info = tarfile.TarInfo("U+4E00/a.png")
    header = bytearray(info.tobuf())
    header[124:136] = (-1024).to_bytes(12, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header[:512]):06o}\0 ".encode()
    (tmp_path / "a.tar").write_bytes(bytes(header) * 3 + b"\0" * 1024)
    with pytest.raises(DataError, match=r"a\.tar: (member 'U\+4E00/a\.png' has size -1024; the file is "
                                        r"damaged|is no whole)"):
        read_tar(tmp_path / "a.tar")
