import os
import struct
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from fudemoji.data.readers import list_archive, members
from fudemoji.data.readers import tarball as tarball_module
from fudemoji.errors import DataError

FILES = {
    "photos/train/ants/1.jpg": b"ant one",
    "photos/train/bees/1.jpg": b"bee one" * 1000,
    "photos/val/ants/2.jpg": b"ant two",
    "photos/val/bees/2.jpg": b"bee two",
    "photos/README.md": b"hello",
    "__MACOSX/photos/._1.jpg": b"x",
}
ENDINGS = [".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"]


@pytest.fixture
def pack(tmp_path, write_tar):
    """Write an archive whose ending says which."""

    def write(name, files):
        path = tmp_path / name
        if name.endswith(".zip"):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for member, content in files.items():
                    archive.writestr(member, content)
            return path
        write_tar(path, list(files.items()))
        if compress := {"gz": "gzip", "bz2": "bz2", "xz": "lzma"}.get(name.rpartition(".")[2]):
            path.write_bytes(__import__(compress).compress(path.read_bytes()))
        return path

    return write


@pytest.fixture
def listed(tmp_path):
    return lambda path: list_archive(path, scratch=tmp_path / "scratch")


@pytest.mark.parametrize("ending", ENDINGS)
def test_class_folders_in_an_archive_are_read_in_place(pack, listed, tmp_path, ending):
    listing = listed(pack(f"set{ending}", FILES))
    assert listing.name == "set"
    images = {name: content for name, content in FILES.items() if name.endswith(".jpg") and "._" not in name}
    assert {item.name: item.read() for item in listing.items} == images
    assert [item.split for item in listing.items] == ["train", "train", "valid", "valid"]
    assert {p.name for p in listing.problems} == {"photos/README.md", "__MACOSX"}
    assert len({item.stamp for item in listing.items}) == 4
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == [tmp_path / f"set{ending}"], "nothing is unpacked to a file with a name"


@pytest.mark.parametrize("ending", ENDINGS)
def test_members_are_read_by_many_threads_at_once(pack, listed, ending):
    files = {f"{label}/{n}.png": os.urandom(5000) for label in "ab" for n in range(50)}
    items = listed(pack(f"set{ending}", files)).items * 4
    with ThreadPoolExecutor(8) as pool:
        contents = list(pool.map(lambda item: item.read(), items))
    assert contents == [files[item.name] for item in items]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["../a/1.jpg", "a/../../1.jpg", "/a/1.jpg", "C:/a/1.jpg", "a\\1.jpg"])
def test_a_member_that_leaves_its_folder_is_refused(pack, listed, ending, name):
    with pytest.raises(
        DataError, match=r"points outside its folder; expected CLASS/IMAGE; do not trust this file$"
    ):
        listed(pack(f"set{ending}", {**FILES, name: b"x"}))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_in_a_tar_is_refused(tmp_path, write_tar, listed, kind):
    info = tarfile.TarInfo("ants/1.jpg")
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(
        DataError, match=r"member 'ants/1\.jpg' is a link or special file; expected CLASS/IMAGE"
    ):
        listed(write_tar(tmp_path / "set.tar", [info]))


def test_a_link_in_a_zip_is_refused(tmp_path, listed):
    info = zipfile.ZipInfo("ants/1.jpg")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(
        DataError, match=r"set\.zip: member 'ants/1\.jpg' is a link or special file; expected"
    ):
        listed(tmp_path / "set.zip")


def changed_zip(path, *, offset, fmt, value):
    """The zip with one field of each entry in its list of members changed."""
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into(fmt, content, place + offset, value)
        place = content.find(b"PK\x01\x02", place + 4)
    path.write_bytes(content)
    return path


def test_an_encrypted_zip_is_refused(pack, listed):
    path = changed_zip(pack("set.zip", FILES), offset=8, fmt="<H", value=1)
    with pytest.raises(
        DataError, match=r"is encrypted; unpack the archive with its password and give the folder$"
    ):
        listed(path)


def test_another_way_of_packing_is_refused(pack, listed):
    path = changed_zip(pack("set.zip", FILES), offset=10, fmt="<H", value=9)
    with pytest.raises(DataError, match=r"is packed by method 9, expected deflate \(8\); pack it again$"):
        listed(path)


def test_a_zip_that_claims_more_than_deflate_can_is_refused(pack, listed):
    path = changed_zip(pack("set.zip", FILES), offset=24, fmt="<I", value=100_000_000)
    with pytest.raises(
        DataError, match=r"claims to unpack to more than 1032 times its size, which no zip can"
    ):
        listed(path)


def test_a_member_that_claims_more_than_it_can_hold_is_refused(pack, listed):
    files = {"a/big.jpg": os.urandom(50_000), "b/1.jpg": b"abc"}
    content = bytearray(pack("set.zip", files).read_bytes())
    path = pack("set.zip", files)
    struct.pack_into("<I", content, content.rfind(b"PK\x01\x02") + 24, 1_000_000)
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=r"'b/1\.jpg' claims 1,000,000 bytes out of \d+, which no zip can hold"
    ):
        listed(path)


def test_a_member_that_unpacks_to_more_than_it_says_gives_no_more_and_is_told(pack, listed):
    path = changed_zip(
        pack("set.zip", {"a/1.jpg": b"x" * 1000, "b/1.jpg": b"y" * 1000}), offset=24, fmt="<I", value=10
    )
    with pytest.raises(DataError, match=r"a/1\.jpg cannot be unpacked \(Bad CRC-32"):
        listed(path).items[0].read()


