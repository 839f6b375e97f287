import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from fudemoji.data.duplicates import (
    duplicate_groups,
    exact_groups,
    near_pairs,
    pixel_hashes,
    thumbnails,
)
from fudemoji.data.readers import read_folder
from fudemoji.errors import DataError


def jpeg(picture, quality):
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def resized(picture, scale):
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def shifted(picture, dy, dx):
    pixels = np.asarray(picture)
    padded = np.pad(pixels, 1, mode="edge")
    height, width = pixels.shape
    return Image.fromarray(padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width])


def thumb(picture):
    return np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.BICUBIC))


def groups_of(pictures):
    thumbs = np.stack([thumb(picture) for picture in pictures])
    return duplicate_groups([str(place) for place in range(len(thumbs))], thumbs)


COPIES = {
    "JPEG of quality 40": lambda picture: jpeg(picture, 40),
    "JPEG of quality 90": lambda picture: jpeg(picture, 90),
    "half the size": lambda picture: resized(picture, 0.5),
    "double the size": lambda picture: resized(picture, 2),
    "a pixel to the right": lambda picture: shifted(picture, 0, -1),
    "a pixel up and left": lambda picture: shifted(picture, 1, 1),
}


@pytest.fixture(scope="module")
def photos(shared_data):
    files = sorted(shared_data("hymenoptera").glob("train/*/*.jpg"))[::8]
    return [Image.open(file).convert("L") for file in files]


@pytest.fixture(scope="module")
def glyphs(shared_data):
    data = read_folder(shared_data("kmnist-8k"))
    return data.images[:3000, 0]


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_photographs_are_grouped_with_their_copies_and_nothing_else(photos, copy):
    groups = groups_of([*photos, *(copy(photo) for photo in photos)])
    assert groups.tolist() == [*range(len(photos)), *range(len(photos))]


@pytest.mark.parametrize("kind", [kind for kind in COPIES if kind != "half the size"])
def test_glyphs_are_grouped_with_their_copies_and_with_no_other_glyph(glyphs, kind):
    pictures = [Image.fromarray(glyph) for glyph in glyphs[:300]]
    groups = groups_of([*pictures, *(COPIES[kind](picture) for picture in pictures)])
    found = groups[300:] == np.arange(300)
    assert found.mean() >= 0.98
    assert groups[:300].tolist() == [*range(300)]
    assert (groups[300:][~found] >= 300).all()


def test_no_two_writings_of_a_character_are_called_the_same(glyphs):
    assert not len(near_pairs(thumbnails(glyphs[:, None])))


def test_an_exact_copy_is_grouped_even_where_there_is_nothing_to_see():
    flat = np.full((4, 32, 32), 200, dtype=np.uint8)
    assert duplicate_groups(["a", "b", "a", "c"], flat).tolist() == [0, 1, 0, 3]


def test_pictures_without_contrast_are_no_copies_of_each_other():
    rng = np.random.default_rng(0)
    flat = rng.integers(120, 123, (50, 32, 32), dtype=np.uint8)
    assert not len(near_pairs(flat))


def test_the_same_shape_on_another_brightness_is_another_picture(photos):
    photo = np.asarray(photos[0]).astype(float)
    dark, bright = (Image.fromarray((photo * 0.5 + add).astype(np.uint8)) for add in (0, 120))
    assert groups_of([dark, bright]).tolist() == [0, 1]


def test_many_copies_of_one_picture_are_one_group(photos):
    copies = [jpeg(photos[0], quality) for quality in range(40, 90)]
    assert groups_of([*copies, photos[1]]).tolist() == [0] * 50 + [50]
    assert len(near_pairs(np.stack([thumb(copy) for copy in copies]))) <= 49


def test_exact_and_near_copies_join_into_one_group(photos):
    a, b = thumb(photos[0]), thumb(jpeg(photos[0], 60))
    other = thumb(photos[1])
    groups = duplicate_groups(["x", "o", "y", "x", "y"], np.stack([a, other, b, a, b]))
    assert groups.tolist() == [0, 1, 0, 0, 0]


def test_pairs_beyond_the_first_block_are_found():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(5000, 8, 8)).repeat(4, axis=1).repeat(4, axis=2)
    thumbs = np.clip(128 + 40 * noise, 0, 255).astype(np.uint8)
    thumbs[4990], thumbs[4500] = thumbs[3], thumbs[2500]
    pairs = near_pairs(thumbs)
    assert sorted(zip(pairs.first_P.tolist(), pairs.second_P.tolist(), strict=True)) == [
        (3, 4990),
        (2500, 4500),
    ]
    assert pairs.similarity_P == pytest.approx(1, abs=1e-4)


def test_hashes_are_the_sha256_of_the_pixels():
    images = np.random.default_rng(0).integers(0, 256, (3, 3, 5, 7), dtype=np.uint8)
    assert pixel_hashes(images) == [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
    assert exact_groups(pixel_hashes(images[[0, 1, 0, 2, 1]])).tolist() == [0, 1, 0, 3, 1]


def test_thumbnails_of_clips_differ_where_only_a_small_thing_moves():
    clips = np.full((2, 1, 8, 32, 32), 90, dtype=np.uint8)
    for t in range(8):
        clips[0, 0, t, 12:20, 3 * t : 3 * t + 8] = 250
        clips[1, 0, t, 12:20, 21 - 3 * t : 29 - 3 * t] = 250
    thumbs = thumbnails(clips)
    assert thumbs.shape == (2, 32, 32)
    assert not len(near_pairs(thumbs))


def test_thumbnails_of_two_and_four_channels_show_the_first():
    images = np.random.default_rng(0).integers(0, 256, (2, 2, 32, 32), dtype=np.uint8)
    assert np.array_equal(thumbnails(images), images[:, 0])


def test_what_is_no_thumbnail_is_refused():
    with pytest.raises(DataError, match=r"^2 hashes but 3 thumbnails; expected one each an image$"):
        duplicate_groups(["a", "b"], np.zeros((3, 32, 32), dtype=np.uint8))
    with pytest.raises(
        DataError, match=r"^thumbnails are uint8 \(3, 28, 28\), expected uint8 \(N, 32, 32\)$"
    ):
        near_pairs(np.zeros((3, 28, 28), dtype=np.uint8))


def test_a_set_of_nothing_has_no_groups():
    assert duplicate_groups([], np.zeros((0, 32, 32), dtype=np.uint8)).tolist() == []
