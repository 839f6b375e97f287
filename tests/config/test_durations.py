import pytest

from fudemoji.config import Duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", Duration(10, "ep")),
        (10, Duration(10, "ep")),
        (2.5, Duration(2.5, "ep")),
        ("10ep", Duration(10, "ep")),
        (" 0.5 ep ", Duration(0.5, "ep")),
        ("3000st", Duration(3000, "st")),
        ("0st", Duration(0, "st")),
        ("25%", Duration(25, "%")),
        ("100 %", Duration(100, "%")),
        (Duration(3, "st"), Duration(3, "st")),
    ],
)
def test_numbers_and_texts_with_units_become_durations(text, expected):
    assert Duration.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "ep", "-1ep", "1e3st", "10 epochs", "1,5ep", "nan", "inf", True, None, "١٠x", [1]]
)
def test_what_is_no_duration_says_how_to_write_one(text):
    with pytest.raises(
        ValueError, match=r"is no duration; write 10ep \(epochs\), 3000st \(steps\) or 25% \(of the run\)$"
    ):
        Duration.parse(text)


def test_half_a_step_and_more_than_the_run_are_refused():
    with pytest.raises(ValueError, match=r"^'2\.5st' is no whole number of steps$"):
        Duration.parse("2.5st")
    with pytest.raises(ValueError, match=r"^'101%' is more than the whole run$"):
        Duration.parse("101%")


@pytest.mark.parametrize(
    ("text", "steps"), [("3ep", 171), ("0.5ep", 28), ("40st", 40), ("25%", 250), ("0.1%", 1), ("0%", 0)]
)
def test_durations_become_steps(text, steps):
    assert Duration.parse(text).steps(steps_per_epoch=57, total=1000) == steps


def test_durations_become_epochs():
    assert Duration.parse("3ep").epochs(steps_per_epoch=57) == 3
    assert Duration.parse("114st").epochs(steps_per_epoch=57) == 2


@pytest.mark.parametrize("amount", [0, 1, 2.5, 1 / 3, 1e-7, 0.1 + 0.2, 1e9, 99999999.5, 2.0000000001])
@pytest.mark.parametrize("unit", ["ep", "st", "%"])
def test_the_text_of_a_duration_is_read_back_as_the_same(amount, unit):
    if unit == "st":
        amount = int(amount)
    if unit == "%":
        amount %= 100
    duration = Duration(float(amount), unit)
    assert Duration.parse(str(duration)) == duration