def test_a_member_that_is_damaged_is_told_when_it_is_read(pack, listed):
    path = pack("set.zip", {"a/1.jpg": os.urandom(1000), "b/1.jpg": b"y"})
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"set\.zip: a/1\.jpg cannot be unpacked \("):
        listed(path).items[0].read()


@pytest.mark.parametrize("ending", ENDINGS[:3])
def test_an_archive_of_too_many_members_is_refused(pack, listed, monkeypatch, ending):
    monkeypatch.setattr(members, "MAX_MEMBERS", 5)
    with pytest.raises(
        DataError, match=r"has more than 5 members; unpack it and give the folder, if you trust the file"
    ):
        listed(pack(f"set{ending}", FILES))


def test_a_million_members_are_refused_before_anything_is_made_of_them(tmp_path, listed):
    entry = (
        b"PK\x01\x02"
        + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    many = 1_000_000
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, len(entry) * many, 0, 0)
    (tmp_path / "set.zip").write_bytes(entry * many + end)
    with pytest.raises(
        DataError, match=r"set\.zip: has more than 500,000 members; unpack it and give the folder"
    ):
        listed(tmp_path / "set.zip")


def test_a_zip_of_more_than_65535_members_is_read(tmp_path, listed):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for number in range(66_000):
            archive.writestr(f"{number % 2}/{number}.png", b"x")
    assert len(listed(tmp_path / "set.zip").items) == 66_000


def test_a_tar_that_unpacks_to_far_more_than_its_size_is_refused(pack, listed, monkeypatch):
    monkeypatch.setattr(tarball_module, "_LEAST_UNPACKED", 1 << 20)
    bomb = {"a/1.jpg": b"x", "b/1.jpg": bytes(8 << 20), "b/2.jpg": b"x"}
    with pytest.raises(
        DataError, match=r"set\.tar\.gz: unpacks to more than 1,048,576 bytes; unpack it yourself"
    ):
        listed(pack("set.tar.gz", bomb))


def test_a_tar_with_a_header_of_gigabytes_is_refused(tmp_path, listed):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 3 << 30
    with (tmp_path / "set.tar").open("wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        file.truncate(4 << 30)
    with pytest.raises(DataError, match=r"has a header of 3,\d+,\d+,\d+ bytes; do not trust this file$"):
        listed(tmp_path / "set.tar")


def test_names_from_a_japanese_windows_are_read(tmp_path, listed):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("XX/1.jpg", "YY/1.jpg"):
            archive.writestr(name, b"x")
    content = path.read_bytes().replace(b"XX", "表".encode("cp932")).replace(b"YY", "犬".encode("cp932"))
    path.write_bytes(content)
    listing = listed(path)
    assert [item.name for item in listing.items] == ["犬/1.jpg", "表/1.jpg"]
    assert [item.read() for item in listing.items] == [b"x", b"x"]
    assert [c.glyph for c in listing.classes] == ["犬", "表"]


def test_the_later_of_two_members_of_one_name_counts(tmp_path, write_tar, listed):
    path = write_tar(tmp_path / "set.tar", [("a/1.jpg", b"old"), ("b/1.jpg", b"b"), ("./a/1.jpg", b"new")])
    listing = listed(path)
    assert [item.read() for item in listing.items] == [b"new", b"b"]
    assert str(listing.problems[0]) == "a/1.jpg: is in the archive twice; the later one counts"


def test_what_is_no_whole_archive_is_told(tmp_path, pack, listed):
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with pytest.raises(DataError, match=r"a\.zip: is no zip file: starts with 6e 6f 20 7a; get it again$"):
        listed(tmp_path / "a.zip")
    whole = pack("b.zip", FILES).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[:-30])
    with pytest.raises(
        DataError, match=r"a\.zip: the list of members at a zip's end is missing; get the file again$"
    ):
        listed(tmp_path / "a.zip")
    (tmp_path / "a.zip").write_bytes(whole.replace(b"PK\x01\x02", b"PK\x01\x03", 1))
    with pytest.raises(
        DataError, match=r"a\.zip: is no whole zip file \(Bad magic number .*\); get it again$"
    ):
        listed(tmp_path / "a.zip")
    for ending in ENDINGS[1:]:
        path = pack(f"c{ending}", FILES)
        path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 3])
        with pytest.raises(DataError, match=r"c\.tar.*: is no whole tar file \(.*\); get it again$"):
            listed(path)
    with pytest.raises(DataError, match=r"none\.zip cannot be read: No such file or directory$"):
        listed(tmp_path / "none.zip")


def test_a_copy_that_finds_no_room_says_what_to_do(pack, tmp_path):
    (tmp_path / "scratch").write_text("a file where the folder should be")
    item = list_archive(pack("set.tar.gz", FILES), scratch=tmp_path / "scratch").items[0]
    with pytest.raises(
        DataError, match=r"set\.tar\.gz: cannot be unpacked in .*scratch \(.*; free some space, choose"
    ):
        item.read()


def test_a_tar_that_is_cut_while_it_is_open_is_told(pack, listed):
    path = pack("set.tar", FILES)
    items = listed(path).items
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(
        DataError, match=r"set\.tar: ends inside 'photos/val/bees/2\.jpg'; the file is cut off"
    ):
        items[-1].read()


def test_a_single_folder_around_the_classes_is_passed_over(pack, listed):
    listing = listed(pack("set.zip", {"one/two/a/1.jpg": b"x", "one/two/b/1.jpg": b"y"}))
    assert [c.id for c in listing.classes] == ["a", "b"]


def test_an_empty_archive_is_told(tmp_path, listed):
    with zipfile.ZipFile(tmp_path / "set.zip", "w"):
        pass
    with pytest.raises(DataError, match=r"set\.zip holds no image or video; expected CLASS/IMAGE"):
        listed(tmp_path / "set.zip")
