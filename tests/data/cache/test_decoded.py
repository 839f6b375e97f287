import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fudemoji.data.cache import writing
from fudemoji.data.cache.decoded import Decoding, cache_root, decode
from fudemoji.data.cache.entries import entries, named_entries, remove
from fudemoji.data.listing import Listing
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError
from pictures import list_files, write_photos


def no_reading(listing: Listing) -> Listing:
    def read() -> bytes:
        raise AssertionError("a file was read")

    return replace(listing, items=tuple(replace(item, read=read) for item in listing.items))


@pytest.fixture
def photos(tmp_path):
    return write_photos(tmp_path / "photos", 5)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def passes(monkeypatch):
    """How often a first pass was started, by a list that grows."""
    found = []
    real = writing.Making.__init__

    def counted(self, folder):
        found.append(folder)
        real(self, folder)

    monkeypatch.setattr(writing.Making, "__init__", counted)
    return found


def test_images_become_one_mapped_array_at_the_size_asked_for(photos, root):
    decoded = decode(list_files(photos), Decoding(size=16, fit="stretch"), root=root)
    assert decoded.images.shape == (5, 3, 16, 16)
    for path, image, digest in zip(sorted(photos.iterdir()), decoded.images, decoded.hashes, strict=True):
        with Image.open(path) as picture:
            small = np.asarray(picture.resize((16, 16), Image.Resampling.BICUBIC)).transpose(2, 0, 1)
        np.testing.assert_array_equal(image, small)
        assert digest == hashlib.sha256(small.tobytes()).hexdigest()
    assert decoded.said == ("16x16, stretched (proportions given up)", "RGB")
    assert decoded.item_R.tolist() == [0, 1, 2, 3, 4]
    assert decoded.thumbs_MHW.shape == (5, 32, 32)


def test_the_second_time_no_file_is_read(photos, root):
    listing = list_files(photos)
    first = decode(listing, Decoding(), root=root)
    second = decode(no_reading(listing), Decoding(), root=root)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.thumbs_MHW, second.thumbs_MHW)
    assert (first.digest, first.hashes, first.said) == (second.digest, second.hashes, second.said)


def test_a_copy_with_other_times_is_read_but_not_decoded_again(photos, root, passes, tmp_path):
    first = decode(list_files(photos), Decoding(), root=root)
    copy = shutil.copytree(photos, tmp_path / "copy")
    for path in copy.iterdir():
        os.utime(path, ns=(1, 1))
    second = decode(list_files(copy), Decoding(), root=root)
    assert second.digest == first.digest
    assert len(passes) == 1
    assert len(entries(root)) == 1
    decode(no_reading(list_files(copy)), Decoding(), root=root)


def test_a_file_rewritten_at_the_same_size_is_decoded_again(photos, root):
    first = decode(list_files(photos), Decoding(), root=root)
    path = sorted(photos.iterdir())[2]
    turned = Image.open(path).transpose(Image.Transpose.ROTATE_180)
    turned.save(path)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    second = decode(list_files(photos), Decoding(), root=root)
    assert second.digest != first.digest
    changed = [bool((a != b).any()) for a, b in zip(first.images, second.images, strict=True)]
    assert changed == [False, False, True, False, False]


def test_settings_and_names_make_entries_of_their_own_but_labels_and_splits_do_not(photos, root):
    listing = list_files(photos)
    first = decode(listing, Decoding(), root=root)
    assert decode(listing, Decoding(size=20), root=root).images.shape[2:] == (20, 20)
    assert decode(listing, Decoding(channels=1), root=root).images.shape[1] == 1
    relabelled = tuple(replace(item, labels=(1,), split="test") for item in listing.items)
    other = replace(listing, items=relabelled, classes=(LabelClass("a"), LabelClass("b")))
    again = decode(no_reading(other), Decoding(frames=3), root=root)
    assert again.digest == first.digest
    assert again.items[0].split == "test"
    assert len(entries(root)) == 3


def test_items_without_a_stamp_are_read_each_time_but_not_decoded(photos, root, passes):
    items = tuple(replace(item, stamp=()) for item in list_files(photos).items)
    listing = replace(list_files(photos), items=items)
    assert decode(listing, Decoding(), root=root).digest == decode(listing, Decoding(), root=root).digest
    assert len(passes) == 1


def test_what_is_written_to_the_images_reaches_no_file(photos, root):
    decoded = decode(list_files(photos), Decoding(), root=root)
    before = decoded.images.copy()
    decoded.images[:] = 0
    np.testing.assert_array_equal(decode(list_files(photos), Decoding(), root=root).images, before)


