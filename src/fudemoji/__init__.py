"""fudemoji (筆文字) turns images into a trained, measured classifier.

The names below are imported when first used, so that `import fudemoji` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fudemoji.calibration import calibrate
    from fudemoji.comparison import compare
    from fudemoji.config import RECIPES, Settings
    from fudemoji.data import ImageSet, from_arrays, load
    from fudemoji.data.checks.full import check
    from fudemoji.errors import DataError, FudemojiError, RunError, SettingsError, TrainingFailed
    from fudemoji.evaluation import evaluate
    from fudemoji.models import build_model
    from fudemoji.predictor import Predictor
    from fudemoji.report.page import write_report
    from fudemoji.training import find_batch_size, find_lr, fit, fit_events, resume
    from fudemoji.trust import Wish

__version__ = "0.1.0"

_HOMES = {
    "RECIPES": "config",
    "Settings": "config",
    "ImageSet": "data",
    "from_arrays": "data",
    "load": "data",
    "check": "data.checks.full",
    "DataError": "errors",
    "FudemojiError": "errors",
    "RunError": "errors",
    "SettingsError": "errors",
    "TrainingFailed": "errors",
    "calibrate": "calibration",
    "compare": "comparison",
    "evaluate": "evaluation",
    "find_batch_size": "training",
    "find_lr": "training",
    "fit": "training",
    "fit_events": "training",
    "resume": "training",
    "build_model": "models",
    "Predictor": "predictor",
    "write_report": "report.page",
    "Wish": "trust",
}

__all__ = [
    "RECIPES",
    "DataError",
    "FudemojiError",
    "ImageSet",
    "Predictor",
    "RunError",
    "Settings",
    "SettingsError",
    "TrainingFailed",
    "Wish",
    "build_model",
    "calibrate",
    "check",
    "compare",
    "evaluate",
    "find_batch_size",
    "find_lr",
    "fit",
    "fit_events",
    "from_arrays",
    "load",
    "resume",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"fudemoji.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'fudemoji' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
