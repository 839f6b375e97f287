"""How size and colour are chosen, and that the threads keep the order."""

import hashlib
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from builders import write_video
from fudemoji.data.cache.decoded import Decoding, decode
from fudemoji.data.decoding.picture import fitted, flatten, read_image, to_array
from fudemoji.errors import DataError
from pictures import list_files, write_photos


@pytest.fixture
def root(tmp_path):
    return tmp_path / "cache"


def add(folder: Path, pixels: np.ndarray, *, name: str = "zzz.png") -> None:
    Image.fromarray(pixels).save(folder / name)


def test_small_squares_that_are_all_alike_stay_as_they_are(tmp_path, root):
    folder = write_photos(tmp_path / "glyphs", 30, size=(28, 28), mode="L")
    decoded = decode(list_files(folder), Decoding(), root=root)
    assert decoded.said == ("28x28 as they are", "grey")
    expected = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]
    np.testing.assert_array_equal(decoded.images[:, 0], expected)


def test_one_image_of_another_size_at_the_end_brings_all_to_64(tmp_path, root):
    folder = write_photos(tmp_path / "glyphs", 30, size=(28, 28), mode="L")
    add(folder, np.zeros((30, 30), np.uint8))
    decoded = decode(list_files(folder), Decoding(), root=root)
    assert decoded.images.shape == (31, 1, 64, 64)
    assert decoded.said == ("64x64, cropped (the shorter side fills it)", "grey")


@pytest.mark.parametrize(("side", "expected"), [(128, 128), (129, 64), (256, 64)])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_squares_of_more_than_128_pixels_are_brought_to_64(tmp_path, root, side, expected, suffix):
    folder = write_photos(tmp_path / "tiles", 3, size=(side, side), suffix=suffix)
    assert decode(list_files(folder), Decoding(), root=root).images.shape[2:] == (expected, expected)


def test_images_that_are_alike_but_not_square_are_brought_to_64(tmp_path, root):
    folder = write_photos(tmp_path / "wide", 3, size=(40, 20))
    assert decode(list_files(folder), Decoding(), root=root).images.shape == (3, 3, 64, 64)


def test_a_broken_image_has_no_say_in_the_size(tmp_path, root):
    folder = write_photos(tmp_path / "glyphs", 3, size=(28, 28))
    whole = write_photos(tmp_path / "other", 1, size=(90, 70)) / "000.png"
    (folder / "zzz.png").write_bytes(whole.read_bytes()[:-2000])
    decoded = decode(list_files(folder), Decoding(), root=root)
    assert decoded.images.shape == (3, 3, 28, 28)
    assert [problem.kind for problem in decoded.problems] == ["truncated"]


def test_colour_files_without_a_colour_are_grey_until_one_has_some(tmp_path, root):
    folder = tmp_path / "scans"
    folder.mkdir()
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (12, 28, 28), dtype=np.uint8)
    for number, pixels in enumerate(grey):
        add(folder, np.stack([pixels] * 3, axis=-1), name=f"{number:02}.png")
    decoded = decode(list_files(folder), Decoding(), root=root)
    np.testing.assert_array_equal(decoded.images, grey[:, None])
    add(folder, rng.integers(0, 256, (28, 28, 3), dtype=np.uint8))
    decoded = decode(list_files(folder), Decoding(), root=root)
    assert decoded.said == ("28x28 as they are", "RGB")
    np.testing.assert_array_equal(decoded.images[:12], np.stack([grey] * 3, axis=1))


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_that_are_given_are_taken(tmp_path, root, channels):
    folder = write_photos(tmp_path / "photos", 3, mode="L" if channels == 3 else "RGB")
    assert decode(list_files(folder), Decoding(channels=channels), root=root).images.shape[1] == channels


@pytest.mark.parametrize(
    ("fit", "words"), [("crop", "cropped"), ("letterbox", "letterboxed"), ("stretch", "stretched")]
)
def test_the_fit_is_said(tmp_path, root, fit, words):
    folder = write_photos(tmp_path / "photos", 2)
    assert (
        decode(list_files(folder), Decoding(size=24, fit=fit), root=root)
        .said[0]
        .startswith(f"24x24, {words} (")
    )


def test_many_threads_keep_the_order_of_the_listing(tmp_path, root):
    folder = tmp_path / "levels"
    folder.mkdir()
    for level in range(200):
        add(folder, np.full((20, 20), level, np.uint8), name=f"{level:03}.png")
    turn = threading.Event()
    items = [*list_files(folder).items]

    def late() -> bytes:
        turn.wait(0.2)
        return items[0].path.read_bytes()

    listing = replace(list_files(folder), items=(replace(items[0], read=late), *items[1:]))
    decoded = decode(listing, Decoding(), root=root)
    np.testing.assert_array_equal(decoded.images[:, 0, 0, 0], np.arange(200))
    np.testing.assert_array_equal(decoded.thumbs_MHW[:, 5, 5], np.arange(200))


