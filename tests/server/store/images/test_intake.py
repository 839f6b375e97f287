"""Images are looked at and laid on the disk, before any transaction."""

import errno
import io
import os
import re

import pytest
from PIL import Image

from fudemoji.server.store import images
from fudemoji.server.store.blobs import Blobs
from fudemoji.serving.errors import ApiError
from stores import picture


@pytest.fixture
def blobs(tmp_path):
    (tmp_path / "images").mkdir()
    return Blobs(tmp_path / "images")


def look(blobs, content, **limits):
    [kept] = images.keep(blobs, [images.Entry(content)], limits=images.Limits(**limits))
    return kept


def bytes_of(image, kind, **how):
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
def test_an_image_that_can_be_read_lies_on_the_disk(blobs, kind):
    content = picture(size=(30, 20), kind=kind)
    kept = look(blobs, content)
    assert (kept.status, kept.format, kept.width, kept.height) == ("OK", kind, 30, 20)
    assert blobs.read(kept.sha256) == content


def test_a_jpeg_of_a_camera_is_measured_upright(blobs):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    content = bytes_of(Image.new("RGB", (30, 20)), "JPEG", exif=exif)
    kept = look(blobs, content)
    assert (kept.width, kept.height) == (20, 30)


def test_a_jpeg_with_a_second_picture_is_one(blobs):
    content = bytes_of(
        Image.new("RGB", (30, 20)), "MPO", save_all=True, append_images=[Image.new("RGB", (30, 20))]
    )
    kept = look(blobs, content, formats=images.SERVICE_FORMATS)
    assert (kept.status, kept.format) == ("OK", "JPEG")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no image of the kinds that are taken: JPEG, PNG, BMP, GIF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "it is no image of the kinds"),
        (picture(kind="WEBP"), "it is no image of the kinds"),
        (picture(size=(200, 200), kind="JPEG")[:9000], "is cut short|truncated"),
        (picture(size=(200, 200))[:20_000], "truncated"),
        (picture(size=(200, 200))[:20_000] + b"x" + picture(size=(200, 200))[20_001:], "checksum|broken|CRC"),
    ],
)
def test_what_is_no_whole_image_of_the_kinds_taken_is_refused_and_not_kept(blobs, content, message):
    kept = look(blobs, content, formats=images.SERVICE_FORMATS)
    assert kept.status == "ErrorImageFormat"
    assert re.search(message, kept.message), kept.message
    assert list(blobs.every()) == []


@pytest.mark.parametrize(
    ("size", "limits", "status", "message"),
    [
        ((30, 20), {"num_bytes": 100}, "ErrorImageSize", "bytes, at most 100 are taken"),
        ((30, 20), {"side": 29}, "ErrorImageDimensions", "30 x 20 pixels, at most 29 a side are taken"),
        ((30, 20), {"pixels": 599}, "ErrorImageDimensions", "30 x 20 pixels, at most 599 are taken"),
        ((53, 2), {}, "ErrorImageDimensions", "53 x 2 pixels, one side at most 25 times the other"),
        ((2, 53), {}, "ErrorImageDimensions", "2 x 53 pixels, one side at most 25 times the other"),
    ],
)
def test_an_image_beyond_a_limit_is_refused(blobs, size, limits, status, message):
    kept = look(blobs, picture(size=size), **limits)
    assert kept.status == status
    assert message in kept.message
    assert list(blobs.every()) == []


def test_an_image_at_the_limits_is_taken(blobs):
    content = picture(size=(50, 2))
    assert look(blobs, content, num_bytes=len(content), side=50, pixels=100, aspect=25).status == "OK"


def test_a_bomb_is_refused_before_it_is_decoded(blobs):
    content = bytearray(picture(size=(30, 20)))
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    kept = look(blobs, bytes(content), side=100_000)
    assert kept.status in ("ErrorImageDimensions", "ErrorImageFormat")
    assert list(blobs.every()) == []


def test_each_image_has_its_own_outcome_in_the_order_given(blobs):
    given = [images.Entry(picture(number) if number % 3 else b"x", str(number)) for number in range(40)]
    kept = images.keep(blobs, given)
    assert [one.entry.name for one in kept] == [str(number) for number in range(40)]
    assert [one.status == "OK" for one in kept] == [bool(number % 3) for number in range(40)]


def test_a_full_disk_is_told_by_image(blobs, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    kept = look(blobs, picture())
    assert (kept.status, kept.message) == ("ErrorStorage", "the image could not be kept: the disk is full")


@pytest.mark.parametrize(
    ("about", "code", "message"),
    [
        (
            {str(n): "" for n in range(11)},
            "BadRequestImageMetadataKey",
            "keeps 10 facts as metadata; these are 11",
        ),
        (
            {"k" * 129: ""},
            "BadRequestImageMetadataKey",
            "a key of the metadata has 129 characters, at most 128",
        ),
        (
            {"k": "v" * 257},
            "BadRequestImageMetadataValue",
            "a value of the metadata has 257 characters, at most 256",
        ),
        ({"k": "\0"}, "BadRequestImageMetadataValue", "no text"),
    ],
)
def test_metadata_beyond_the_limits_are_refused(blobs, about, code, message):
    with pytest.raises(ApiError, match=message) as caught:
        images.keep(blobs, [images.Entry(picture(), about=about)])
    assert caught.value.code == code
    assert list(blobs.every()) == []
