import os

import numpy as np
import pytest

from fudemoji.data.cache.maps import is_mapped, map_array, release, row_file


@pytest.fixture
def saved(tmp_path):
    """An array and the file it lies in."""
    array = np.random.default_rng(0).integers(0, 1 << 40, (20, 3, 5))
    np.save(tmp_path / "a.npy", array)
    return array, tmp_path / "a.npy"


def test_a_map_holds_the_array_and_writing_to_it_leaves_the_file_alone(saved):
    array, path = saved
    mapped = map_array(path)
    assert is_mapped(mapped)
    assert is_mapped(mapped[3:5, 1])
    assert not is_mapped(mapped[[1, 2]])
    np.testing.assert_array_equal(mapped, array)
    mapped[0] = 0
    np.testing.assert_array_equal(np.load(path), array)


def test_rows_are_read_from_the_file_of_a_map_and_of_a_part_of_it(saved):
    array, path = saved
    places = np.array([3, 0, 3, 9])
    for source, expected in ((map_array(path), array), (map_array(path)[5:15], array[5:15])):
        rows = row_file(source)
        assert rows is not None
        np.testing.assert_array_equal(rows.take(places), expected[places])
        release(source)
        np.testing.assert_array_equal(source, expected)


def test_what_is_no_map_or_not_whole_rows_has_no_row_file(saved):
    array, path = saved
    assert row_file(array) is None
    assert row_file(map_array(path)[:, 1]) is None
    assert row_file(np.load(path, mmap_mode="c")) is None


def test_a_file_that_became_shorter_is_told_and_not_read_as_zeros(saved):
    rows = row_file(map_array(saved[1]))
    assert rows is not None
    os.truncate(saved[1], 300)
    with pytest.raises(
        OSError, match=r"^row 19 of a decoded set cannot be read: its file has become shorter$"
    ):
        rows.take(np.array([19]))


def test_a_file_of_another_size_than_its_head_says_is_refused(saved):
    os.truncate(saved[1], 400)
    with pytest.raises(ValueError, match=r"a\.npy has not the size that its head says$"):
        map_array(saved[1])