def test_broken_files_are_problems_and_no_images(photos, root):
    (photos / "000.png").write_bytes(b"no picture")
    (photos / "003.png").write_bytes(b"")
    for _ in range(2):  # made, and found again
        decoded = decode(list_files(photos), Decoding(), root=root)
        assert [item.name for item in decoded.items] == ["001.png", "002.png", "004.png"]
        assert len(decoded.images) == len(decoded.hashes) == len(decoded.thumbs_MHW) == 3
        assert [(p.name, p.kind) for p in decoded.problems] == [("000.png", "broken"), ("003.png", "empty")]
        assert str(decoded.problems[1]) == "003.png: is no image that can be read: the file is empty"


def test_a_set_of_which_nothing_can_be_read_is_refused(tmp_path, root):
    folder = tmp_path / "junk"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(
        DataError, match=r"^junk: none of the 1 files can be read; the first: a\.jpg: is no image that can"
    ):
        decode(list_files(folder), Decoding(), root=root)
    assert names_under(root) == []


def names_under(root: Path) -> list[str]:
    """What lies in the cache, but for its locks."""
    return [path.name for path in root.rglob("*") if path.is_file() and path.name != ".fudemoji.lock"]


def test_a_file_that_changes_while_it_is_read_ends_it_and_nothing_is_left(photos, root):
    listing = list_files(photos)
    victim = photos / "001.png"

    def write_and_read() -> bytes:
        victim.write_bytes(victim.read_bytes() + b"more")
        return victim.read_bytes()

    items = [*listing.items]
    items[4] = replace(items[4], read=write_and_read)
    with pytest.raises(
        DataError,
        match=r"^001\.png changed while photos was being read; nothing was kept: start again when nothing ",
    ):
        decode(replace(listing, items=tuple(items)), Decoding(), root=root)
    assert names_under(root) == []


def test_a_full_disk_is_one_line_and_nothing_is_left(photos, root, monkeypatch):
    def full(self, rows):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.ArrayFile, "append", full)
    with pytest.raises(
        DataError,
        match=r"^photos cannot be decoded into .*: the disk is full; free some space \(`fudemoji data cache",
    ):
        decode(list_files(photos), Decoding(), root=root)
    assert names_under(root) == []


def test_a_folder_that_cannot_be_written_is_one_line(photos, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"photos cannot be decoded into .*file/cache: Not a directory; free some"
    ):
        decode(list_files(photos), Decoding(), root=tmp_path / "file" / "cache")


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / "images.npy").write_bytes(b""),
        lambda entry: os.truncate(entry / "images.npy", 500),
        lambda entry: (entry / "meta.json").write_text("{"),
        lambda entry: (entry / "meta.json").write_text("[]"),
        lambda entry: (entry / "meta.json").unlink(),
        lambda entry: (entry / "thumbs.npy").unlink(),
        lambda entry: (entry / "in-use").unlink(),
        lambda entry: (entry / "meta.json").write_text(
            (entry / "meta.json").read_text().replace("photos", "photo5")
        ),
        lambda entry: (entry / "images.npy").write_bytes(
            (entry / "images.npy").read_bytes().replace(b"(5, 3", b"(6, 3")
        ),
    ],
)
def test_a_damaged_entry_is_noticed_and_made_anew(photos, root, damage):
    first = decode(list_files(photos), Decoding(), root=root)
    expected, digest = first.images.copy(), first.digest
    (entry,) = entries(root)
    del first
    damage(entry.path)
    second = decode(list_files(photos), Decoding(), root=root)
    np.testing.assert_array_equal(second.images, expected)
    assert second.digest == digest
    assert len(entries(root)) == 1


def test_what_was_used_longest_ago_makes_room_but_not_what_is_in_use(tmp_path, root):
    sets = [list_files(write_photos(tmp_path / name, 40, seed=seed)) for seed, name in enumerate("abcd")]
    kept = [decode(sets[0], Decoding(), root=root)]
    for number, listing in enumerate(sets[1:3]):
        decode(listing, Decoding(), root=root)
        os.utime(named_entries(root, [listing.name])[0].path / "in-use", (number, number))
    size = entries(root)[0].num_bytes
    os.utime(named_entries(root, ["a"])[0].path / "in-use", (0, 0))
    decode(sets[3], Decoding(), root=root, limit_gb=3.5 * size / 1e9)
    assert sorted(entry.name for entry in entries(root)) == ["a", "c", "d"]
    kept.clear()
    decode(sets[3], Decoding(), root=root, limit_gb=0.5 * size / 1e9)
    assert [entry.name for entry in entries(root)] == ["d"]
    assert len(list((root / "keys").iterdir())) == 1


