import math

import numpy as np
import pytest
from scipy import stats

from fudemoji.errors import DataError
from fudemoji.metrics import wilson_interval, wilson_intervals


def test_the_wilson_interval_solves_its_own_equation_and_stays_inside_0_and_1():
    for hits, images in ((1977, 2000), (3, 7)):
        for bound in wilson_interval(hits, images):
            deviation = math.sqrt(bound * (1 - bound) / images)
            assert abs(hits / images - bound) == pytest.approx(1.959964 * deviation)
    assert wilson_interval(10, 10)[1] == 1.0
    assert wilson_interval(0, 10)[0] == 0.0
    assert 0.69 < wilson_interval(10, 10)[0] < 0.73


def test_the_wilson_interval_is_scipys():
    for hits, images in ((0, 1), (1, 1), (0, 30), (7, 30), (30, 30), (9_885, 10_000)):
        low, high = stats.binomtest(hits, images).proportion_ci(0.95, method="wilson")
        assert wilson_interval(hits, images) == pytest.approx(
            (low, high), abs=1e-7
        )  # z has seven digits here


def test_many_intervals_at_once_are_those_of_each():
    hits, images = np.array([0, 3, 5, 0]), np.array([4, 4, 5, 0])
    found = wilson_intervals(hits, images)
    for row in range(3):
        assert tuple(found[row]) == wilson_interval(hits[row], images[row])
    assert found[3].tolist() == [0.0, 1.0]


def test_a_share_of_nothing_has_no_interval():
    with pytest.raises(DataError, match="no images to take a share of"):
        wilson_interval(0, 0)
