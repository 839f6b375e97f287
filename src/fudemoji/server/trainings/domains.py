"""What a domain of Custom Vision means here: a recipe, a model, a size of the images and a length."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fudemoji.data import data_root
from fudemoji.serving.errors import ApiError

__all__ = ["DOMAINS", "GENERAL", "Domain", "Plan", "Subject", "domain", "has_weights", "plan"]

Effort = Literal["small", "usual", "large"]


@dataclass(frozen=True)
class Domain:
    """A kind of images, as a client names it.

    Attributes:
        effort: how large the model and how long the training is.
    """

    id: str
    name: str
    effort: Effort = "usual"

    @property
    def is_compact(self) -> bool:
        """Whether the service lets its models be exported; here all can be."""
        return self.effort == "small"


GENERAL = Domain("ee85a74c-405e-4adc-bb47-ffa8ca0c9f31", "General")

DOMAINS: dict[str, Domain] = {
    domain.id: domain
    for domain in (
        GENERAL,
        Domain("a8e3c40f-fb4a-466f-832a-5e457ae4a344", "General [A1]", "large"),
        Domain("2e37d7fb-3a54-486a-b4d6-cfc369af0018", "General [A2]"),
        Domain("c151d5b5-dd07-472a-acc8-15d29dea8518", "Food"),
        Domain("ca455789-012d-4b50-9fec-5bb63841c793", "Landmarks"),
        Domain("b30a91ae-e3c1-4f73-a81e-c270bff27c39", "Retail"),
        Domain("0732100f-1a38-4e49-a514-c9b44c697ab5", "General (compact)", "small"),
        Domain("a1db07ca-a19a-4830-bae8-e004a42dc863", "General (compact) [S1]", "small"),
        Domain("8882951b-82cd-4c32-970b-d5f8cb8bf6d7", "Food (compact)", "small"),
        Domain("b5cfd229-2ac7-4b2b-8d0a-2b0661344894", "Landmarks (compact)", "small"),
        Domain("6b4faeda-8396-481b-9f8b-177b9fa3097f", "Retail (compact)", "small"),
    )
}

_SMALL_SIDE = 40  # pixels: images like these are read as they are, whatever they show
_LARGE_SIDE = 96  # pixels of photographs where the effort is large
_FINE_TUNED_SIDE = 128
_FEW_IMAGES = 1000  # up to here a fifth is held out, beyond a tenth
_FINE_TUNING_STEPS = 200
_MOST_LONGER = 4.0  # times the usual length, whatever the budget: the recipes were made for about theirs

_BATCH = {"quick": 128, "best": 128}
_EPOCHS = {"quick": 9, "best": 24}
_LEAST_STEPS = {"quick": 300, "best": 800}
_SECONDS_PER_MEGAPIXEL = {"quick": 0.4, "best": 0.8}  # of training, one core; see docs/trainings.md


@dataclass(frozen=True)
class Subject:
    """What is to be learned.

    Attributes:
        num_images: with tags.
        median_side: pixels of the shorter side of an image, half of them have more.
        is_characters: whether each tag is a single sign.
    """

    num_images: int
    median_side: int
    is_characters: bool

    @property
    def is_small(self) -> bool:
        """Whether a model for characters sees all there is."""
        return self.is_characters or self.median_side <= _SMALL_SIDE


@dataclass(frozen=True)
class Plan:
    """A recipe, and settings over it, by the flat names of `fudemoji train`."""

    recipe: str
    values: Mapping[str, Any] = field(default_factory=dict)


def domain(domain_id: str) -> Domain:
    """The domain of an id, in any case.

    Raises:
        ApiError: there is none.
    """
    if known := DOMAINS.get(domain_id.lower()):
        return known
    raise ApiError(404, "NotFoundDomain", "there is no domain of this id; the server lists them all")


def plan(
    domain: Domain,
    subject: Subject,
    *,
    budget_hours: int = 0,
    has_weights: Callable[[str], bool],
) -> Plan:
    """How to train.

    Args:
        domain: what the project is for.
        subject: what lies in it.
        budget_hours: of an advanced training, the hours that it may take on this machine; 0 is a regular one.
        has_weights: whether published weights of a model are on this machine.

    >>> subject = Subject(num_images=2000, median_side=28, is_characters=True)
    >>> plan(GENERAL, subject, has_weights=has_weights)
    Plan(recipe='quick', values={'valid': 0.1})
    """
    held_out = {"valid": 0.2 if subject.num_images <= _FEW_IMAGES else 0.1}
    is_large = domain.effort == "large" or (budget_hours > 0 and domain.effort != "small")
    if not subject.is_small and domain.effort != "small":
        model = "resnet34" if is_large else "resnet18"
        if has_weights(model):
            return Plan("fine-tune", {**held_out, **_fine_tuned(model, subject)})
    recipe = "best" if is_large else "quick"
    side = min(64, subject.median_side) if subject.is_small else 64
    values: dict[str, Any] = dict(held_out)
    if is_large and not subject.is_small:
        side = values["size"] = _LARGE_SIDE
    if budget_hours:
        recipe, epochs = _within(budget_hours, recipe, subject, side=side)
        values["epochs"] = epochs
    return Plan(recipe, values)


def has_weights(model: str) -> bool:
    """Whether published weights of a model lie where a training looks for them; nothing is fetched."""
    hub = Path(os.environ.get("TORCH_HOME") or Path.home() / ".cache" / "torch") / "hub" / "checkpoints"
    return any(any(folder.glob(f"{model}-*.pth")) for folder in (data_root() / "weights", hub))


def _fine_tuned(model: str, subject: Subject) -> dict[str, Any]:
    epochs = max(10, math.ceil(_FINE_TUNING_STEPS * 64 / subject.num_images))
    return {"model": model, "pretrained": True, "size": _FINE_TUNED_SIDE, "epochs": epochs}


def _within(hours: int, recipe: str, subject: Subject, *, side: int) -> tuple[str, int]:
    """The larger recipe whose usual length fits into the hours, and how many epochs of it to train."""
    allowed = hours * 3600.0
    if recipe == "best" and _seconds("best", subject, side=side) > allowed:
        recipe = "quick"
    longer = min(_MOST_LONGER, max(1.0, allowed / _seconds(recipe, subject, side=side)))
    return recipe, math.floor(_usual_epochs(recipe, subject) * longer)


def _usual_epochs(recipe: str, subject: Subject) -> float:
    """The epochs of a recipe, or as many as its least number of steps asks for."""
    return max(_EPOCHS[recipe], _LEAST_STEPS[recipe] * _BATCH[recipe] / subject.num_images)


def _seconds(recipe: str, subject: Subject, *, side: int) -> float:
    """How long the usual length takes here, about."""
    megapixels = _usual_epochs(recipe, subject) * subject.num_images * side * side / 1e6
    return megapixels * _SECONDS_PER_MEGAPIXEL[recipe] / (os.cpu_count() or 1)
