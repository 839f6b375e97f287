"""Frozen settings of a training, named sets of them (recipes), and durations with units."""

from fudemoji.config.checking import settings_from_json
from fudemoji.config.durations import Duration
from fudemoji.config.policies import POLICIES, describe_augment
from fudemoji.config.recipes import MADE_FOR, RECIPES, resolve, with_policy
from fudemoji.config.settings import (
    FLAGS,
    Augment,
    Balance,
    DataSettings,
    LoopSettings,
    ModelSettings,
    OptimSettings,
    ScheduleSettings,
    Settings,
)
from fudemoji.config.sheets import check_sheet

__all__ = [
    "FLAGS",
    "MADE_FOR",
    "POLICIES",
    "RECIPES",
    "Augment",
    "Balance",
    "DataSettings",
    "Duration",
    "LoopSettings",
    "ModelSettings",
    "OptimSettings",
    "ScheduleSettings",
    "Settings",
    "check_sheet",
    "describe_augment",
    "resolve",
    "settings_from_json",
    "with_policy",
]
