from fudemoji.cli.curves import Curve, draw_curves, smooth


def drawn(*curves, **values):
    given = {"width": 12, "height": 2, "right": 1.0, **values}
    return draw_curves(curves, **given).plain.splitlines()


def test_a_falling_line_is_drawn_dot_by_dot():
    # 8 columns and 2 rows hold 16 x 8 dots: two steps to the right, one down
    lines = drawn(Curve("loss", [(0.0, 1.0), (1.0, 0.0)], "red"), from_zero=True)
    assert lines[0] == "      1 ⠉⠒⠤⣀    "
    assert lines[1] == "      0     ⠉⠒⠤⣀"
    assert lines[2] == "        0      1"


def test_a_later_curve_lies_over_an_earlier_one():
    points = [(0.0, 0.0), (1.0, 1.0)]
    text = draw_curves([Curve("a", points, "red"), Curve("b", points, "blue")], width=12, height=2, right=1.0)
    assert {str(span.style) for span in text.spans} == {"blue", "dim"}


def test_shares_are_told_in_per_cent():
    lines = drawn(Curve("accuracy", [(0.0, 0.9), (1.0, 1.0)], "red"), shares=True)
    assert lines[0].startswith("  100 % ")
    assert lines[1].startswith("   90 % ")


def test_a_terminal_without_braille_gets_stars():
    lines = drawn(Curve("loss", [(0.0, 1.0), (1.0, 1.0)], "red"), ascii_only=True)
    assert "\n".join(lines).isascii()
    assert sum(line.count("*") for line in lines) == 8


def test_no_points_are_no_lines():
    assert drawn(Curve("loss", [], "red")) == []


def test_smoothing_keeps_few_points_and_averages_many():
    few = [(0.0, 1.0), (1.0, 3.0)]
    assert smooth(few) == few
    many = [(float(x), float(x % 2)) for x in range(300)]
    assert all(0.25 < y < 0.75 for _, y in smooth(many)[3:-3])
