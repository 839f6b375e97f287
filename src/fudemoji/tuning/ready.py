"""Ready search spaces: which settings are worth searching for a family of models, and how far."""

from __future__ import annotations

from collections.abc import Collection

from fudemoji.config import Settings
from fudemoji.config.settings import CLIP_MODEL_NAMES
from fudemoji.tuning.space import Dimension, read_space

__all__ = ["BY_OPTIMISER", "FAMILIES", "family_of", "ready_space"]

_CHANGES = {"rotate": "0:20", "zoom": "0:0.25", "shear": "0:0.3", "shift": "0:0.2"}

FAMILIES: dict[str, dict[str, str]] = {
    "mlp": {
        "lr": "log:3e-4:5e-2",
        "batch_size": "32,64,128,256",
        "weight_decay": "log:1e-3:1",
        "smoothing": "0:0.2",
        "rotate": "0:20",
        "shift": "0:0.2",
    },
    "cnn": {
        "lr": "log:3e-4:3e-2",
        "batch_size": "32,64,128,256",
        "weight_decay": "log:1e-3:1",
        "smoothing": "0:0.2",
        **_CHANGES,
    },
    "fude": {
        "lr": "log:3e-3:1e-1",
        "batch_size": "64,128,256",
        "weight_decay": "log:5e-3:0.5",
        "smoothing": "0:0.2",
        "cutout": "0:0.4",
        **_CHANGES,
    },
    "resnet": {
        "lr": "log:3e-4:3e-2",
        "batch_size": "32,64,128",
        "weight_decay": "log:1e-3:0.5",
        "smoothing": "0:0.2",
        **_CHANGES,
    },
    "fine-tune": {
        "lr": "log:1e-4:1e-2",
        "body_lr": "log:1e-3:1",
        "freeze": "0ep:2ep",
        "weight_decay": "log:1e-3:0.3",
        "smoothing": "0:0.2",
    },
    "clips": {
        "lr": "log:3e-5:3e-3",
        "batch_size": "8,16,32",
        "weight_decay": "log:1e-3:0.5",
        "smoothing": "0:0.2",
    },
}

# The ranges above are for adamw. Elsewhere decay is part of the gradient and wants far less, and rates differ.
BY_OPTIMISER: dict[str, dict[str, str]] = {
    "sgd": {"lr": "log:3e-3:1", "weight_decay": "log:1e-5:1e-2"},
    "adam": {"weight_decay": "log:1e-6:1e-3"},
    "adagrad": {"lr": "log:1e-3:0.3", "weight_decay": "log:1e-6:1e-3"},
    "rmsprop": {"lr": "log:1e-4:1e-2", "weight_decay": "log:1e-6:1e-3"},
}


def family_of(settings: Settings) -> str:
    """Which of `FAMILIES` a model belongs to; one that starts from trained weights is fine-tuned.

    >>> from fudemoji.config import resolve
    >>> family_of(resolve("quick")), family_of(resolve("quick", {"model": "timm/convnext_atto"}))
    ('fude', 'resnet')
    """
    model = settings.model
    if model.pretrained or model.weights is not None:
        return "fine-tune"
    if model.name in CLIP_MODEL_NAMES:
        return "clips"
    if model.name == "mlp":
        return "mlp"
    if model.name.startswith("fude-"):
        return "fude"
    return "cnn" if model.name in ("cnn", "keras-cats-dogs") else "resnet"


def ready_space(settings: Settings, *, without: Collection[str] = ()) -> dict[str, Dimension]:
    """The space of the settings' model and optimiser, less what is fixed (`without`)."""
    ranges = FAMILIES[family_of(settings)]
    own = BY_OPTIMISER.get(settings.optim.opt, {})
    return read_space(f"{name}={own.get(name, told)}" for name, told in ranges.items() if name not in without)
