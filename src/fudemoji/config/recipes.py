"""Named, complete sets of settings, and how a user's own values lie over them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from fudemoji.config.checking import check
from fudemoji.config.durations import Duration
from fudemoji.config.policies import POLICIES
from fudemoji.config.settings import (
    CLIP_MODEL_NAMES,
    FLAGS,
    NO_MIRROR,
    Augment,
    LoopSettings,
    ModelSettings,
    OptimSettings,
    ScheduleSettings,
    Settings,
)
from fudemoji.config.settings import DataSettings as Data
from fudemoji.errors import SettingsError, did_you_mean, look_up

__all__ = ["MADE_FOR", "RECIPES", "resolve", "with_policy"]

# Decoupled decay (adamw) is per unit of rate; coupled decay acts through momentum and wants far less.
_USUAL_DECAY = {"adamw": 0.05, "sgd": 5e-4, "rmsprop": 5e-4, "adam": 0.0, "adagrad": 0.0}

# The kind of images that a recipe's own augmentation was chosen for, where that is not characters.
MADE_FOR = {"cats-dogs": "photos", "clips": "clips", "fine-tune": "photos", "fine-tune-plain": "photos"}

# A network for clips is wide, and a clip is many images.
_FOR_CLIPS = {"lr": 3e-4, "batch_size": 16, "test_shifts": 0}

_CONSTANT = ScheduleSettings(sched="constant", warmup=Duration(0, "ep"), cycle_momentum=False)


def _report_2022(model: str, *, opt: str, lr: float, epochs: int, stem: str = "auto") -> Settings:
    """The 2022 report's common ground: pixels in 0..1, batch 32, a constant rate and no augmentation."""
    return Settings(
        recipe=f"report-2022-{model}",
        data=Data(pixels="unit"),
        model=ModelSettings(name=model, stem=stem),
        optim=OptimSettings(opt=opt, lr=lr, weight_decay=0.0, beta2=0.999),
        schedule=_CONSTANT,
        augment=Augment(policy="none"),
        loop=LoopSettings(epochs=Duration(epochs), batch_size=32, smoothing=0.0),
    )


_STEADY_CYCLE = ScheduleSettings(sched="one-cycle", cycle_momentum=False)
_FAST_ADAMW = OptimSettings(opt="adamw", lr=0.02, weight_decay=0.05, momentum=0.9, beta2=0.99)

# fastai's fine_tune (https://docs.fast.ai/callback.schedule.html): an epoch for the head alone, rising to the rate;
# then all at half the rate and less, first layers at a hundredth of the head's, in one cycle that starts at a fifth
_FINE_TUNE = Settings(
    recipe="fine-tune",
    model=ModelSettings(name="resnet18"),
    optim=OptimSettings(opt="adamw", lr=2e-3, weight_decay=0.01, body_lr=0.01),
    schedule=ScheduleSettings(warmup=Duration(30, "%"), start_div=5, freeze=Duration(1, "ep"), thaw_div=2),
    augment=Augment(**POLICIES["photos"]),
    loop=LoopSettings(epochs=Duration(10), least_steps=100, batch_size=64, smoothing=0.0),
)

