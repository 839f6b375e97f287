import pytest

from fudemoji.config import (
    MADE_FOR,
    POLICIES,
    RECIPES,
    Augment,
    describe_augment,
    resolve,
    settings_from_json,
    with_policy,
)
from fudemoji.errors import SettingsError

CHANGES = tuple(POLICIES["photos"])


def changes(settings):
    return {name: getattr(settings.augment, name) for name in CHANGES}


@pytest.mark.parametrize("name", RECIPES)
def test_the_kind_that_a_recipe_was_made_for_gets_the_recipes_own_changes(name):
    recipe = RECIPES[name]
    settled = with_policy(resolve(name), kind=MADE_FOR.get(name, "characters"))
    assert changes(settled) == changes(recipe)
    of_characters = with_policy(resolve(name), kind="characters").augment.policy
    assert of_characters == ("none" if recipe.augment.policy == "none" else "characters")


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("values", [{}, {"rotate": 20}, {"policy": "characters"}])
def test_characters_are_never_mirrored(name, values):
    assert not with_policy(resolve(name, values), kind="characters").augment.mirror


@pytest.mark.parametrize("kind", ["photos", "clips"])
@pytest.mark.parametrize("name", ["quick", "best"])
def test_photos_and_clips_get_the_changes_of_their_policy_and_are_mirrored(name, kind):
    settled = with_policy(resolve(name), kind=kind)
    assert changes(settled) == POLICIES[kind]
    assert settled.augment.policy == kind
    assert settled.augment.mirror


@pytest.mark.parametrize("name", MADE_FOR)
def test_a_recipe_made_for_photos_treats_characters_as_characters(name):
    assert changes(with_policy(resolve(name), kind="characters")) == POLICIES["characters"]


def test_what_the_user_gave_stays_in_every_part():
    values = {"rotate": 8, "mirror": False, "cutout": 0.4}  # the first is the recipe's own number
    settled = with_policy(resolve("quick", values), kind="photos")
    assert changes(settled) == {**POLICIES["photos"], **values}


def test_a_policy_that_was_given_counts_more_than_the_kind_of_the_set():
    assert (
        changes(with_policy(resolve("quick", {"policy": "photos"}), kind="characters")) == POLICIES["photos"]
    )
    unchanged = with_policy(resolve("best", {"policy": "none", "shift": 0.1}), kind="photos").augment
    assert unchanged == Augment(policy="none", shift=0.1)
    as_written = with_policy(resolve("best", {"policy": "characters"}), kind="photos")
    assert changes(as_written) == changes(RECIPES["best"])


@pytest.mark.parametrize("kind", ["characters", "photos", "clips"])
def test_recipes_that_repeat_a_report_change_no_image_unless_told_to(kind):
    for name in ("article-2019", "report-2022-mlp", "report-2022-cnn", "report-2022-resnet34"):
        assert with_policy(resolve(name), kind=kind).augment == Augment(policy="none")
        told = with_policy(resolve(name, {"policy": "photos"}), kind=kind)
        assert changes(told) == POLICIES["photos"]


def test_none_switches_mixing_off_too_unless_it_was_given():
    mixed = resolve("quick", {"policy": "none", "cutmix": 1.0}).augment
    assert mixed.cutmix == 1.0
    assert (
        with_policy(resolve("quick", {"policy": "none", "cutmix": 1.0}), kind="photos").augment.cutmix == 1.0
    )


def test_a_settled_policy_is_stored_and_settles_to_itself():
    settled = with_policy(resolve("quick", {"rotate": 3}), kind="clips")
    stored = settings_from_json(settled.model_dump_json(), where="config.json")
    assert stored == settled
    assert with_policy(stored, kind="clips") == settled
    assert stored.given == ("rotate",)


def test_mirrored_characters_are_refused():
    message = (
        r"^mirror is for photos and clips: a mirrored character is another one, .* choose policy photos$"
    )
    with pytest.raises(SettingsError, match=message):
        with_policy(resolve("quick", {"mirror": True}), kind="characters")
    with pytest.raises(SettingsError, match=message):
        resolve("quick", {"mirror": True, "policy": "characters"})
    assert with_policy(
        resolve("quick", {"mirror": True, "policy": "photos"}), kind="characters"
    ).augment.mirror


def test_an_unknown_policy_is_told_with_those_there_are():
    with pytest.raises(
        SettingsError, match=r"policy is 'faces': input should be 'auto', 'characters', 'photos'"
    ):
        resolve("quick", {"policy": "faces"})


def test_the_policy_is_described_with_all_that_is_on():
    quick = with_policy(resolve("quick"), kind="characters")
    assert describe_augment(quick.augment) == (
        "augmentation characters: rotate 8, zoom 0.1, shear 0.12, shift 0.08"
    )
    clips = with_policy(resolve("quick"), kind="clips")
    assert describe_augment(clips.augment) == (
        "augmentation clips: mirror, light 0.2, rotate 5, zoom 0.1, shift 0.08; --no-mirror where left and right differ"
    )
    assert describe_augment(Augment(policy="none")) == "augmentation none: nothing is changed"


def test_a_model_for_clips_brings_rate_and_batch_size_of_clips_unless_they_are_given():
    clips = RECIPES["clips"]
    found = resolve("quick", {"model": "c3d"})
    assert (found.optim.lr, found.loop.batch_size) == (clips.optim.lr, clips.loop.batch_size)
    assert found.loop.test_shifts == clips.loop.test_shifts
    assert resolve("quick", {"model": "c3d", "lr": 0.01}).optim.lr == 0.01
    assert resolve("quick", {"model": "r3d_18", "opt": "sgd"}).optim.lr == RECIPES["quick"].optim.lr
    assert resolve("clips", {"model": "r3d_18", "batch_size": 4}).loop.batch_size == 4
    assert resolve("quick", {"model": "c3d"}).given == ("model",)
