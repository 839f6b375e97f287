"""What a visitor wishes of the next training, as it stands in the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from fudemoji.config import POLICIES, RECIPES, Settings
from fudemoji.config.settings import CLIP_MODEL_NAMES, MODEL_NAMES
from fudemoji.server.api.asked import TrainingWish

__all__ = ["MODELS", "POLICIES_OF_IMAGES", "RECIPES_OF_IMAGES", "Wished", "most_hours"]

_OF_CLIPS = "clips"
RECIPES_OF_IMAGES: dict[str, Settings] = {name: one for name, one in RECIPES.items() if name != _OF_CLIPS}
MODELS = tuple(name for name in MODEL_NAMES if name not in CLIP_MODEL_NAMES)
POLICIES_OF_IMAGES = tuple(name for name in POLICIES if name != _OF_CLIPS)
most_hours = 96


@dataclass(frozen=True)
class Wished:
    """Options as texts; an empty one leaves it to the studio.

    Attributes:
        recipe: its name.
        model: its name.
        size: pixels of a side, or height x width.
        policy: of augmentation.
        epochs: a length, with or without a unit.
        lr: a number, or `auto`.
        hours: that the training may take.
    """

    recipe: str = ""
    model: str = ""
    size: str = ""
    policy: str = ""
    epochs: str = ""
    lr: str = ""
    hours: str = ""

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    @property
    def query(self) -> str:
        """For the address, with its question mark; empty where nothing is wished."""
        given = {name: value for name, value in asdict(self).items() if value}
        return f"?{urlencode(given)}" if given else ""

    def wish(self, *, force: bool = False) -> TrainingWish:
        """As it is asked of the server; it waits behind what the project trains already."""
        names = ("model", "size", "policy", "epochs", "lr")
        settings: dict[str, Any] = {
            name: _value(getattr(self, name)) for name in names if getattr(self, name)
        }
        hours = int(self.hours) if self.hours.isdecimal() else 0
        return TrainingWish(
            recipe=self.recipe or None,
            settings=settings,
            budget_hours=min(hours, most_hours),
            force=force,
            queues=True,
        )


def _value(text: str) -> str | int | float:
    """A number where it is one; what else it may be is for the settings to judge."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
