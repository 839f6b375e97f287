"""A training is asked for: what is checked, and what is written down, before it waits for its turn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.config import resolve
from fudemoji.server.store import Store, images, iterations, projects, tags
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings.domains import DOMAINS, GENERAL, Plan, has_weights, plan
from fudemoji.server.trainings.snapshot import Snapshot, listing_path, take, write_listing
from fudemoji.serving.errors import ApiError

__all__ = ["Prospect", "Rules", "TrainingType", "cancel", "foresee", "resume", "start"]

TrainingType = Literal["Regular", "Advanced"]


@dataclass(frozen=True)
class Rules:
    """What the one who runs the server has decided about trainings.

    Attributes:
        min_tags: that a project needs.
        min_images_per_tag: that each of its tags needs.
        max_waiting: trainings that wait at the most.
        recipe: of every training; None takes what the project's domain means.
        values: settings over the recipe's, and over the domain's, by the flat names of `fudemoji train`.
    """

    min_tags: int = 2
    min_images_per_tag: int = 5
    max_waiting: int = 100
    recipe: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Prospect:
    """A training as it would be if it were asked for now.

    Attributes:
        snapshot: of what the project holds.
        plan: how it would be trained.
        fingerprint: of both.
        shortage: why there are not enough images, in a line; empty where there are.
        is_new: whether anything has changed since the last training that was completed.
        is_under_way: whether the very same waits or is being trained.
    """

    snapshot: Snapshot
    plan: Plan
    fingerprint: str
    shortage: str
    is_new: bool
    is_under_way: bool


def foresee(
    session: Session,
    project: Project,
    *,
    rules: Rules | None = None,
    training_type: TrainingType = "Regular",
    budget_hours: int = 0,
    tag_ids: Sequence[str] | None = None,
) -> Prospect:
    """What `start` would begin, with the same arguments; nothing is written.

    Raises:
        ApiError: there is no such tag.
        SettingsError: the settings are unknown, or contradict each other.
    """
    rules = rules or Rules()
    chosen_tags = (
        None if tag_ids is None else sorted(tag.id for tag in tags.find_all(session, project, tag_ids))
    )
    snapshot = take(session, project, tag_ids=chosen_tags)
    hours = max(1, budget_hours) if training_type == "Advanced" else 0
    chosen = _plan(project, snapshot, rules, hours=hours)
    fingerprint = _fingerprint(session, project, chosen, tag_ids=chosen_tags)
    return Prospect(
        snapshot,
        chosen,
        fingerprint,
        shortage=_shortage(snapshot, rules),
        is_new=fingerprint != _last_trained(session, project),
        is_under_way=any(
            one.fingerprint == fingerprint for one in iterations.unfinished(session, project=project)
        ),
    )


def start(
    session: Session,
    store: Store,
    project: Project,
    *,
    rules: Rules | None = None,
    training_type: TrainingType = "Regular",
    budget_hours: int = 0,
    tag_ids: Sequence[str] | None = None,
    force: bool = False,
    queues: bool = False,
) -> Iteration:
    """A new iteration that waits for its turn, trained on what the project holds now.

    Args:
        session: a transaction; the iteration is queued when it is committed.
        store: where its listing is written.
        project: what to train.
        rules: of the server.
        training_type: an advanced training may take `budget_hours`.
        budget_hours: the hours; an advanced training without any has one.
        tag_ids: the tags to train on; images that have only others are left out. None: all tags.
        force: train even if nothing changed since the last training.
        queues: wait behind a training of the project that is under way, instead of being refused.

    Raises:
        ApiError: a training of the project is under way, too many wait, there is no such tag, there are too few
            images, or nothing changed.
    """
    rules = rules or Rules()
    projects.lock(session, project)
    _check_free(session, project, rules, queues=queues)
    found = foresee(
        session,
        project,
        rules=rules,
        training_type=training_type,
        budget_hours=budget_hours,
        tag_ids=tag_ids,
    )
    _check_worth(project, found, force=force)
    iteration = iterations.create(
        session,
        project,
        recipe=found.plan.recipe,
        settings=found.plan.values,
        fingerprint=found.fingerprint,
        training_type=training_type,
        budget_hours=max(1, budget_hours) if training_type == "Advanced" else 0,
    )
    write_listing(store, iteration.id, found.snapshot)
    return iteration


def cancel(session: Session, iteration: Iteration) -> None:
    """A training that waits never starts; one that runs is stopped soon after the transaction is committed.

    Raises:
        ApiError: it is over already.
    """
    iterations.mark(session, iteration, "cancelled", note="cancelled")


def resume(
    session: Session,
    store: Store,
    project: Project,
    iteration: Iteration,
    *,
    rules: Rules | None = None,
    queues: bool = False,
) -> None:
    """A training that was cancelled, or cut off, waits for its turn again and goes on from its last checkpoint.

    The arguments are those of `start`.

    Raises:
        ApiError: it is not one of these, what it was trained on is gone, or another of the project is under way.
    """
    if iteration.status not in ("failed", "cancelled"):
        raise ApiError(
            409, "Conflict", f"only a training that broke off can go on; this one is {iteration.status}"
        )
    if not listing_path(store, iteration.id).is_file():
        raise ApiError(409, "Conflict", "the list of its images is gone; train again")
    projects.lock(session, project)
    _check_free(session, project, rules or Rules(), queues=queues)
    iterations.mark(session, iteration, "queued", note="")


def _plan(project: Project, snapshot: Snapshot, rules: Rules, *, hours: int) -> Plan:
    chosen = plan(
        DOMAINS.get(project.domain_id, GENERAL), snapshot.subject, budget_hours=hours, has_weights=has_weights
    )
    if rules.recipe:
        chosen = Plan(rules.recipe, {"valid": chosen.values["valid"]})
    chosen = Plan(chosen.recipe, {**chosen.values, **rules.values})
    resolve(chosen.recipe, chosen.values)
    return chosen


def _check_free(session: Session, project: Project, rules: Rules, *, queues: bool) -> None:
    under_way = iterations.unfinished(session)
    if not queues and any(iteration.project_id == project.id for iteration in under_way):
        raise ApiError(
            400,
            "BadRequestTrainingAlreadyInProgress",
            "a training of this project is under way; wait until it is completed, or cancel it",
        )
    waiting = sum(iteration.status == "queued" for iteration in under_way)
    if waiting > rules.max_waiting:
        raise ApiError(
            503, "ServiceUnavailable", f"{waiting} trainings wait; ask again later", retry_after=60
        )


def _check_worth(project: Project, found: Prospect, *, force: bool) -> None:
    """See that there are enough images, and anything new to learn unless it is forced."""
    if found.shortage:
        kind = "MultiClass" if project.kind == "multiclass" else "MultiLabel"
        raise ApiError(
            400,
            f"BadRequest{kind}ClassificationTrainingValidationFailed",
            f"not enough images for training: {found.shortage}",
        )
    if force:
        return
    if found.is_under_way:
        raise ApiError(
            400,
            "BadRequestTrainingNotNeeded",
            "the very same training is under way; change images, tags or settings, or force the training",
        )
    if not found.is_new:
        raise ApiError(
            400,
            "BadRequestTrainingNotNeeded",
            "nothing has changed since the last training; add or tag images, or force the training",
        )


def _shortage(snapshot: Snapshot, rules: Rules) -> str:
    """What is missing, as the service counts; the tags of a multi-label project without the negative one."""
    short = [
        f"'{tag.name}' has {snapshot.counts[tag.id]}"
        for tag in snapshot.tags.values()
        if snapshot.counts[tag.id] < rules.min_images_per_tag
    ]
    if len(snapshot.tags) < rules.min_tags:
        return f"{len(snapshot.tags)} tags have images, {rules.min_tags} are needed"
    more = f" and {len(short) - 3} more" if len(short) > 3 else ""
    return f"each tag needs {rules.min_images_per_tag} images: {', '.join(short[:3])}{more}" if short else ""


def _last_trained(session: Session, project: Project) -> str | None:
    """The fingerprint of the newest iteration that was completed."""
    return session.scalar(
        select(Iteration.fingerprint)
        .where(Iteration.project_id == project.id, Iteration.status == "completed")
        .order_by(Iteration.number.desc())
        .limit(1)
    )


def _fingerprint(session: Session, project: Project, chosen: Plan, *, tag_ids: Sequence[str] | None) -> str:
    """SHA-256 over all that makes the model what it is."""
    asked = [
        images.fingerprint(session, project),
        project.domain_id,
        chosen.recipe,
        dict(chosen.values),
        tag_ids,
    ]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
