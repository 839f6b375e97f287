import numpy as np

from fudemoji.data.film import film


def test_a_film_shows_the_first_the_last_and_two_frames_between_like_a_page():
    clip_CTHW = np.zeros((3, 16, 6, 8), np.uint8) + np.arange(16, dtype=np.uint8)[:, None, None]
    picture_CHW = film(clip_CTHW)
    assert picture_CHW.shape == (3, 12, 16)
    corners = picture_CHW[0, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.tolist() == [0, 5, 10, 15]


def test_a_film_of_large_frames_is_no_larger_than_one_of_them():
    clip_CTHW = np.random.default_rng(0).integers(0, 256, (1, 5, 50, 61), dtype=np.uint8)
    picture_CHW = film(clip_CTHW)
    assert picture_CHW.shape == (1, 50, 60)
    cell = clip_CTHW[0, 0, :2, :2].astype(int).sum() / 4
    assert picture_CHW[0, 0, 0] == int(cell + 0.5)


def test_a_film_of_one_frame_shows_it_four_times():
    picture_CHW = film(np.full((1, 1, 4, 4), 9, np.uint8))
    assert picture_CHW.shape == (1, 8, 8)
    assert (picture_CHW == 9).all()
