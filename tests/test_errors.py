import pytest

from fudemoji import errors
from fudemoji.errors import FudemojiError, SettingsError, did_you_mean, look_up


@pytest.mark.parametrize(
    ("name", "code"),
    [("SettingsError", 2), ("DataError", 2), ("RunError", 2), ("TrainingFailed", 1), ("Interrupted", 130)],
)
def test_every_error_for_users_is_one_family_and_knows_its_exit_code(name, code):
    error = getattr(errors, name)
    assert issubclass(error, FudemojiError)
    assert error.exit_code == code


def test_the_nearest_name_is_offered_whatever_its_case():
    assert did_you_mean("RESENT34", ["resnet18", "resnet34"]) == " (did you mean 'resnet34'?)"


def test_a_name_far_from_all_others_gets_no_offer():
    assert did_you_mean("xyzzy", ["resnet18", "cnn"]) == ""
    assert did_you_mean("cnn", []) == ""


def test_an_unknown_name_is_told_with_the_nearest_and_all_known_ones():
    with pytest.raises(
        SettingsError,
        match=r"^unknown model 'resent34' \(did you mean 'resnet34'\?\); known: cnn, resnet18, resnet34$",
    ):
        look_up({"resnet34": 1, "resnet18": 2, "cnn": 3}, "resent34", what="model")


def test_an_entry_that_is_none_is_found_all_the_same():
    assert look_up({"a": None}, "a", what="thing") is None
