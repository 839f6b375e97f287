"""A training as a client wishes it, within what the one who runs the server allows."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from sqlalchemy.orm import Session

from fudemoji.config import FLAGS
from fudemoji.errors import SettingsError, did_you_mean
from fudemoji.server.api.asked import TrainingWish
from fudemoji.server.context import Context
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings import Rules, start
from fudemoji.server.trainings.estimating import Estimate, estimate
from fudemoji.server.trainings.starting import Prospect, TrainingType, foresee
from fudemoji.serving.errors import ApiError

__all__ = ["SETTABLE", "begin", "expect", "rules_of"]

# what names places and the workings of the server's machine, and what belongs to films, is not for clients
_OURS = frozenset({
    "cache_dir", "cache_gb", "checkpoint_minutes", "clip_sampling", "compile", "data", "data_dir", "device", "fonts",
    "frames", "precision", "sync_bn", "weights",
})  # fmt: skip
SETTABLE = tuple(sorted(set(FLAGS) - _OURS))


def begin(session: Session, context: Context, project: Project, wish: TrainingWish) -> Iteration:
    """A new iteration that waits for its turn.

    Raises:
        ApiError: the wish has settings that are unknown, contradict each other or are not for clients, or the project
            cannot be trained now.
    """
    rules = rules_of(context, wish)
    try:
        return start(
            session, context.store, project, rules=rules, force=wish.force, queues=wish.queues, **_type_of(wish),
        )  # fmt: skip
    except SettingsError as error:
        raise ApiError(400, "BadRequestTrainingSettings", str(error)) from error


def expect(
    session: Session, context: Context, project: Project, wish: TrainingWish
) -> tuple[Prospect, Estimate]:
    """What the same training would be, and how long it would take.

    Raises:
        ApiError: the wish has settings that are unknown, contradict each other or are not for clients.
    """
    rules = rules_of(context, wish)
    try:
        prospect = foresee(session, project, rules=rules, **_type_of(wish))
    except SettingsError as error:
        raise ApiError(400, "BadRequestTrainingSettings", str(error)) from error
    return prospect, estimate(session, context.store, project, prospect)


def rules_of(context: Context, wish: TrainingWish) -> Rules:
    """What a client wishes, within what the one who runs the server has decided.

    Raises:
        ApiError: the wish has settings that are not for clients.
    """
    if refused := [name for name in wish.settings if name not in SETTABLE]:
        told = "; ".join(
            f"'{name[:40]}' cannot be set{did_you_mean(name, SETTABLE)}" for name in refused[:10]
        )
        raise ApiError(400, "BadRequestTrainingSettings", told)
    if str(wish.settings.get("model", "")).startswith("timm/"):
        raise ApiError(400, "BadRequestTrainingSettings", "models of timm are not for trainings of a server")
    rules = context.rules
    return replace(rules, recipe=rules.recipe or wish.recipe, values={**wish.settings, **rules.values})


class _Type(TypedDict):
    training_type: TrainingType
    budget_hours: int


def _type_of(wish: TrainingWish) -> _Type:
    return {
        "training_type": "Advanced" if wish.budget_hours else "Regular",
        "budget_hours": wish.budget_hours,
    }