def test_files_that_cannot_be_read_are_told_apart(tmp_path, root):
    listing = list_files(write_photos(tmp_path / "photos", 3))

    def gone() -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    def refused() -> bytes:
        raise DataError("the archive is damaged there")

    items = (replace(listing.items[0], read=gone), replace(listing.items[1], read=refused), listing.items[2])
    decoded = decode(replace(listing, items=items), Decoding(), root=root)
    assert [str(problem) for problem in decoded.problems] == [
        "000.png: cannot be read: No such file or directory",
        "001.png: cannot be read: the archive is damaged there",
    ]
    assert [problem.kind for problem in decoded.problems] == ["missing", "broken"]


def test_every_window_of_a_video_is_a_row_of_its_item(tmp_path, root):
    pytest.importorskip("av")
    folder = tmp_path / "clips"
    folder.mkdir()
    rng = np.random.default_rng(0)
    videos = [rng.integers(0, 256, (frames, 24, 24, 3), dtype=np.uint8) for frames in (8, 3, 12)]
    for number, frames in enumerate(videos):
        write_video(folder / f"{number}.mkv", frames)
    (folder / "3.mkv").write_bytes(b"")
    (folder / "4.mkv").write_bytes((folder / "2.mkv").read_bytes()[:-9000])
    (folder / "5.mkv").write_bytes(b"no video")
    how = Decoding(size=24, frames=4, sampling="windows")
    for _ in range(2):
        decoded = decode(list_files(folder, kind="clips"), how, root=root)
        assert decoded.images.shape == (6, 3, 4, 24, 24)
        assert decoded.item_R.tolist() == [0, 0, 1, 2, 2, 2]
        assert len(decoded.items) == len(decoded.hashes) == len(decoded.thumbs_MHW) == 3
        expected = videos[2].reshape(3, 4, 24, 24, 3).transpose(0, 4, 1, 2, 3)
        np.testing.assert_array_equal(decoded.images[3:], expected)
        assert decoded.hashes[2] == hashlib.sha256(expected.tobytes()).hexdigest()
        found = [(problem.name, problem.kind) for problem in decoded.problems]
        assert sorted(found) == [
            ("1.mkv", "short"),
            ("3.mkv", "empty"),
            ("4.mkv", "truncated"),
            ("5.mkv", "broken"),
        ]
        told = {problem.name: problem.detail for problem in decoded.problems}
        assert told["1.mkv"] == "has 3 frames, fewer than 4: they are repeated evenly"
        assert decoded.said[-1] == "clips of 4 frames, windows of consecutive ones"


def test_clips_that_differ_in_their_motion_only_have_different_thumbnails(tmp_path, root):
    pytest.importorskip("av")
    folder = tmp_path / "clips"
    folder.mkdir()
    frames = np.zeros((8, 32, 32, 3), np.uint8)
    for time in range(8):
        frames[time, 12:20, 4 * time : 4 * time + 4] = 255
    write_video(folder / "0.mkv", frames)
    write_video(folder / "1.mkv", frames[::-1].copy())
    thumbs = decode(list_files(folder, kind="clips"), Decoding(size=32, frames=8), root=root).thumbs_MHW
    assert np.abs(thumbs[0].astype(int) - thumbs[1]).max() > 200


@pytest.mark.parametrize("fit", ["crop", "letterbox", "stretch"])
def test_a_size_may_be_oblong(tmp_path, root, fit):
    folder = write_photos(tmp_path / "photos", 3, size=(410, 333), suffix="jpg")
    decoded = decode(list_files(folder), Decoding(size=(24, 40), fit=fit), root=root)
    assert decoded.images.shape == (3, 3, 24, 40)
    assert decoded.said[0].startswith("24x40, ")
    for path, image in zip(sorted(folder.iterdir()), decoded.images, strict=True):
        picture = flatten(read_image(path, least=40), "RGB")
        np.testing.assert_array_equal(to_array(fitted(picture, height=24, width=40, how=fit)), image)


def test_a_square_is_the_same_set_however_it_is_asked_for(tmp_path, root):
    listing = list_files(write_photos(tmp_path / "photos", 3))
    side, pair = (decode(listing, Decoding(size=size), root=root) for size in (24, (24, 24)))
    assert side.folder == pair.folder
    assert decode(listing, Decoding(size=(24, 25)), root=root).folder != side.folder
    assert decode(listing, Decoding(size=(25, 24)), root=root).images.shape[2:] == (25, 24)


def test_clips_may_be_oblong(tmp_path, root):
    (tmp_path / "clips").mkdir()
    frames = np.random.default_rng(0).integers(0, 256, (6, 36, 48, 3), dtype=np.uint8)
    write_video(tmp_path / "clips" / "0.mkv", frames)
    listing = list_files(tmp_path / "clips", kind="clips")
    decoded = decode(listing, Decoding(size=(18, 32), frames=6, fit="stretch"), root=root)
    assert decoded.images.shape == (1, 3, 6, 18, 32)


def test_a_photograph_read_by_itself_has_the_pixels_of_the_cache(tmp_path, root):
    folder = write_photos(tmp_path / "photos", 3, size=(410, 333), suffix="jpg")
    decoded = decode(list_files(folder), Decoding(size=64), root=root)
    for path, image in zip(sorted(folder.iterdir()), decoded.images, strict=True):
        picture = flatten(read_image(path, least=64), "RGB")
        np.testing.assert_array_equal(to_array(fitted(picture, height=64, width=64, how="crop")), image)
