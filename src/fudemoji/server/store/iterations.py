"""Iterations: trainings of a project, from the wish to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fudemoji.server.store import leftovers, projects
from fudemoji.server.store.checking import check_name
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import Iteration, IterationStatus, Prediction, Project, Publication, now
from fudemoji.serving.errors import ApiError

__all__ = ["check_completed", "create", "delete", "every", "find", "mark", "rename", "unfinished"]

_NEXT: dict[IterationStatus, tuple[IterationStatus, ...]] = {
    "queued": ("training", "failed", "cancelled"),
    "training": ("queued", "completed", "failed", "cancelled"),
    "failed": ("queued",),
    "cancelled": ("queued",),
    "completed": (),
}


def create(
    session: Session,
    project: Project,
    *,
    recipe: str,
    settings: Mapping[str, Any] | None = None,
    fingerprint: str = "",
    training_type: str = "Regular",
    budget_hours: int = 0,
) -> Iteration:
    """A new iteration in the queue, of the project's kind and domain; it has the next number.

    Raises:
        ApiError: the project has been deleted meanwhile.
    """
    projects.lock(session, project)
    last = session.scalar(select(func.max(Iteration.number)).where(Iteration.project_id == project.id)) or 0
    iteration = Iteration(
        project_id=project.id,
        number=last + 1,
        name=_free_name(session, project, last + 1),
        kind=project.kind,
        domain_id=project.domain_id,
        training_type=training_type,
        budget_hours=budget_hours,
        recipe=recipe,
        settings=dict(settings or {}),
        fingerprint=fingerprint,
    )
    session.add(iteration)
    session.flush()
    return iteration


def find(session: Session, project: Project, iteration_id: str) -> Iteration:
    """The iteration of an id.

    Raises:
        ApiError: the project has no such iteration.
    """
    wanted = canonical(iteration_id)
    iteration = session.get(Iteration, wanted) if wanted else None
    if iteration is None or iteration.project_id != project.id:
        raise ApiError(404, "NotFoundIteration", "the project has no such iteration")
    return iteration


def check_completed(iteration: Iteration) -> None:
    """Refuse what only a trained model can do.

    Raises:
        ApiError: the training is not completed.
    """
    if iteration.status != "completed":
        raise ApiError(
            400, "BadRequestIterationIsNotTrained", f"{iteration.name} is {iteration.status}, not completed"
        )


def every(session: Session, project: Project) -> list[Iteration]:
    """All iterations of the project, the oldest first."""
    query = select(Iteration).where(Iteration.project_id == project.id).order_by(Iteration.number)
    return list(session.scalars(query))


def unfinished(session: Session, *, project: Project | None = None) -> list[Iteration]:
    """Those that wait or are being trained, of one project or all, the oldest first."""
    query = select(Iteration).where(Iteration.status.in_(["queued", "training"])).order_by(Iteration.id)
    return list(session.scalars(query.where(Iteration.project_id == project.id) if project else query))


def rename(session: Session, project: Project, iteration: Iteration, *, name: str) -> Iteration:
    """Give an iteration another name.

    Raises:
        ApiError: it is blank or too long, or another iteration of the project has it.
    """
    assert iteration in session
    projects.lock(session, project)
    check_name(name, what="the iteration", code="BadRequestIterationName")
    if name != iteration.name and _is_taken(session, project, name):
        raise ApiError(
            400, "BadRequestIterationNameNotUnique", f"the project has an iteration {name!r} already"
        )
    iteration.name = name
    session.flush()
    return iteration


def mark(
    session: Session,
    iteration: Iteration,
    status: IterationStatus,
    *,
    note: str | None = None,
    tag_ids: Sequence[str] | None = None,
    seconds: float | None = None,
) -> Iteration:
    """Say how far a training has come.

    Args:
        session: the transaction.
        iteration: the training.
        status: a queued one is trained, or ends before; a trained one ends, or is queued again when its server was
            stopped; one that failed or was cancelled may be queued again. A completed one stays so.
        note: why it failed, or what else is to be known.
        tag_ids: in the order of the model's classes.
        seconds: that the training took.

    Raises:
        ApiError: it is no such step.
    """
    session.refresh(iteration, with_for_update={"key_share": True})
    if status not in _NEXT[iteration.status]:
        raise ApiError(409, "Conflict", f"{iteration.name} is {iteration.status} and cannot become {status}")
    iteration.status = status
    if note is not None:
        iteration.note = note
    if tag_ids is not None:
        iteration.tag_ids = list(tag_ids)
    if seconds is not None:
        iteration.seconds = seconds
    if status == "completed":
        iteration.trained_at = now()
    session.flush()
    return iteration


def delete(session: Session, project: Project, iteration: Iteration) -> None:
    """Delete an iteration with its files, exports, suggestions and stored predictions.

    Raises:
        ApiError: it is published, or is being trained.
    """
    projects.lock(session, project)
    session.refresh(iteration)
    published = select(Publication.name).where(
        Publication.iteration_id == iteration.id, Publication.withdrawn_at.is_(None)
    )
    if name := session.scalars(published).first():
        raise ApiError(
            400,
            "BadRequestIterationIsPublished",
            f"{iteration.name} is published as {name!r}; unpublish it first",
        )
    if iteration.status in ("queued", "training"):
        raise ApiError(409, "Conflict", f"{iteration.name} is {iteration.status}; cancel it first")
    answered = select(Prediction.sha256).where(Prediction.iteration_id == iteration.id)
    leftovers.leave_blobs(session, session.scalars(answered))
    leftovers.leave_iterations(session, [iteration.id])
    session.delete(iteration)
    session.flush()


def _free_name(session: Session, project: Project, number: int) -> str:
    """`Iteration 3`; where one was renamed to that, `Iteration 3 (2)` and so on."""
    name, count = f"Iteration {number}", 1
    while _is_taken(session, project, name):
        count += 1
        name = f"Iteration {number} ({count})"
    return name


def _is_taken(session: Session, project: Project, name: str) -> bool:
    query = select(Iteration.id).where(Iteration.project_id == project.id, Iteration.name == name)
    return session.scalars(query).first() is not None
