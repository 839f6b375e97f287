import json

import pytest

from fudemoji.config import FLAGS, RECIPES, resolve
from fudemoji.errors import SettingsError
from fudemoji.tuning.ready import FAMILIES, family_of, ready_space
from fudemoji.tuning.space import Choices, Interval, check_space, read_space


def test_choices_intervals_and_logarithms_are_read_by_the_kind_of_the_setting():
    space = read_space(["lr=log:1e-4:0.1 batch_size=32,64", "epochs=5:20", "warmup=10%:40%", "mirror=yes,no"])
    assert space == {
        "lr": Interval("lr", 1e-4, 0.1, log=True),
        "batch_size": Choices("batch_size", ("32", "64")),
        "epochs": Interval("epochs", 5, 20, whole=True, unit="ep"),
        "warmup": Interval("warmup", 10, 40, whole=True, unit="%"),
        "mirror": Choices("mirror", ("yes", "no")),
    }
    assert read_space(["batch-size=log:16:256"])["batch_size"] == Interval(
        "batch_size", 16, 256, log=True, whole=True
    )


def test_a_dimension_reads_back_what_it_says():
    told = "lr=log:0.0001:0.1 epochs=5ep:20ep sched=cosine,constant smoothing=0:0.2"
    space = read_space([told])
    assert " ".join(str(dimension) for dimension in space.values()) == told
    assert read_space(map(str, space.values())) == space


def test_a_value_is_written_so_that_the_command_line_gives_it_back():
    assert Interval("lr", 1e-5, 1, log=True).told(0.000123456789) == "0.0001234568"
    assert Interval("batch_size", 16, 256, whole=True).told(33) == "33"
    assert Interval("warmup", 0, 50, unit="%").told(12.5) == "12.5%"


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_a_file_says_the_same(tmp_path, ending):
    path = tmp_path / f"space.{ending}"
    if ending == "toml":
        path.write_text('lr = "log:1e-4:0.1"\nbatch_size = [32, 64]\nmirror = [true, false]\n')
    else:
        path.write_text(json.dumps({"lr": "log:1e-4:0.1", "batch_size": [32, 64], "mirror": [True, False]}))
    assert read_space([str(path)]) == read_space(["lr=log:1e-4:0.1 batch_size=32,64 mirror=true,false"])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("lrr=1:2", r"^unknown setting 'lrr' in the space \(did you mean 'lr'\?\)$"),
        ("batchsize=32,64", r"did you mean 'batch_size'\?\)$"),
        ("seed=0,1", r"^seed cannot be searched: a seed is no setting to choose by its score$"),
        ("valid=0.1:0.2", r"^valid cannot be searched: all trials are measured on the same images$"),
        ("pretrained=yes,no", r"^pretrained cannot be searched: all trials start from the same weights$"),
        (
            "lr",
            r"^'lr' is no range of a setting; write NAME=A,B,C \(choices\), LOW:HIGH or log:LOW:HIGH, or give",
        ),
        ("lr=0.1", r"^lr=0.1: two different choices or more are needed; to fix it, give its flag$"),
        ("lr=0.1,0.1", r"two different choices or more"),
        ("lr=", r"^lr= is no range; write lr=A,B,C"),
        ("lr=1:2:3", r"^lr=1:2:3 is no range; write lr=A,B,C"),
        ("lr=a:b", r"^lr=a:b is no range: could not convert"),
        ("lr=0.1:0.01", r"^lr=0.1:0.01: the first end must lie below the second$"),
        ("lr=0:inf", r"the first end must lie below the second$"),
        ("smoothing=log:0:0.2", r"^smoothing=log:0:0.2: a logarithmic range starts above 0$"),
        ("batch_size=16.5:32", r"^batch_size=16.5:32: batch_size takes whole numbers only$"),
        ("epochs=5ep:300st", r"^epochs=5ep:300st: both ends must have the same unit$"),
        ("epochs=long:longer", r"^epochs=long:longer is no range: 'long' is no duration"),
        ("sched=cosine:constant", r"^sched=cosine:constant is no range; write sched=A,B,C"),
        ("lr=0.1,0.2 lr=0.1,0.3", r"^lr is in the space twice$"),
        ("space.toml", r"^the space space.toml cannot be read: No such file or directory$"),
    ],
)
def test_what_is_no_range_is_told(entry, message):
    with pytest.raises(SettingsError, match=message):
        read_space([entry])


def test_several_mistakes_are_told_together():
    with pytest.raises(SettingsError, match=r"^unknown setting 'lrr'.*; seed cannot be searched"):
        read_space(["lrr=1:2 seed=0,1"])


def test_a_damaged_file_is_told(tmp_path):
    for name, text, message in [
        ("a.toml", "lr = ", r"a.toml is damaged: "),
        ("a.json", "{", r"a.json is damaged: "),
        ("b.json", "[1]", r"b.json is no table of settings and ranges$"),
    ]:
        (tmp_path / name).write_text(text)
        with pytest.raises(SettingsError, match=message):
            read_space([str(tmp_path / name)])


@pytest.mark.parametrize(
    ("entry", "values", "message"),
    [
        ("lr=-1:1", {}, r"^lr: '-1' is neither a number above 0"),
        ("sched=cosine,steep", {}, r"^sched is 'steep': input should be"),
        ("smoothing=0:1.5", {}, r"^smoothing is '1.5': input should be less than 1$"),
        ("model=mlp,resent", {}, r"^unknown model 'resent'"),
        ("decay=0.5:0.9", {}, r"^decay needs sched constant, not one-cycle$"),
        ("lr=0.1,0.2", {"lr": 0.1}, r"^lr: given and searched as well; leave one of them out$"),
    ],
)
def test_values_are_checked_before_anything_is_trained(entry, values, message):
    with pytest.raises(SettingsError, match=message):
        check_space(read_space([entry]), recipe="quick", values=values)


def test_a_value_that_fits_some_choices_of_the_others_is_allowed():
    check_space(read_space(["sched=one-cycle,constant decay=0.5:0.9"]), recipe="quick", values={})


def test_an_empty_space_is_refused():
    with pytest.raises(SettingsError, match=r"^there is nothing to search; give a range, as `fudemoji tune"):
        check_space({}, recipe="quick", values={})


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("opt", [None, "sgd", "adam", "adagrad", "rmsprop", "adamw"])
def test_every_recipe_with_every_optimiser_has_a_ready_space_that_is_allowed(recipe, opt):
    settings = resolve(recipe, {"opt": opt})
    space = ready_space(settings)
    assert "lr" in space
    check_space(space, recipe=recipe, values={"opt": opt})


def test_each_family_has_models_and_each_range_is_one_of_a_setting():
    models = {"mlp": "mlp", "cnn": "cnn", "fude": "fude-s", "resnet": "resnet18", "clips": "c3d"}
    found = {family: family_of(resolve("quick", {"model": model})) for family, model in models.items()}
    assert found == {family: family for family in models}
    assert family_of(resolve("quick", {"model": "resnet18", "pretrained": True})) == "fine-tune"
    assert {*models, "fine-tune"} == set(FAMILIES)
    assert {name for ranges in FAMILIES.values() for name in ranges} <= set(FLAGS)


def test_what_is_fixed_leaves_the_ready_space():
    settings = resolve("quick", {"model": "mlp"})
    assert set(ready_space(settings)) - set(ready_space(settings, without={"lr", "model"})) == {"lr"}
