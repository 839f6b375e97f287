import numpy as np
import pytest

from fudemoji.server.exploring.alike import forms, nearest, seen, unit


def test_neighbours_are_those_that_a_search_of_all_pairs_finds():
    rng = np.random.default_rng(0)
    rows_ND = rng.random((60, 9), dtype=np.float32)
    correlation_NN = np.corrcoef(rows_ND)  # numpy's own
    unit_ND = unit(rows_ND, centred=True)
    for place in (0, 17, 59):
        expected = [one for one in np.argsort(-correlation_NN[place], kind="stable") if one != place][:7]
        found = nearest(unit_ND @ unit_ND[place], but=place, take=7)
        assert [one for one, _ in found] == expected
        assert [likeness for _, likeness in found] == pytest.approx(correlation_NN[place, expected], abs=1e-5)
    assert len(nearest(unit_ND @ unit_ND[0], but=0, take=100)) == 59
    assert nearest(np.ones(1, np.float32), but=0, take=5) == []


def test_groups_that_are_far_apart_are_found_with_the_most_typical_first():
    rng = np.random.default_rng(1)
    centres = np.eye(4, 12, dtype=np.float32)
    sizes = (50, 30, 20, 10)
    labels = np.repeat(np.arange(4), sizes)
    order = rng.permutation(len(labels))
    rows_ND = unit((centres[labels] + 0.05 * rng.standard_normal((110, 12)))[order], centred=False)
    found = forms(rows_ND, count=4)
    assert [len(form.places) for form in found] == list(sizes)
    for number, form in enumerate(found):
        assert set(labels[order][form.places]) == {number}
        distance = np.linalg.norm(
            rows_ND[form.places] - unit(rows_ND[form.places].mean(0)[None], centred=False), axis=1
        )
        assert (np.diff(distance) > -1e-4).all()


def test_fewer_images_than_groups_and_images_that_are_all_the_same_are_grouped_too():
    same = unit(np.ones((5, 3), np.float32), centred=False)
    assert sum(len(form.places) for form in forms(same, count=3)) == 5
    assert [form.places.tolist() for form in forms(same[:1], count=6)] == [[0]]
    assert forms(same[:0], count=2) == []


@pytest.mark.parametrize(
    ("shape", "size"), [((2, 1, 28, 28), 196), ((2, 3, 64, 64), 256), ((2, 1, 9, 12), 108)]
)
def test_images_are_compared_as_means_of_squares(shape, size):
    images_NCHW = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    small_ND = seen(images_NCHW)
    assert small_ND.shape == (shape[0], size)
    assert small_ND.mean() == pytest.approx(images_NCHW.mean(), abs=2)
    factor = max(1, min(shape[2:]) // 14)
    assert small_ND[0, 0] == int(images_NCHW[0, :, :factor, :factor].mean())
