"""Each kind of file is written here and held against what NumPy makes of the pixels that went into it."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fudemoji.data.decoding.picture import ImageError, fitted, flatten, is_picture, read_image, to_array

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (24, 36, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (24, 36), dtype=np.uint8)


def saved(pixels: np.ndarray | Image.Image, kind: str, **how: object) -> bytes:
    file = io.BytesIO()
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    picture.save(file, kind, **how)
    return file.getvalue()


def smooth(size=(320, 240)) -> Image.Image:
    """Something like a photograph."""
    small = Image.fromarray(RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC)


def read(content: bytes, mode: str = "RGB", *, least: int = 0) -> np.ndarray:
    """Pixels (H, W, C) or (H, W)."""
    return np.asarray(flatten(read_image(content, name="it", least=least), mode))


def on_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., None].astype(float) / 255
    return pixels * share + 255 * (1 - share)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "TGA"])
def test_lossless_files_come_back_as_they_are(kind):
    np.testing.assert_array_equal(read(saved(COLOUR, kind)), COLOUR)
    np.testing.assert_array_equal(read(saved(GREY, kind), "L"), GREY)
    np.testing.assert_array_equal(read(saved(GREY, kind)), np.stack([GREY] * 3, axis=-1))


def test_colour_becomes_grey_by_the_weights_of_bt_601():
    expected = COLOUR @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(read(saved(COLOUR, "PNG"), "L"), expected, atol=0.51)


def test_what_is_transparent_is_white_paper():
    alpha = RNG.integers(0, 256, (24, 36), dtype=np.uint8)
    rgba = np.dstack([COLOUR, alpha])
    np.testing.assert_allclose(read(saved(rgba, "PNG")), on_white(COLOUR, alpha), atol=1.01)
    grey_alpha = Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(alpha)])
    np.testing.assert_allclose(
        read(saved(grey_alpha, "PNG"), "L"), on_white(GREY[..., None], alpha)[..., 0], atol=1.01
    )


def test_a_palette_is_looked_up_and_its_transparent_colour_is_white():
    places = RNG.integers(0, 4, (24, 36), dtype=np.uint8)
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]], dtype=np.uint8)
    picture = Image.frombytes("P", (36, 24), places.tobytes())
    picture.putpalette(colours.tobytes())
    np.testing.assert_array_equal(read(saved(picture, "PNG")), colours[places])
    white = np.where((places == 2)[..., None], 255, colours[places])
    np.testing.assert_array_equal(read(saved(picture, "PNG", transparency=2)), white)
    np.testing.assert_array_equal(read(saved(picture, "GIF")), colours[places])


def test_sixteen_bits_keep_their_eight_highest():
    deep = RNG.integers(0, 65536, (24, 36), dtype=np.uint16)
    np.testing.assert_allclose(read(saved(deep, "PNG"), "L"), deep / 257, atol=1.01)
    np.testing.assert_allclose(read(saved(deep, "TIFF"), "L"), deep / 257, atol=1.01)


def test_floats_of_0_to_1_and_of_0_to_255_are_told_apart():
    np.testing.assert_allclose(read(saved(GREY.astype(np.float32), "TIFF"), "L"), GREY, atol=1)
    np.testing.assert_allclose(read(saved((GREY / 255).astype(np.float32), "TIFF"), "L"), GREY, atol=1)


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_cmyk_is_mixed_as_ink(kind):
    inks = np.zeros((24, 36, 4), dtype=np.uint8) + np.array([200, 30, 90, 60], dtype=np.uint8)
    expected = (255 - inks[..., :3].astype(float)) * (255 - inks[..., 3:]) / 255
    content = saved(Image.frombytes("CMYK", (36, 24), inks.tobytes()), kind)
    np.testing.assert_allclose(read(content), expected, atol=3)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda p: p),
        (2, np.fliplr),
        (3, lambda p: np.rot90(p, 2)),
        (4, np.flipud),
        (5, lambda p: p.transpose(1, 0, 2)),
        (6, lambda p: np.rot90(p, -1)),
        (7, lambda p: np.rot90(p, 2).transpose(1, 0, 2)),
        (8, np.rot90),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_the_camera_s_turn_is_undone(orientation, upright, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = np.asarray(smooth((36, 24)))
    expected = upright(pixels)
    found = read(
        saved(pixels, kind, exif=exif, **({"quality": 98, "subsampling": 0} if kind == "JPEG" else {}))
    )
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).mean() < (4 if kind == "JPEG" else 1e-9)


def test_a_progressive_jpeg_is_the_same_picture_as_a_plain_one():
    picture = smooth()
    plain, progressive = (read(saved(picture, "JPEG", quality=90, progressive=how)) for how in (False, True))
    np.testing.assert_array_equal(plain, progressive)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (36, 24), colour) for colour in ("red", "green", "blue")]
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    found = read(content).astype(int)
    assert np.abs(found - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("size", [16, 40, 64, 90, 128, 224])
@pytest.mark.parametrize("shape", [(500, 375), (375, 500), (1024, 768), (130, 129), (257, 900), (64, 64)])
def test_a_jpeg_is_never_drafted_below_the_size_wanted_and_looks_the_same(size, shape):
    content = saved(smooth(shape), "JPEG", quality=92)
    full, draft = read_image(content), read_image(content, least=size)
    assert min(draft.size) >= min(size, *shape)
    ours, theirs = (
        np.asarray(fitted(picture, height=size, width=size, how="crop"), dtype=float)
        for picture in (draft, full)
    )
    if min(shape) > size:
        error = ((ours - theirs) ** 2).mean()
        assert 10 * np.log10(255**2 / (error + 1e-9)) > 30  # decibels


CUT = [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("GIF", {}), ("WEBP", {}), ("BMP", {}),
       ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("PPM", {}), ("JPEG2000", {})]  # fmt: skip


@pytest.mark.parametrize(("kind", "how"), CUT)
@pytest.mark.parametrize("least", [0, 64])
def test_a_file_that_is_cut_short_is_never_an_image(kind, how, least):
    content = saved(smooth(), kind, **how)
    for length in [*range(1, len(content) - 40, len(content) // 25), len(content) - 40]:
        with pytest.raises(
            ImageError, match=r"^it is (no image that can be read: |cut short|damaged)"
        ) as error:
            read_image(content[:length], name="it", least=least)
        assert error.value.kind in ("truncated", "broken")


def test_a_jpeg_without_its_last_byte_is_cut_short():
    content = saved(smooth(), "JPEG")
    with pytest.raises(
        ImageError, match=r"it is (cut short: its end is missing|no image that can be read: .*trunc)"
    ):
        read_image(content[:-2], name="it")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("JPEG", r"truncated|cut short: its end is missing"),
        ("PNG", r"wrong checksum in the data at byte \d+|broken"),
        ("WEBP", r"cut short: there are zeros in place of its end"),
        ("AVIF", r"cut short: there are zeros in place of its end|no image that can be read"),
    ],
)
def test_zeros_in_place_of_a_file_s_end_are_noticed(kind, message):
    content = saved(smooth(), kind)
    for part in (2, 3, 4):
        length = len(content) * part // 5
        with pytest.raises(ImageError, match=message):
            read_image(content[:length] + bytes(len(content) - length), name="it")


def test_a_flat_jpeg_filled_up_with_zeros_is_cut_short():
    content = saved(Image.new("RGB", (640, 480), "grey"), "JPEG")
    start = content.index(b"\xff\xda") + 40
    with pytest.raises(ImageError, match=r"cut short: its end is missing") as error:
        read_image(content[:start] + bytes(200_000), name="it")
    assert error.value.kind == "truncated"


def test_a_thumbnail_s_end_is_not_taken_for_the_picture_s():
    exif = Image.Exif()
    exif[0x010E] = "\xff\xd9 like a thumbnail"
    content = saved(
        Image.new("RGB", (640, 480), "grey"), "JPEG", exif=exif.tobytes() + saved(smooth(), "JPEG")
    )
    assert read_image(content).size == (640, 480)
    start = content.rindex(b"\xff\xda") + 40
    with pytest.raises(ImageError, match=r"cut short"):
        read_image(content[:start] + bytes(200_000), name="it")


def test_data_behind_a_jpeg_s_end_does_no_harm():
    content = saved(COLOUR, "JPEG")
    np.testing.assert_array_equal(read(content + b"a film in the photograph \xff\xda"), read(content))


def test_a_png_whose_pixels_were_changed_is_damaged():
    content = bytearray(saved(Image.new("L", (64, 64)), "PNG", compress_level=0))
    content[content.index(b"IDAT") + 300] ^= 1
    with pytest.raises(ImageError, match=r"(wrong checksum|broken)") as error:
        read_image(bytes(content), name="it")
    assert error.value.kind == "broken"


@pytest.mark.parametrize("kind", ["EPS", "PCX", "SGI", "PDF"])
def test_kinds_that_are_not_looked_for_are_unknown_whatever_the_file_is_called(kind):
    """Pillow hands PostScript to Ghostscript, which is not for files of strangers."""
    content = saved(Image.new("RGB", (8, 8)), kind)
    with pytest.raises(ImageError, match=r"^a\.png is no image that can be read: it is of no known kind$"):
        read_image(content, name="a.png")
    assert not is_picture(content)


@pytest.mark.parametrize(
    "kind",
    ["PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM", "JPEG2000", "AVIF", "ICO", "TGA"],
)
def test_all_other_kinds_are_read_by_their_content(kind):
    content = saved(Image.new("RGB", (16, 16), (250, 130, 10)), kind)
    assert is_picture(content)
    pixels = np.asarray(read_image(content).convert("RGB"), dtype=int)
    assert np.abs(pixels - [250, 130, 10]).max() < 12


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_001, 60_000])
def test_a_bomb_is_huge_and_not_unpacked(side):
    with pytest.raises(
        ImageError, match=r"^it (has 10001 x 10001 pixels, more than|is too large to be read)"
    ) as error:
        read_image(png_header(side, side), name="it")
    assert error.value.kind == "huge"


def test_an_empty_file_and_one_that_is_no_image_are_told_apart():
    with pytest.raises(ImageError, match=r"^it is no image that can be read: the file is empty$") as error:
        read_image(b"", name="it")
    assert error.value.kind == "empty"
    with pytest.raises(
        ImageError, match=r"^it is no image that can be read: it is of no known kind$"
    ) as error:
        read_image(b"<html>not found</html>", name="it")
    assert error.value.kind == "broken"


def test_letterboxing_keeps_everything_and_stretching_gives_up_the_proportions():
    wide = Image.new("RGB", (80, 40), (200, 10, 60))
    boxed, stretched, cropped = (
        to_array(fitted(wide, height=32, width=32, how=how)) for how in ("letterbox", "stretch", "crop")
    )
    for array in (boxed, stretched, cropped):
        assert array.shape == (3, 32, 32)
        assert (array == np.array([200, 10, 60])[:, None, None]).all()
