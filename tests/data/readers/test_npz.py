import io
import pickle
import struct
import zipfile

import numpy as np
import pytest

from fudemoji.data.readers import read_npz
from fudemoji.errors import DataError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


class Trap:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def name_of_case(value):
    return value if isinstance(value, str) else ""


def write_npz(path, member="arr_0.npy", content=None, array=None):
    if content is None:
        file = io.BytesIO()
        np.save(file, array)
        content = file.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return path


@pytest.mark.parametrize("array", [IMAGES, np.asfortranarray(IMAGES), IMAGES[:, ::-1]])
def test_an_npz_file_of_any_memory_order_is_read(tmp_path, array):
    np.savez(tmp_path / "a.npz", array)
    found = read_npz(tmp_path / "a.npz", num_dimensions=3)
    assert np.array_equal(found, array)
    assert found.flags.c_contiguous


@pytest.mark.parametrize("kind", ["uint8", "int16", ">i4", "int64"])
def test_npz_labels_of_any_integer_type_become_int64(tmp_path, kind):
    np.savez_compressed(tmp_path / "a.npz", np.array([3, 1, 2], dtype=kind))
    labels = read_npz(tmp_path / "a.npz", num_dimensions=1)
    assert (labels.dtype, labels.tolist()) == (np.int64, [3, 1, 2])


def test_an_npz_that_would_unpickle_is_refused_and_nothing_runs(tmp_path):
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (117 - len(header)) + b"\n"
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickle.dumps(Trap())
    path = write_npz(tmp_path / "a.npz", content=content)
    with pytest.raises(
        DataError,
        match=r"^a\.npz: arr_0 holds Python objects, which only unpickling "
        r"could read, and a "
        "pickle can run any program; save it as uint8 images or integer labels",
    ):
        read_npz(path, num_dimensions=1)


def test_an_npz_without_its_array_says_what_it_holds(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES)
    with pytest.raises(
        DataError,
        match=r"a\.npz: has no array 'arr_0' but images; save it with "
        r"np\.savez_compressed",
    ):
        read_npz(tmp_path / "a.npz", num_dimensions=3)


@pytest.mark.parametrize(
    ("array", "num_dimensions", "message"),
    [
        (
            np.zeros(3, np.uint8),
            3,
            "arr_0 is uint8 3, expected N x height x width; are images and labels swapped",
        ),
        (IMAGES, 1, "arr_0 is uint8 2x3x4, expected N labels; are images and labels swapped"),
        (np.zeros((), np.uint8), 1, "arr_0 is uint8 scalar, expected N labels"),
        (IMAGES / 255, 3, r"images are float64, expected uint8 \(0 to 255\)"),
        (np.zeros(3), 1, "labels are float64, expected whole numbers"),
    ],
)
def test_an_npz_of_another_shape_or_type_is_refused(tmp_path, array, num_dimensions, message):
    with pytest.raises(DataError, match=rf"^a\.npz: {message}"):
        read_npz(write_npz(tmp_path / "a.npz", array=array), num_dimensions=num_dimensions)


def npy(shape, data=b"", version=b"\x01\x00"):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + data


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy("(9, 9, 9)", b"\0" * 7), r"arr_0 says uint8 9x9x9 \(729 bytes\) but 7 bytes follow"),
        (npy("(10**99,)"), "is no whole npz file"),
        (
            npy("(1,)", b"\0", b"\x03\x00"),
            r"arr_0 is of npy version 3\.0, expected 1\.0 or 2\.0; save it "
            r"again",
        ),
        (b"no npy at all", "is no whole npz file"),
        (b"", "is no whole npz file"),
    ],
    ids=name_of_case,
)
def test_a_damaged_array_in_an_npz_says_what_is_wrong(tmp_path, content, message):
    with pytest.raises(DataError, match=rf"^a\.npz: {message}"):
        read_npz(write_npz(tmp_path / "a.npz", content=content), num_dimensions=3)


def test_a_truncated_npz_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", IMAGES)
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-30])
    with pytest.raises(
        DataError,
        match=r"a\.npz: is no whole npz file \(File is not a zip file\); get "
        r"the file again",
    ):
        read_npz(tmp_path / "a.npz", num_dimensions=3)
    with pytest.raises(DataError, match=r"none\.npz is missing"):
        read_npz(tmp_path / "none.npz", num_dimensions=3)


def test_a_flipped_byte_in_an_npz_is_noticed(tmp_path):
    np.savez(tmp_path / "a.npz", IMAGES)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.index(IMAGES.tobytes()) + 5] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz: is no whole npz file \(Bad CRC-32"):
        read_npz(tmp_path / "a.npz", num_dimensions=3)


def test_a_zip_that_claims_more_than_deflate_can_hold_is_refused(tmp_path):
    path = write_npz(tmp_path / "a.npz", content=npy("(8, 8, 8)", b"\0" * 512))
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x01\x02")
    content[start + 24 : start + 28] = struct.pack("<I", 2**31)
    path.write_bytes(content)
    with pytest.raises(
        DataError,
        match=r"a\.npz: arr_0 claims 2147483648 bytes out of \d+, which no zip "
        r"can hold",
    ):
        read_npz(path, num_dimensions=3)
