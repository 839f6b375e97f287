import gzip
import struct

import numpy as np
import pytest

from fudemoji.data.readers import read_idx, read_npz
from fudemoji.errors import DataError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def name_of_case(value):
    return value if isinstance(value, str) else ""


def with_header(*sizes, kind=8):
    return bytes([0, 0, kind, len(sizes)]) + b"".join(struct.pack(">I", size) for size in sizes)


@pytest.mark.parametrize("name", ["a.gz", "a", "wrongly-named.txt"])
@pytest.mark.parametrize("zipped", [True, False])
def test_an_idx_file_is_read_by_its_content_whatever_its_name(tmp_path, idx_bytes, name, zipped):
    content = idx_bytes(IMAGES)
    (tmp_path / name).write_bytes(gzip.compress(content) if zipped else content)
    assert np.array_equal(read_idx(tmp_path / name, num_dimensions=3), IMAGES)


@pytest.mark.parametrize(
    ("content", "num_dimensions", "message"),
    [
        (b"", 3, "is no idx file: starts with nothing, expected 00 00 08 03"),
        (b"<html>404", 3, "is no idx file: starts with 3c 68 74 6d, expected 00 00 08 03"),
        (
            with_header(1, kind=0x0D) + b"\0" * 4,
            1,
            r"holds float32 \(type byte 0x0d\), expected uint8 "
            r"\(0x08\)",
        ),
        (with_header(2) + b"\0\0", 3, "has 1 dimensions, images have 3; are images and labels swapped"),
        (with_header(1, 1, 1) + b"\0", 1, "has 3 dimensions, labels have 1; are images and labels swapped"),
        (with_header(2, 3, 4)[:9], 3, "ends inside the header; the file is cut off"),
        (with_header(2, 3, 4) + b"\0" * 23, 3, r"should hold 2x3x4 \(24 bytes\) but is 39 bytes long"),
        (with_header(2**32 - 1, 2**32 - 1, 2**32 - 1), 3, "should hold 4294967295x4294967295x4294967295"),
        (with_header(2, 3, 4) + b"\0" * 25, 3, r"more bytes follow the header, expected 24 \(2x3x4\)"),
        (
            gzip.compress(with_header(2, 3, 4) + b"\0" * 23),
            3,
            r"23 bytes follow the header, expected 24 "
            r"\(2x3x4\)",
        ),
        (gzip.compress(with_header(2, 3, 4) + b"\0" * 25), 3, "more bytes follow the header, expected 24"),
        (
            gzip.compress(with_header(2**20, 2**10, 2**10)),
            3,
            r"should hold 1048576x1024x1024 \(\d+ "
            r"bytes\) but cannot unzip to more than",
        ),
        (
            gzip.compress(with_header(2, 3, 4) + bytes(range(24)))[:-12],
            3,
            "the gzip stream is cut off; get the file again",
        ),
        (gzip.compress(with_header(2, 3, 4))[:10] + b"\xff" * 40, 3, "the gzip stream is damaged"),
        (gzip.compress(with_header(1) + b"\1")[:-8] + b"\0" * 8, 1, "cannot be read: CRC check failed"),
    ],
    ids=name_of_case,
)
def test_a_damaged_idx_file_says_what_is_wrong(tmp_path, content, num_dimensions, message):
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(DataError, match=rf"^data:? {message}"):
        read_idx(tmp_path / "data", num_dimensions=num_dimensions)


def test_a_missing_idx_file_is_named(tmp_path):
    with pytest.raises(DataError, match="none is missing"):
        read_idx(tmp_path / "none", num_dimensions=1)


def test_a_gzip_bomb_is_read_no_further_than_its_header_says(tmp_path):
    bomb = gzip.compress(with_header(4) + b"\0" * (64 << 20), compresslevel=1)
    (tmp_path / "bomb").write_bytes(bomb)
    with pytest.raises(DataError, match=r"more bytes follow the header, expected 4 \(4\)"):
        read_idx(tmp_path / "bomb", num_dimensions=1)


def test_both_official_formats_hold_the_same_images_and_labels(shared_data):
    folder = shared_data("kmnist")
    images = read_idx(folder / "t10k-images-idx3-ubyte.gz", num_dimensions=3)
    labels = read_idx(folder / "t10k-labels-idx1-ubyte.gz", num_dimensions=1)
    assert np.array_equal(images, read_npz(folder / "kmnist-test-imgs.npz", num_dimensions=3))
    assert np.array_equal(labels, read_npz(folder / "kmnist-test-labels.npz", num_dimensions=1))
    assert images.shape == (10000, 28, 28)
    assert np.bincount(labels).tolist() == [1000] * 10
    train = read_npz(folder / "kmnist-train-labels.npz", num_dimensions=1)
    assert np.bincount(train).tolist() == [6000] * 10
