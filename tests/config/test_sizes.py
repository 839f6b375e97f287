import pytest

from fudemoji.config import resolve
from fudemoji.config.sizes import parse_size
from fudemoji.errors import SettingsError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (64, 64),
        ("64", 64),
        ("64x64", 64),
        ("64x96", (64, 96)),
        ("64 × 96", (64, 96)),
        ((8, 1024), (8, 1024)),
        ([20, 10], (20, 10)),
        ("auto", "auto"),
    ],
)
def test_a_size_is_a_side_or_height_and_width(value, expected):
    assert parse_size(value) == expected
    settings = resolve("quick", {"size": value})
    assert settings.data.size == expected
    assert type(settings).model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    "value", [7, 1025, "64x7", "2000x64", "64x", "x64", "64x64x3", "big", "", 6.5, (8,), (8, 8.5), "-64"]
)
def test_what_is_no_size_is_told(value):
    with pytest.raises(
        SettingsError, match=r"size: .* is neither a side of 8 to 1024 pixels, nor height x width"
    ):
        resolve("quick", {"size": value})
