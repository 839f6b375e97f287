import numpy as np
import pytest

from fudemoji.errors import DataError
from fudemoji.metrics import Logits, LogitsKeeper, logits


def test_all_logits_of_a_small_split_are_kept():
    rng = np.random.default_rng(0)
    given, labels = rng.normal(size=(25, 3)).astype(np.float32), rng.integers(0, 3, 25)
    keeper = LogitsKeeper("valid", labels, num_classes=3)
    for start in range(0, 25, 7):
        keeper.add(start, given[start : start + 7])
    kept = keeper.logits
    assert (kept.logits_MK == given).all()
    assert (kept.labels == labels).all()
    assert (kept.num_images, len(kept), kept.is_multi_label) == (25, 25, False)


def test_of_very_many_values_an_even_choice_is_kept(monkeypatch):
    monkeypatch.setattr(logits, "_MOST_VALUES", 30)
    given, labels = np.arange(300, dtype=np.float32).reshape(100, 3), np.arange(100)
    keeper = LogitsKeeper("valid", labels, num_classes=3)
    for start in range(0, 100, 16):
        keeper.add(start, given[start : start + 16])
    kept = keeper.logits
    assert (len(kept), kept.num_images) == (10, 100)
    assert (kept.logits_MK == given[kept.labels]).all()
    assert kept.labels.tolist() == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]


def test_logits_and_labels_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"^logits of test are \(2, 3\), their labels \(3,\)$"):
        Logits("test", 3, np.zeros(3, np.int64), np.zeros((2, 3), np.float32))
