"""Decode once."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from fudemoji.data.cache import Decoding, decode
from fudemoji.data.listing import Item, Listing
from fudemoji.data.sets import LabelClass


def write_photos(folder: Path, num: int, *, size=(40, 30), mode="RGB", suffix="png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(num):
        shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(folder / f"{number:03}.{suffix}")
    return folder


def list_files(folder: Path, *, kind="photos") -> Listing:
    items = []
    for path in sorted(folder.iterdir()):
        facts = path.stat()
        items.append(
            Item(path.name, (0,), path.read_bytes, stamp=(facts.st_size, facts.st_mtime_ns), path=path)
        )
    return Listing(folder.name, str(folder), kind, (LabelClass("a"),), tuple(items))


def test_images_become_one_mapped_array_at_the_size_asked_for(tmp_path):
    folder = write_photos(tmp_path / "photos", 5)
    decoded = decode(list_files(folder), Decoding(size=16, fit="stretch"), root=tmp_path / "cache")
    assert decoded.images.shape == (5, 3, 16, 16)
    for path, image, digest in zip(sorted(folder.iterdir()), decoded.images, decoded.hashes, strict=True):
        with Image.open(path) as picture:
            small = np.asarray(picture.resize((16, 16), Image.Resampling.BICUBIC))
        np.testing.assert_array_equal(image, small.transpose(2, 0, 1))
        assert digest == hashlib.sha256(small.transpose(2, 0, 1).tobytes()).hexdigest()
    assert decoded.said == ("16x16, stretched (proportions given up)", "RGB")
    assert decoded.item_R.tolist() == [0, 1, 2, 3, 4]


def no_reading(listing: Listing) -> Listing:
    def read() -> bytes:
        raise AssertionError("a file was read")

    items = tuple(Item(i.name, i.labels, read, i.split, i.stamp, i.path) for i in listing.items)
    return Listing(listing.name, listing.source, listing.kind, listing.classes, items)


def test_the_second_time_no_file_is_read(tmp_path):
    listing = list_files(write_photos(tmp_path / "photos", 5))
    first = decode(listing, Decoding(), root=tmp_path / "cache")
    second = decode(no_reading(listing), Decoding(), root=tmp_path / "cache")
    np.testing.assert_array_equal(first.images, second.images)
    assert (first.digest, first.hashes, first.said) == (second.digest, second.hashes, second.said)
