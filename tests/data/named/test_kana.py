import numpy as np
import pytest
from PIL import Image

from fudemoji.data.named.characters import KANA
from fudemoji.data.named.fonts import font_of_size, japanese_font, render_glyphs
from fudemoji.data.named.kana import Variation, draw_kana
from fudemoji.errors import DataError

STILL = Variation(
    rotation=0,
    slant=0,
    scale=(1, 1),
    aspect=0,
    shift=0,
    elastic=0,
    weight=(0, 0),
    softness=(0.5, 0.5),
    ink=(1, 1),
    noise=(0, 0),
)


@pytest.fixture(scope="module")
def small():
    return draw_kana(num_train=6, num_test=3)


def test_every_class_has_its_images_in_both_splits(small):
    for split, number in (("train", 6), ("test", 3)):
        assert np.bincount(small.split(split)[1]).tolist() == [number] * 92


def test_it_says_of_itself_that_it_is_synthetic(small):
    assert small.synthetic
    assert small.source == "synthetic: drawn by fudemoji from the font ipaexg.ttf with seed 0"


def test_the_same_seed_draws_the_same_bytes(small):
    assert draw_kana(num_train=6, num_test=3).fingerprint == small.fingerprint


def test_another_seed_draws_other_images(small):
    assert draw_kana(seed=1, num_train=6, num_test=3).fingerprint != small.fingerprint


def test_no_image_is_drawn_twice_and_none_of_test_is_in_train(small):
    assert len({image.tobytes() for image in small.images}) == len(small)


def test_images_are_white_on_black_and_never_leave_much_outside(small):
    border = np.concatenate(
        [small.images[:, 0, [0, -1], :], small.images[:, 0, :, [0, -1]].transpose(1, 0, 2)], 1
    )
    assert small.images.mean() < 64
    assert border.mean() < 24
    assert (small.images.max(axis=(1, 2, 3)) > 150).all()


def test_without_variation_a_glyph_looks_as_pillow_draws_it():
    images = draw_kana(num_train=1, num_test=1, variation=STILL).images[:92, 0]
    for index in (0, 45, 46, 91):
        large = Image.fromarray(render_glyphs(japanese_font(), [KANA[index].glyph], size=112, em=104)[0])
        witness = np.asarray(large.resize((28, 28), Image.Resampling.BOX), dtype=int)
        differences = np.abs(images - witness).mean(axis=(1, 2))
        assert differences.argmin() == index
        assert differences[index] < 5 < np.partition(differences, 1)[1] / 3


def test_further_fonts_are_drawn_as_often_as_the_first(tmp_path):
    copy = tmp_path / "second.ttf"
    copy.write_bytes(japanese_font().read_bytes())
    data = draw_kana(fonts=[copy], num_train=2, num_test=1)
    assert data.source.endswith("from the fonts ipaexg.ttf, second.ttf with seed 0")
    assert len(data) == 92 * 3


def test_a_missing_font_is_an_error(tmp_path):
    with pytest.raises(
        DataError,
        match=r"font file .*none\.ttf is missing; give the path of a \.ttf or "
        r"\.otf file",
    ):
        draw_kana(fonts=[tmp_path / "none.ttf"])


def test_a_file_that_is_no_font_is_an_error(tmp_path):
    (tmp_path / "text.ttf").write_text("no font")
    with pytest.raises(DataError, match=r"text\.ttf is no font \(.*\); give the path"):
        draw_kana(fonts=[tmp_path / "text.ttf"])


def test_a_font_without_japanese_is_an_error():
    matplotlib = pytest.importorskip("matplotlib")
    latin = f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
    with pytest.raises(DataError, match=r"DejaVuSans\.ttf has no glyph for U\+3042 あ; give a Japanese font"):
        draw_kana(fonts=[latin])


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"num_train": 0}, {"num_test": 0}])
def test_numbers_out_of_range_are_errors(wrong):
    with pytest.raises(DataError, match=r"kana: seed .* per class; expected 0 or more and 1 or more"):
        draw_kana(**wrong)


def test_a_machine_without_the_font_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    japanese_font.cache_clear()
    try:
        with pytest.raises(
            DataError,
            match=r"no Japanese font is installed; get one with `pip install "
            r"matplotlib-fontja`",
        ):
            japanese_font()
    finally:
        japanese_font.cache_clear()


def test_the_font_has_the_size_asked_for():
    assert font_of_size(japanese_font(), 20).size == 20
