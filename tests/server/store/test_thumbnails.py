"""Small versions of images."""

import errno
import io
import os
import tempfile

import numpy as np
import pytest
from PIL import Image

from fudemoji.data.decoding.picture import ImageError
from fudemoji.server.store.blobs import Blobs
from fudemoji.server.store.thumbnails import SIZES, Thumbnails
from fudemoji.serving.errors import ApiError
from stores import picture


@pytest.fixture
def thumbnails(tmp_path):
    (tmp_path / "images").mkdir()
    return Thumbnails(tmp_path / "thumbnails", Blobs(tmp_path / "images"))


def of(thumbnails, content, size):
    (thumbnails.folder.parent / "images").mkdir(exist_ok=True)
    blobs = Blobs(thumbnails.folder.parent / "images")
    told = thumbnails.of(blobs.put(content), size=size)
    return told, Image.open(io.BytesIO(told.content))


def test_a_large_image_becomes_a_jpeg_of_the_next_size(thumbnails):
    told, drawn = of(thumbnails, picture(size=(800, 400), kind="JPEG"), 200)
    assert (told.media_type, drawn.format, drawn.size) == ("image/jpeg", "JPEG", (256, 128))


def test_a_small_image_is_a_png_pixel_for_pixel(thumbnails):
    content = picture(size=(28, 20))
    told, drawn = of(thumbnails, content, 64)
    assert told.media_type == "image/png"
    assert np.array_equal(np.asarray(drawn.convert("L")), np.asarray(Image.open(io.BytesIO(content))))


def test_a_thumbnail_shows_what_the_image_shows(thumbnails):
    pixels = np.zeros((600, 600), np.uint8)
    pixels[:, 300:] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    _, drawn = of(thumbnails, file.getvalue(), 128)
    levels = np.asarray(drawn.convert("L"))
    assert levels[:, :60].max() < 20
    assert levels[:, 68:].min() > 235


def test_transparent_paper_is_white(thumbnails):
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    _, drawn = of(thumbnails, file.getvalue(), 64)
    assert drawn.getpixel((3, 3)) == (255, 255, 255)


def test_a_size_beyond_the_largest_gets_the_largest(thumbnails):
    _, drawn = of(thumbnails, picture(size=(1200, 60)), 99_999)
    assert drawn.size[0] == SIZES[-1]


def test_it_is_made_once(thumbnails):
    content = picture(size=(300, 300))
    first, _ = of(thumbnails, content, 64)
    [path] = [path for path in thumbnails.folder.rglob("*") if path.is_file()]
    path.write_bytes(b"kept")
    assert of_bytes(thumbnails, content) == b"kept"
    assert first.content != b"kept"


def of_bytes(thumbnails, content):
    blobs = Blobs(thumbnails.folder.parent / "images")
    return thumbnails.of(blobs.put(content), size=64).content


def test_a_full_disk_does_not_keep_it_from_being_shown(thumbnails, monkeypatch):
    blobs = Blobs(thumbnails.folder.parent / "images")
    sha256 = blobs.put(picture(size=(300, 300)))

    def full(**_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert thumbnails.of(sha256, size=64).media_type == "image/jpeg"
    assert list(thumbnails.every()) == []


def test_an_image_that_is_gone_or_damaged_is_told(thumbnails):
    with pytest.raises(ApiError, match="image aaaaaaaaaaaa has been deleted"):
        thumbnails.of("a" * 64, size=64)
    sha256 = Blobs(thumbnails.folder.parent / "images").put(picture(size=(200, 200))[:9000])
    with pytest.raises(ImageError, match="truncated"):
        thumbnails.of(sha256, size=64)


def test_several_are_made_at_once_and_those_that_cannot_be_are_left_out(thumbnails):
    blobs = Blobs(thumbnails.folder.parent / "images")
    good = [blobs.put(picture(seed)) for seed in range(3)]
    damaged = blobs.put(picture(size=(300, 300), kind="JPEG")[:200])
    told = thumbnails.of_all([*good, damaged, "0" * 64], size=64)
    assert list(told) == good
    assert all(Image.open(io.BytesIO(one.content)).size == (28, 28) for one in told.values())


def test_one_that_a_power_cut_left_empty_is_made_again(thumbnails):
    told, _ = of(thumbnails, picture(), 64)
    (path,) = (one for one in thumbnails.folder.rglob("*") if one.is_file())
    path.write_bytes(b"")
    assert of(thumbnails, picture(), 64)[0] == told
    assert path.read_bytes() == told.content