_ALL = [
    Settings(
        recipe="quick",
        model=ModelSettings(name="fude-s"),
        optim=_FAST_ADAMW,
        schedule=_STEADY_CYCLE,
        augment=Augment(**POLICIES["characters"]),
        loop=LoopSettings(
            epochs=Duration(9), least_steps=300, batch_size=128, smoothing=0.1, ema=0.98, test_shifts=1
        ),
    ),
    Settings(
        recipe="best",
        model=ModelSettings(name="fude-m"),
        optim=_FAST_ADAMW,
        schedule=_STEADY_CYCLE,
        augment=Augment(rotate=11, zoom=0.12, shear=0.2, shift=0.12, elastic=1.0, cutout=0.3),
        loop=LoopSettings(
            epochs=Duration(24), least_steps=800, batch_size=128, smoothing=0.1, ema=0.995, test_shifts=1
        ),
    ),
    Settings(
        recipe="article-2019",
        model=ModelSettings(name="resnet34", stem="standard"),
        optim=OptimSettings(opt="adamw", lr="auto", lr_rule="minimum/10", weight_decay=0.01),
        augment=Augment(policy="none"),
        loop=LoopSettings(epochs=Duration(10), batch_size=128, smoothing=0.0),
    ),
    _FINE_TUNE,
    Settings(
        recipe="fine-tune-plain",
        model=ModelSettings(name="resnet18"),
        optim=OptimSettings(opt="adamw", lr=5e-4, weight_decay=0.01),
        schedule=ScheduleSettings(cycle_momentum=True),
        augment=Augment(**POLICIES["photos"]),
        loop=LoopSettings(epochs=Duration(10), least_steps=100, batch_size=64, smoothing=0.0),
    ),
    Settings(
        recipe="cats-dogs",
        data=Data(pixels="unit", size=64, fit="stretch"),
        model=ModelSettings(name="keras-cats-dogs"),
        optim=OptimSettings(opt="adam", lr=0.001, weight_decay=0.0, beta2=0.999),
        schedule=_CONSTANT,
        augment=Augment(mirror=True, shear=0.2, zoom=0.2),
        loop=LoopSettings(epochs=Duration(25), batch_size=32, smoothing=0.0),
    ),
    Settings(
        recipe="clips",
        model=ModelSettings(name="c3d"),
        optim=OptimSettings(opt="adamw", lr=3e-4, weight_decay=0.05, momentum=0.9, beta2=0.99),
        schedule=_STEADY_CYCLE,
        augment=Augment(**POLICIES["clips"]),
        loop=LoopSettings(epochs=Duration(30), least_steps=400, batch_size=16, smoothing=0.1),
    ),
    _report_2022("mlp", opt="adagrad", lr=0.01, epochs=20),
    _report_2022("cnn", opt="adam", lr=0.001, epochs=5),
    _report_2022("resnet34", opt="adam", lr=0.01, epochs=5, stem="standard"),
]

RECIPES: dict[str, Settings] = {settings.recipe: settings for settings in _ALL}


def resolve(recipe: str = "quick", values: Mapping[str, Any] | None = None) -> Settings:
    """A recipe's settings with the user's flat `values` over them, checked as a whole.

    Another optimiser than the recipe's brings its usual weight decay along, unless one is given; epochs that are given
    are meant, and switch off the recipe's least number of steps. A model for clips brings rate and batch size of the
    recipe `clips` to those that train with adamw: theirs are for images.

    Raises:
        SettingsError: unknown recipe or name, or wrong and contradicting values, all together.

    >>> resolve("quick", {"epochs": 3}).loop.epochs
    Duration(amount=3.0, unit='ep')
    """
    base = look_up(RECIPES, recipe, what="recipe")
    given = {name: value for name, value in (values or {}).items() if value is not None}
    unknown = [name for name in given if name not in FLAGS]
    if unknown:
        phrases = (f"unknown setting '{name}'{did_you_mean(name, FLAGS)}" for name in unknown)
        raise SettingsError(f"{'; '.join(phrases)}; known: {', '.join(sorted(FLAGS))}")
    if given.get("opt") not in (None, base.optim.opt):
        given = {"weight_decay": _USUAL_DECAY.get(str(given["opt"]), 0.0), **given}
    is_adamw = given.get("opt", base.optim.opt) == base.optim.opt == "adamw"
    if given.get("model") in CLIP_MODEL_NAMES and MADE_FOR.get(recipe) != "clips" and is_adamw:
        given = {**_FOR_CLIPS, **given}
    if "epochs" in given:
        given = {"least_steps": 0, **given}
    nested = copy.deepcopy(base.model_dump())
    nested["given"] = sorted(name for name, value in (values or {}).items() if value is not None)
    for name, value in given.items():
        nested[FLAGS[name].section][FLAGS[name].field] = value
    return check(nested, set(given))


def with_policy(settings: Settings, *, kind: str) -> Settings:
    """The settings with the augmentation policy for a set of this kind, and its changes written out.

    The policy is the one that was given, else the recipe's, and where that is `auto`, the kind of the set. A recipe's
    own changes stay where the policy is the one they were chosen for; else the policy's take their place. What the
    user gave stays in any case.

    Raises:
        SettingsError: characters are to be mirrored.

    >>> with_policy(resolve("quick", {"rotate": 30}), kind="photos").augment.mirror
    True
    """
    augment, recipe = settings.augment, RECIPES.get(settings.recipe)
    usual = recipe.augment.policy if recipe else "auto"
    home = usual if usual != "auto" else MADE_FOR.get(settings.recipe, "characters")
    policy = augment.policy if augment.policy != "auto" else kind
    changes: dict[str, Any] = {"policy": policy}
    if policy != home:
        changes |= {name: value for name, value in POLICIES[policy].items() if name not in settings.given}
    augment = augment.model_copy(update=changes)
    if policy == "characters" and augment.mirror:
        raise SettingsError(NO_MIRROR)
    return settings.model_copy(update={"augment": augment})
