import json

import pytest
from pydantic import ValidationError

from fudemoji.config import FLAGS, RECIPES, Duration, Settings, resolve, settings_from_json
from fudemoji.config.settings import MODEL_NAMES
from fudemoji.errors import RunError, SettingsError


def test_values_lie_over_the_recipe_and_the_rest_stays():
    before = RECIPES["best"].model_copy(deep=True)
    settings = resolve("best", {"epochs": "3ep", "lr": "0.5", "model": "cnn", "cycle_momentum": False})
    best = RECIPES["best"]
    assert (settings.loop.epochs, settings.optim.lr, settings.model.name) == (Duration(3), 0.5, "cnn")
    assert not settings.schedule.cycle_momentum
    assert settings.augment == best.augment
    assert settings.loop.ema == best.loop.ema
    assert RECIPES["best"] == before


def test_nothing_given_is_the_recipe_itself():
    for name, recipe in RECIPES.items():
        assert resolve(name) == recipe
        assert resolve(name, {"epochs": None}) == recipe


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        resolve().optim.lr = 1.0


def test_texts_from_the_command_line_become_numbers():
    settings = resolve("quick", {"batch_size": "64", "seed": "7", "accumulate": "2", "test_shifts": "1"})
    assert (settings.loop.batch_size, settings.loop.seed) == (64, 7)
    assert resolve("quick", {"batch_size": "auto", "lr": "auto"}).loop.batch_size == "auto"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lr": 0}, r"^lr: 0 is neither a number above 0 nor 'auto'$"),
        ({"lr": "fast"}, r"^lr: 'fast' is neither a number above 0 nor 'auto'$"),
        ({"lr": "nan"}, r"^lr: 'nan' is neither a number above 0 nor 'auto'$"),
        ({"lr": "inf"}, r"^lr: 'inf' is neither a number above 0 nor 'auto'$"),
        ({"batch_size": 0}, r"^batch_size: 0 is neither a number above 0 nor 'auto'$"),
        ({"batch_size": 1.5}, r"^batch_size is 1\.5: input should be a valid integer"),
        ({"batch_size": "all"}, r"^batch_size: 'all' is neither a number above 0 nor 'auto'$"),
        ({"weight_decay": -1}, r"^weight_decay is -1: input should be greater than or equal to 0$"),
        ({"weight_decay": "inf"}, r"^weight_decay is 'inf': input should be a finite number$"),
        ({"momentum": 1}, r"^momentum is 1: input should be less than 1$"),
        ({"epochs": "ten"}, r"^epochs: 'ten' is no duration; write 10ep"),
        ({"warmup": "120%"}, r"^warmup: '120%' is more than the whole run$"),
        ({"opt": "lion"}, r"^opt is 'lion': input should be 'sgd', "),
        ({"sched": "linear"}, r"^sched is 'linear': input should be 'one-cycle', 'cosine' or 'constant'$"),
        ({"valid": 1}, r"^valid is 1: input should be less than 1$"),
        ({"seed": -1}, r"^seed is -1: input should be greater than or equal to 0$"),
        ({"body_lr": 0}, r"^body_lr is 0: input should be greater than 0$"),
        ({"thaw_div": 0.5}, r"^thaw_div is 0\.5: input should be greater than or equal to 1$"),
        ({"mix_share": 1.5}, r"^mix_share is 1\.5: input should be less than or equal to 1$"),
        ({"focal_gamma": 0, "loss": "focal"}, r"^focal_gamma is 0: input should be greater than 0$"),
        ({"effective_beta": 1}, r"^effective_beta is 1: input should be less than 1$"),
        ({"logit_adjust": -1}, r"^logit_adjust is -1: input should be greater than or equal to 0$"),
        ({"compile": "perhaps"}, r"^compile is 'perhaps': input should be a valid boolean"),
        ({"checkpoint_minutes": 0}, r"^checkpoint_minutes is 0: input should be greater than 0$"),
    ],
)
def test_a_value_out_of_range_is_told_by_its_flat_name_and_value(values, message):
    with pytest.raises(SettingsError, match=message):
        resolve("quick", values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"opt": "adagrad", "momentum": 0.9, "cycle_momentum": False}, "momentum has no meaning for opt adagrad"),
        ({"opt": "sgd", "beta2": 0.9}, "beta2 has no meaning for opt sgd"),
        ({"opt": "adagrad", "beta2": 0.9}, "beta2 has no meaning for opt adagrad"),
        ({"opt": "rmsprop", "beta2": 0.9}, "beta2 has no meaning for opt rmsprop"),
        ({"lr_rule": "valley"}, "lr_rule needs lr auto"),
        ({"sched": "cosine", "cycle_momentum": True}, "cycle_momentum needs sched one-cycle, not cosine"),
        ({"sched": "cosine", "momentum_low": 0.8}, "momentum_low needs sched one-cycle, not cosine"),
        ({"sched": "constant", "momentum_high": 0.99}, "momentum_high needs sched one-cycle, not constant"),
        ({"decay": 0.5}, "decay needs sched constant, not one-cycle"),
        ({"sched": "cosine", "decay_every": "2ep"}, "decay_every needs sched constant, not cosine"),
        ({"momentum": 0.8, "cycle_momentum": True},
         "momentum is set by one-cycle; use momentum_low and momentum_high, or no cycle_momentum"),
        ({"momentum_low": 0.97}, "momentum_low 0.97 is above momentum_high 0.95"),
        ({"epochs": "0ep"}, "epochs 0ep is no length of a training; write 10ep or 3000st"),
        ({"epochs": "50%"}, "epochs 50% is no length of a training; write 10ep or 3000st"),
        ({"epochs": 3, "warmup": "4ep"}, "warmup 4ep is longer than epochs 3ep"),
        ({"epochs": "30st", "warmup": "31st"}, "warmup 31st is longer than epochs 30st"),
        ({"epochs": 3, "clean": "4ep"}, "clean 4ep is longer than epochs 3ep"),
        ({"mix_share": 0.5}, "mix_share needs mixup or cutmix"),
        ({"accumulate": 9, "batch_size": 8}, "accumulate 9 is more than batch_size 8"),
        ({"focal_gamma": 1}, "focal_gamma needs loss focal, not cross-entropy"),
        ({"effective_beta": 0.9, "class_weights": "balanced"},
         "effective_beta needs class_weights effective, not balanced"),
        ({"class_weights": "balanced", "sampling": "balanced"},
         "class_weights balanced and sampling balanced make up for the same imbalance twice; choose one"),
        ({"class_weights": "effective", "sampling": "balanced", "logit_adjust": 1},
         "class_weights effective and logit_adjust 1 and sampling balanced make up for the same imbalance twice; "
         "choose one"),
        ({"model": "cnn", "stem": "small"}, "stem is for resnet18, resnet34, resnet50, not for model cnn"),
        ({"model": "resent34"},
         f"unknown model 'resent34' (did you mean 'resnet34'?); known: {', '.join(MODEL_NAMES)}, timm/NAME"),
        ({"pretrained": True, "weights": "a.pth"},
         "pretrained and weights exclude each other: a training starts from one of them"),
        ({"pixels": "weights"}, "pixels weights needs pretrained or weights"),
        ({"thaw_div": 2}, "thaw_div needs freeze"),
        ({"epochs": 3, "freeze": "4ep"}, "freeze 4ep is longer than epochs 3ep"),
    ],
)  # fmt: skip
def test_settings_that_contradict_each_other_say_which_and_why(values, message):
    with pytest.raises(SettingsError) as caught:
        resolve("quick", values)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "values",
    [
        {"momentum": 0.8, "cycle_momentum": False},
        {"sched": "cosine", "momentum": 0.8, "opt": "sgd"},
        {"sched": "constant", "decay": 0.5, "decay_every": "2ep", "warmup": "9ep", "epochs": 3},
        {"lr": "auto", "lr_rule": "valley"},
        {"cutmix": 1, "mix_share": 1},
        {"batch_size": "auto", "accumulate": 4},
        {"model": "resnet18", "stem": "small"},
        {"model": "cnn", "stem": "auto"},
        {"opt": "adam", "beta2": 0.9},
        {"loss": "focal", "focal_gamma": 1, "class_weights": "effective", "effective_beta": 0.99},
        {"loss": "focal", "logit_adjust": 0.5, "mixup": 0.4},
        {"loss": "focal", "sampling": "balanced"},
        {"model": "timm/convnext_nano", "pretrained": True},
        {"weights": "a.pth", "freeze": "100%"},
        {"weights": "a.pth", "freeze": "1ep", "thaw_div": 2, "body_lr": 0.01},
    ],
)
def test_settings_that_go_together_are_taken(values):
    resolve("quick", values)


