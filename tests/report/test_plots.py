import numpy as np
import pytest
from PIL import Image

from fudemoji.report.font import can_draw, subset_base64
from fudemoji.report.plots import plot_batch_sizes, plot_lr_curve
from fudemoji.report.svg import Line, line_chart, nice_ticks

RATES = np.geomspace(1e-6, 1, 60)


def has_vermilion(path):
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    return bool(((abs(pixels - [0xB8, 0x32, 0x1A]).sum(axis=-1)) < 12).any())


@pytest.mark.parametrize("recommended", [0.02, None])
def test_the_lr_curve_shows_a_recommendation_only_where_there_is_one(tmp_path, recommended):
    smoothed = 2.3 - RATES**0.3
    path = plot_lr_curve(
        tmp_path / "lr.png",
        rates=RATES.tolist(),
        losses=smoothed.tolist(),
        smoothed=smoothed.tolist(),
        rules={"steepest": 0.01, "minimum/10": 0.03, "valley": None},
        recommended=recommended,
        verdict="a long verdict on お and $x$ that must be wrapped " * 3,
    )
    assert has_vermilion(path) == (recommended is not None)


def test_the_lr_curve_of_a_run_that_diverged_at_once_is_drawn(tmp_path):
    nothing = [float("nan")] * 3
    path = plot_lr_curve(
        tmp_path / "lr.png",
        rates=[1e-3, 1e-2, 1e-1],
        losses=[2.3, float("inf"), float("nan")],
        smoothed=nothing,
        rules={},
        recommended=None,
        verdict="diverged at once",
    )
    assert path.stat().st_size > 1000
    plot_lr_curve(
        path, rates=[], losses=[], smoothed=[], rules={"steepest": 0.1}, recommended=None, verdict="empty"
    )


def test_the_recommended_batch_size_is_marked(tmp_path):
    sizes, speeds = [16, 32, 64], [900.0, 1700.0, 2100.0]
    marked = plot_batch_sizes(tmp_path / "a.png", sizes=sizes, images_per_second=speeds, recommended=32)
    assert has_vermilion(marked)
    plain = plot_batch_sizes(tmp_path / "b.png", sizes=sizes, images_per_second=speeds, recommended=None)
    assert not has_vermilion(plain)


def test_ticks_are_round_and_enclose_the_values():
    flat = ((3.0, 3.0), (0, 0), (0.9, 0.9000000000000001))
    for low, high in ((0, 0.93), (0.9612, 0.9987), (-2, 17), (1e-7, 2e-7), *flat):
        ticks = nice_ticks(low, high)
        assert ticks[0] < ticks[-1]
        assert ticks[0] <= low
        assert ticks[-1] >= high
        assert 2 <= len(ticks) <= 8


def test_a_single_point_is_a_dot_and_no_line():
    ticks = [0.0, 1.0]
    svg = line_chart(
        "A", [Line("a", [(1, 0.5)], "valid")], right=1, y_ticks=ticks, x_label="epoch", say=str, tell=str
    )
    assert "<circle" in svg
    assert "<polyline" not in svg


def test_the_font_subset_holds_what_the_text_needs_and_little_else():
    assert subset_base64("only Latin") == ""
    assert 500 < len(subset_base64("お")) < 5000
    assert can_draw("筆文字 kana")
