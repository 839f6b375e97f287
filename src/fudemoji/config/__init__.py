"""Frozen settings of a training, named sets of them (recipes), and durations with units."""

from fudemoji.config.durations import Duration
from fudemoji.config.recipes import RECIPES, resolve
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
    settings_from_json,
)

__all__ = [
    "FLAGS",
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
    "resolve",
    "settings_from_json",
]