def test_all_contradictions_are_told_at_once():
    with pytest.raises(SettingsError) as caught:
        resolve("quick", {"model": "cmn", "decay": 0.5, "lr_rule": "valley", "mix_share": 0.1})
    assert str(caught.value).split("; ") == [
        "unknown model 'cmn' (did you mean 'cnn'?)",
        f"known: {', '.join(MODEL_NAMES)}, timm/NAME",
        "lr_rule needs lr auto",
        "decay needs sched constant, not one-cycle",
        "mix_share needs mixup or cutmix",
    ]


def test_all_wrong_values_are_told_at_once():
    with pytest.raises(SettingsError) as caught:
        resolve("quick", {"lr": -1, "epochs": "x", "zoom": 2, "device": 3})
    assert str(caught.value).split("; ") == [
        "lr: -1 is neither a number above 0 nor 'auto'",
        "zoom is 2: input should be less than 1",
        "epochs: 'x' is no duration",
        "write 10ep (epochs), 3000st (steps) or 25% (of the run)",
        "device is 3: input should be a valid string",
    ]


def test_unknown_settings_are_told_together_each_with_the_nearest():
    with pytest.raises(SettingsError) as caught:
        resolve("quick", {"epoch": 3, "batchsize": 3, "xyzzy": 1})
    unknown, known = str(caught.value).split("; known: ")
    assert unknown == (
        "unknown setting 'epoch' (did you mean 'epochs'?); "
        "unknown setting 'batchsize' (did you mean 'batch_size'?); unknown setting 'xyzzy'"
    )
    assert known.split(", ") == sorted(FLAGS)