def test_a_set_larger_than_the_limit_is_kept_and_said(photos, root):
    decoded = decode(list_files(photos), Decoding(), root=root, limit_gb=1e-5)
    assert decoded.said[-1] == "6.73e-05 GB on the disk, more than the 1e-05 GB that cache_gb allows"
    assert len(entries(root)) == 1


def test_an_entry_in_use_is_not_cleared_and_is_free_once_its_images_are_gone(photos, root):
    decoded = decode(list_files(photos), Decoding(), root=root)
    part = decoded.images[1:3]
    del decoded
    removed, kept = remove(root, entries(root))
    assert (len(removed), len(kept)) == (0, 1)
    assert part.any()
    del part
    removed, kept = remove(root, entries(root))
    assert (len(removed), len(kept)) == (1, 0)
    assert names_under(root) == []


def test_a_set_that_is_not_in_the_cache_is_told_with_those_that_are(photos, root):
    decode(list_files(photos), Decoding(), root=root)
    with pytest.raises(
        DataError, match=r"^no decoded set 'photo' \(did you mean 'photos'\?\); .*cache holds: photos$"
    ):
        named_entries(root, ["photo"])
    with pytest.raises(DataError, match=r"holds: nothing$"):
        named_entries(root / "empty", ["photo"])


SLOW = """
import sys, time
sys.path[:0] = {paths!r}
from dataclasses import replace
from pathlib import Path
from fudemoji.data.cache.decoded import Decoding, decode
from pictures import list_files
listing = list_files(Path(sys.argv[1]))
def slow(item):
    def read():
        print("reading", flush=True)
        time.sleep(float(sys.argv[3]))
        return item.path.read_bytes()
    return replace(item, read=read)
listing = replace(listing, items=tuple(slow(item) for item in listing.items))
decoded = decode(listing, Decoding(size=32), root=Path(sys.argv[2]))
print(decoded.digest)
"""


def start(photos: Path, root: Path, seconds: float) -> subprocess.Popen[str]:
    code = SLOW.format(paths=[str(Path(__file__).parents[2])])
    command = [sys.executable, "-c", code, str(photos), str(root), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_of_two_processes_at_once_one_decodes_and_the_other_takes_what_it_made(photos, root):
    both = [start(photos, root, 0.3) for _ in range(2)]
    told = [process.communicate(timeout=60)[0].split() for process in both]
    assert {lines[-1] for lines in told} == {decode(list_files(photos), Decoding(size=32), root=root).digest}
    assert min(lines.count("reading") for lines in told) == 0
    assert len(entries(root)) == 1


def test_what_a_killed_process_left_is_cleaned_up(photos, root, monkeypatch):
    process = start(photos, root, 30)
    assert process.stdout.readline() == "reading\n"
    (left,) = (root / "making").iterdir()
    decode(list_files(photos), Decoding(size=16), root=root)
    assert left.is_dir()  # its maker lives
    process.send_signal(signal.SIGKILL)
    process.communicate()
    monkeypatch.setattr(writing, "_GRACE", -1.0)
    decoded = decode(list_files(photos), Decoding(size=32), root=root)
    assert decoded.images.shape == (5, 3, 32, 32)
    assert list((root / "making").iterdir()) == []


def test_progress_counts_to_the_end(photos, root):
    seen = []
    decode(list_files(photos), Decoding(), root=root, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5, 5)


def test_the_usual_place_is_beside_the_named_sets(tmp_path, monkeypatch):
    monkeypatch.setenv("FUDEMOJI_DATA", str(tmp_path))
    assert cache_root() == tmp_path / "decoded"
    assert cache_root(None, tmp_path / "data") == tmp_path / "data" / "decoded"
    assert cache_root(tmp_path / "own") == tmp_path / "own"


def test_what_is_found_out_about_the_items_is_kept_with_the_entry_and_made_anew_where_it_is_damaged(
    photos, root
):
    decoded = decode(list_files(photos), Decoding(), root=root)
    made = []

    def make() -> np.ndarray:
        made.append(1)
        return np.arange(5)

    for _ in range(2):
        np.testing.assert_array_equal(decoded.kept("numbers-1", make), np.arange(5))
    assert len(made) == 1
    (decoded.folder / "numbers-1.npy").write_bytes(b"damaged")
    np.testing.assert_array_equal(decoded.kept("numbers-1", make), np.arange(5))
    np.testing.assert_array_equal(
        decode(list_files(photos), Decoding(), root=root).kept("numbers-1", make), np.arange(5)
    )
    assert len(made) == 2
