"""Which recipe a domain means for which images."""

import pytest

from fudemoji.config import RECIPES, resolve
from fudemoji.server.trainings.domains import DOMAINS, GENERAL, Subject, domain, has_weights, plan
from fudemoji.serving.errors import ApiError

SIGNS = Subject(num_images=5000, median_side=28, is_characters=True)
PHOTOS = Subject(num_images=300, median_side=800, is_characters=False)
LARGE = next(one for one in DOMAINS.values() if one.name == "General [A1]")
COMPACT = next(one for one in DOMAINS.values() if one.name == "General (compact)")


def none(model):
    return False


def every(model):
    return True


def test_the_ids_and_names_are_the_services():
    assert {one.name for one in DOMAINS.values() if one.is_compact} == {
        "General (compact)", "General (compact) [S1]", "Food (compact)", "Landmarks (compact)", "Retail (compact)",
    }  # fmt: skip
    assert {one.name for one in DOMAINS.values() if not one.is_compact} == {
        "General", "General [A1]", "General [A2]", "Food", "Landmarks", "Retail",
    }  # fmt: skip
    assert domain(GENERAL.id.upper()) == GENERAL
    with pytest.raises(ApiError, match="there is no domain of this id") as caught:
        domain("x")
    assert (caught.value.status, caught.value.code) == (404, "NotFoundDomain")


@pytest.mark.parametrize("subject", [SIGNS, PHOTOS])
@pytest.mark.parametrize("known", DOMAINS.values(), ids=lambda one: one.name)
@pytest.mark.parametrize("hours", [0, 1, 24])
@pytest.mark.parametrize("weights", [none, every])
def test_every_plan_is_one_that_can_be_trained(subject, known, hours, weights):
    chosen = plan(known, subject, budget_hours=hours, has_weights=weights)
    settings = resolve(chosen.recipe, chosen.values)
    assert settings.data.valid == (0.1 if subject is SIGNS else 0.2)


@pytest.mark.parametrize(
    ("known", "subject", "recipe", "size"),
    [
        (GENERAL, SIGNS, "quick", "auto"),
        (COMPACT, SIGNS, "quick", "auto"),
        (LARGE, SIGNS, "best", "auto"),
        (GENERAL, PHOTOS, "quick", "auto"),
        (COMPACT, PHOTOS, "quick", "auto"),
        (LARGE, PHOTOS, "best", 96),
    ],
)
def test_a_larger_domain_has_a_larger_model_and_larger_photographs(known, subject, recipe, size):
    chosen = plan(known, subject, has_weights=none)
    assert (chosen.recipe, resolve(chosen.recipe, chosen.values).data.size) == (recipe, size)


def test_weights_that_are_there_are_fine_tuned_on_photographs_and_left_alone_for_signs():
    assert plan(GENERAL, PHOTOS, has_weights=every).values["model"] == "resnet18"
    assert plan(LARGE, PHOTOS, has_weights=every).values["model"] == "resnet34"
    assert plan(GENERAL, PHOTOS, has_weights=every).recipe == "fine-tune"
    for known, subject in ((GENERAL, SIGNS), (COMPACT, PHOTOS)):
        assert plan(known, subject, has_weights=every).recipe == "quick"


def test_a_budget_makes_a_training_longer_up_to_four_times_and_never_shorter():
    usual = RECIPES["best"].loop.epochs.amount
    longer = plan(GENERAL, SIGNS, budget_hours=1, has_weights=none)
    assert (longer.recipe, longer.values["epochs"]) == ("best", 4 * usual)
    compact = plan(COMPACT, SIGNS, budget_hours=1, has_weights=none)
    assert (compact.recipe, compact.values["epochs"]) == ("quick", 4 * RECIPES["quick"].loop.epochs.amount)
    many = Subject(num_images=10_000_000, median_side=800, is_characters=False)
    held = plan(GENERAL, many, budget_hours=1, has_weights=none)
    assert (held.recipe, held.values["epochs"]) == ("quick", RECIPES["quick"].loop.epochs.amount)


def test_few_images_are_seen_as_often_as_the_recipes_least_number_of_steps_asks_for():
    few = Subject(num_images=64, median_side=28, is_characters=True)
    recipe = RECIPES["best"].loop
    steps = recipe.least_steps * recipe.batch_size / few.num_images
    assert plan(LARGE, few, budget_hours=1, has_weights=none).values["epochs"] == 4 * steps


def test_weights_are_looked_for_where_trainings_look_for_them(tmp_path, monkeypatch):
    monkeypatch.setenv("FUDEMOJI_DATA", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    assert not has_weights("resnet18")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "resnet18-f37072fd.pth").touch()
    assert has_weights("resnet18")
    assert not has_weights("resnet34")
    (tmp_path / "torch" / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "torch" / "hub" / "checkpoints" / "resnet34-b627a593.pth").touch()
    assert has_weights("resnet34")