def test_an_unknown_recipe_is_told_with_the_nearest():
    with pytest.raises(
        SettingsError, match=r"^unknown recipe 'qick' \(did you mean 'quick'\?\); known: article-2019, best"
    ):
        resolve("qick")


def test_the_stem_of_a_recipe_does_not_stand_against_another_model():
    assert RECIPES["article-2019"].model.stem == "standard"
    assert resolve("article-2019", {"model": "cnn"}).model.stem == "auto"
    assert resolve("article-2019", {"model": "resnet18"}).model.stem == "standard"
    with pytest.raises(SettingsError, match="stem is for"):
        resolve("article-2019", {"model": "cnn", "stem": "standard"})


def test_pixels_follow_the_weights_unless_they_are_given():
    assert resolve("quick", {"weights": "a.pth"}).data.pixels == "weights"
    assert resolve("quick", {"pretrained": True, "pixels": "unit"}).data.pixels == "unit"
    assert resolve("fine-tune").data.pixels == "standard"


def test_every_setting_has_a_flag_of_its_own_and_a_description():
    fields = [
        (section, field)
        for section, holder in Settings.model_fields.items()
        if section not in ("recipe", "given")
        for field in holder.annotation.model_fields
    ]
    assert sorted((flag.section, flag.field) for flag in FLAGS.values()) == sorted(fields)
    assert all(len(flag.description) > 10 for flag in FLAGS.values())
    assert FLAGS["cycle_momentum"].is_switch
    assert not FLAGS["lr"].is_switch


def test_settings_survive_the_way_through_json():
    values = {"epochs": "250st", "lr": 0.1 + 0.2, "batch_size": 7, "fonts": ["a.ttf", "b.ttf"], "seed": 2**63 - 1,
              "clean": "33.3%", "mixup": 0.4}  # fmt: skip
    settings = resolve("best", values)
    assert settings_from_json(settings.model_dump_json(), where="x") == settings
    assert json.loads(settings.model_dump_json())["loop"]["epochs"] == "250st"


def test_a_stored_setting_of_another_version_is_told_with_its_place():
    stored = json.loads(resolve().model_dump_json())
    stored["optim"]["colour"] = "red"
    with pytest.raises(
        RunError, match=r"^a/config\.json: optim\.colour is 'red': extra inputs are not permitted$"
    ):
        settings_from_json(json.dumps(stored), where="a/config.json")
