"""What a visitor wishes of the next training, as it stands in the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fudemoji.config import POLICIES, RECIPES, Settings
from fudemoji.config.settings import CLIP_MODEL_NAMES, MODEL_NAMES
from fudemoji.server.api.asked import TrainingWish
from fudemoji.serving.errors import ApiError
from fudemoji.studio.addresses import given, with_query

__all__ = ["MODELS", "POLICIES_OF_IMAGES", "RECIPES_OF_IMAGES", "Wished"]

_OF_CLIPS = "clips"
RECIPES_OF_IMAGES: dict[str, Settings] = {name: one for name, one in RECIPES.items() if name != _OF_CLIPS}
MODELS = tuple(name for name in MODEL_NAMES if name not in CLIP_MODEL_NAMES)
POLICIES_OF_IMAGES = tuple(name for name in POLICIES if name != _OF_CLIPS)
_MOST_HOURS = 96
_NO_HOURS = (
    "the hours that it may take are a whole number from 1 to 96; leave them out for a regular training"
)


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

    def address(self, path: str) -> str:
        """Of the page at this path, where this is wished."""
        return with_query(path, given(asdict(self)))

    def wish(self, *, force: bool = False) -> TrainingWish:
        """As it is asked of the server; it waits behind what the project trains already.

        Raises:
            ApiError: the hours are no whole number, or too many.
        """
        names = ("model", "size", "policy", "epochs", "lr")
        settings: dict[str, Any] = {
            name: _value(getattr(self, name)) for name in names if getattr(self, name)
        }
        return TrainingWish(
            recipe=self.recipe or None,
            settings=settings,
            budget_hours=_hours(self.hours),
            force=force,
            queues=True,
        )


def _hours(text: str) -> int:
    """None is 0, a regular training."""
    if text and not (text.isdecimal() and 1 <= int(text) <= _MOST_HOURS):
        raise ApiError(400, "BadRequest", _NO_HOURS)
    return int(text or 0)


def _value(text: str) -> str | int | float:
    """A number where it is one; what else it may be is for the settings to judge."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
