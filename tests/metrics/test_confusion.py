import numpy as np
import pytest

from fudemoji.errors import DataError
from fudemoji.metrics import ConfusedPair, confusion, most_confused


def test_the_most_confused_pairs_come_by_count_and_ties_by_class():
    matrix = np.array([[50, 3, 0], [3, 40, 7], [0, 3, 44]])
    found = most_confused(matrix, count=3)
    assert found == [ConfusedPair(1, 2, 7), ConfusedPair(0, 1, 3), ConfusedPair(1, 0, 3)]
    assert most_confused(np.eye(3, dtype=np.int64), count=3) == []


def test_what_cannot_be_counted_is_told_in_one_line():
    none = np.zeros(0, dtype=np.int64)
    with pytest.raises(DataError, match=r"^3 predictions but 2 labels$"):
        confusion(np.zeros(3, dtype=np.int64), np.zeros(2, dtype=np.int64), num_classes=2)
    with pytest.raises(DataError, match=r"^no predictions to count$"):
        confusion(none, none, num_classes=2)
    with pytest.raises(DataError, match=r"labels run from 0 to 2, but there are 2 classes \(0 to 1\)"):
        confusion(np.array([0, 1]), np.array([0, 2]), num_classes=2)
    with pytest.raises(DataError, match="predictions run from -1 to 1, but there are 2 classes"):
        confusion(np.array([-1, 1]), np.array([0, 1]), num_classes=2)
