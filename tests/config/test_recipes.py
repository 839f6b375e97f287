import pytest

from fudemoji.config import FLAGS, RECIPES, resolve, settings_from_json
from fudemoji.config.checking import contradictions
from fudemoji.config.settings import MODEL_NAMES


def test_the_recipes_that_are_promised_are_there():
    assert {
        "quick",
        "best",
        "article-2019",
        "report-2022-mlp",
        "report-2022-cnn",
        "report-2022-resnet34",
        "fine-tune",
        "fine-tune-plain",
        "cats-dogs",
    } <= set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_complete_free_of_contradictions_and_storable(name):
    recipe = RECIPES[name]
    assert recipe.recipe == name
    assert recipe.model.name in MODEL_NAMES
    assert contradictions(recipe, set()) == []
    assert settings_from_json(recipe.model_dump_json(), where=name) == recipe
    stored = recipe.model_dump(mode="json")
    assert all(flag.field in stored[flag.section] for flag in FLAGS.values())


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("model", MODEL_NAMES)
def test_every_recipe_goes_with_every_model(name, model):
    assert resolve(name, {"model": model}).model.name == model


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_can_be_shortened_to_one_epoch(name):
    assert str(resolve(name, {"epochs": 1}).loop.epochs) == "1ep"


def test_the_old_recipes_are_those_of_the_article_and_the_report():
    article = RECIPES["article-2019"]
    assert (article.model.name, article.optim.lr_rule, article.loop.batch_size) == (
        "resnet34",
        "minimum/10",
        128,
    )
    assert (article.optim.lr, article.schedule.sched) == ("auto", "one-cycle")
    for name, epochs in (("mlp", 20), ("cnn", 5), ("resnet34", 5)):
        report = RECIPES[f"report-2022-{name}"]
        assert (report.model.name, report.loop.epochs.amount, report.loop.batch_size) == (name, epochs, 32)
        assert (report.schedule.sched, report.data.pixels) == ("constant", "unit")


def test_epochs_that_are_given_are_meant_however_small_the_set():
    assert resolve("quick").loop.least_steps == 300
    assert resolve("quick", {"epochs": 9}).loop.least_steps == 0
    assert resolve("quick", {"epochs": 9, "least_steps": 50}).loop.least_steps == 50
