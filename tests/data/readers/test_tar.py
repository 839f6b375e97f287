import gzip
import tarfile

import numpy as np
import pytest

from fudemoji.data.readers import read_folder, read_tar
from fudemoji.data.split import cut_validation
from fudemoji.errors import DataError


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
        ("U+4E00", "一"),
        ("U+4E09", "三"),
        ("U+4E8C", "二"),
        ("U+20BB7", "𠮷"),
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
    with pytest.raises(
        DataError,
        match=r"a\.tar: member 'U\+4E00/a\.png' is a link or special file; "
        r"expected U",
    ):
        read_tar(write_tar(tmp_path / "a.tar", [link(kind)]))


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (("U+4E00/a.png", b"no png"), r"U\+4E00/a\.png is no PNG image$"),
        (
            ("one/a.png", b""),
            r"member 'one/a\.png' lies in 'one', which is no class; expected a folder "
            r"like U\+4E00",
        ),
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
        with pytest.raises(
            DataError,
            match=r"U\+4E00/a\.png (is \d+x\d+ pixels, expected 64x64|is a "
            r"damaged PNG image)",
        ):
            read_tar(write_tar(tmp_path / "a.tar", [("U+4E00/a.png", content)]))


def test_a_broken_image_is_named(tmp_path, write_tar, png_bytes):
    content = png_bytes(0)
    for broken in (content[:60], content.replace(b"IDAT", b"IDAX"), content[:50] + b"\xff" + content[51:]):
        with pytest.raises(
            DataError,
            match=r"a\.tar: U\+4E00/a\.png is (no PNG image|a damaged PNG "
            r"image \(.+\))$",
        ):
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
    with pytest.raises(
        DataError,
        match=r"a\.tar: (member 'U\+4E00/a\.png' has size -1024; the file is "
        r"damaged|is no whole)",
    ):
        read_tar(tmp_path / "a.tar")
