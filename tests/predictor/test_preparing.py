"""Images from anywhere as pixels, many at a time."""

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from builders import write_video
from fudemoji.data.background import background
from fudemoji.data.decoding.picture import ImageError
from fudemoji.errors import DataError
from fudemoji.predictor.preparing import Preparation
from signs import png, sign

IMAGES = Preparation(
    height=12, width=12, channels=1, fit=None, frames=0, sampling="uniform", strange_ground=1
)
CLIPS = Preparation(height=8, width=8, channels=1, fit="crop", frames=4, sampling="windows", strange_ground=0)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_each_image_is_inverted_or_not_by_its_own_ground():
    signs = [255 - sign(glyph) if place % 3 else sign(glyph) for place, glyph in enumerate("一丨口十口")]
    prepared = IMAGES.prepare(signs)
    grounds = [background(image[None, None])[0] for image in signs]
    assert (
        prepared.inverted_M.tolist()
        == [ground == 1 for ground in grounds]
        == [False, True, True, False, True]
    )
    for found, glyph in zip(prepared.pixels[:, 0], "一丨口十口", strict=True):
        np.testing.assert_array_equal(found, sign(glyph))


@pytest.mark.parametrize("invert", [False, True])
def test_what_is_asked_for_is_done_to_all(invert):
    prepared = IMAGES.prepare([sign("口"), 255 - sign("口")], invert=invert)
    assert prepared.inverted_M.tolist() == [invert, invert]
    assert (prepared.pixels[0] == (255 - sign("口") if invert else sign("口"))).all()


def test_the_array_that_was_given_is_left_as_it_was():
    image = 255 - sign("口")
    IMAGES.prepare([image])
    IMAGES.prepare([image], invert=True)
    np.testing.assert_array_equal(image, 255 - sign("口"))


def test_threads_change_neither_the_pixels_nor_their_order():
    sources = [png(noise(20, 30, 3, seed=seed)) for seed in range(40)]
    sources[7], sources[33] = b"", b"no image"
    alone, together = IMAGES.prepare(sources), IMAGES.prepare(sources, threads=3)
    np.testing.assert_array_equal(alone.pixels, together.pixels)
    assert list(alone.refused) == list(together.refused) == [7, 33]
    assert [type(error) for error in together.refused.values()] == [ImageError, ImageError]


def test_nothing_and_nothing_readable_have_no_pixels():
    assert IMAGES.prepare([]).pixels is None
    prepared = IMAGES.prepare([b""])
    assert (prepared.pixels, list(prepared.refused), len(prepared.rows_M)) == (None, [0], 0)


def test_an_array_of_the_right_size_is_taken_as_it_is_and_another_goes_through_pillow():
    colour = Preparation(
        height=12, width=10, channels=3, fit=None, frames=0, sampling="uniform", strange_ground=0
    )
    array = noise(12, 10, 3)
    np.testing.assert_array_equal(colour.prepare([array]).pixels[0], array.transpose(2, 0, 1))
    grey = colour.prepare([array[:, :, 0]]).pixels[0]
    np.testing.assert_array_equal(grey, np.stack([array[:, :, 0]] * 3))
    small = np.asarray(Image.fromarray(noise(24, 20, 3)).resize((10, 12), Image.Resampling.LANCZOS))
    found = colour.prepare([noise(24, 20, 3)]).pixels[0]
    np.testing.assert_allclose(found, small.transpose(2, 0, 1), atol=1)


@pytest.mark.parametrize("where", ["exif", "xmp", "profile"])
def test_a_png_is_turned_by_whatever_says_so(where):
    exif, info, kept = Image.Exif(), PngImagePlugin.PngInfo(), {}
    exif[0x0112] = 6
    if where == "exif":
        kept = {"exif": exif}
    elif where == "xmp":
        info.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>')
    else:
        content = exif.tobytes()
        info.add_text("Raw profile type exif", f"\nexif\n{len(content):8}\n{content.hex()}\n")
    file = io.BytesIO()
    lying = Image.fromarray(sign("一")).transpose(Image.Transpose.ROTATE_90)
    lying.save(file, "PNG", pnginfo=info, **kept)
    np.testing.assert_array_equal(IMAGES.prepare([file.getvalue()]).pixels[0, 0], sign("一"))


def test_a_file_longer_than_is_read_is_told(tmp_path):
    with (tmp_path / "long.png").open("wb") as file:
        file.truncate(2**28 + 1)  # takes no room on the disk
    error = IMAGES.prepare([tmp_path / "long.png"]).refused[0]
    assert str(error) == f"{tmp_path}/long.png is 268,435,457 bytes long; 268,435,456 at most are read"
    assert error.kind == "huge"


def test_an_image_too_large_for_the_memory_harms_no_other(monkeypatch):
    whole = Image.Image.convert

    def convert(self, *arguments, **how):
        if self.size == (13, 13):
            raise MemoryError
        return whole(self, *arguments, **how)

    monkeypatch.setattr(Image.Image, "convert", convert)
    prepared = IMAGES.prepare([noise(13, 13, 3), sign("口")])
    assert str(prepared.refused[0]) == "the image is too large for the memory that is left"
    assert len(prepared.pixels) == 1


# --- clips -----------------------------------------------------------------------------------------------------


def test_windows_of_videos_are_rows_and_bytes_are_as_good_as_a_path(tmp_path):
    pytest.importorskip("av")
    short = write_video(tmp_path / "short.mkv", noise(5, 8, 8, 3))
    long = write_video(tmp_path / "long.mkv", noise(9, 8, 8, 3, seed=1))
    prepared = CLIPS.prepare([short, long, short.read_bytes()])
    assert prepared.pixels.shape == (4, 1, 4, 8, 8)
    assert prepared.rows_M.tolist() == [1, 2, 1]
    np.testing.assert_array_equal(prepared.pixels[0], prepared.pixels[3])
    inverted = CLIPS.prepare([long], invert=True)
    np.testing.assert_array_equal(inverted.pixels, 255 - prepared.pixels[1:3])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (png(sign("口")), "it is an image, but the model reads clips of 4 frames; give a video file"),
        ("a.png", "a.png is an image, but the model reads clips of 4 frames; give a video file"),
        (Image.fromarray(sign("口")), "the model reads clips, not an image; give a video file or an array of frames"),
        (b"", "the video is an empty file"),
    ],
)  # fmt: skip
def test_what_is_no_video_is_told(source, message):
    pytest.importorskip("av")
    error = CLIPS.prepare([source]).refused[0]
    assert isinstance(error, DataError)
    assert str(error) == message
