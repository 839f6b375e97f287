"""Publications: which iteration answers under which name, now and before."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations, projects
from fudemoji.server.store.checking import check_name, is_text
from fudemoji.server.store.tables import Iteration, Project, Publication, now
from fudemoji.serving.errors import ApiError

__all__ = ["before", "current", "every", "history", "named", "publish", "roll_back", "unpublish"]


def publish(
    session: Session,
    project: Project,
    iteration: Iteration,
    *,
    name: str,
    resource: str = "",
    overwrite: bool = False,
) -> Publication:
    """Let an iteration answer under a name.

    Args:
        session: the transaction.
        project: of the iteration.
        iteration: a completed one.
        name: any; a program asks for it.
        resource: what the client gave as its prediction resource; kept, and of no effect.
        overwrite: an iteration that has the name gives way.

    Raises:
        ApiError: the iteration is deleted, not completed or published under another name, or the name is blank, too
            long, or taken.
    """
    projects.lock(session, project)
    check_name(name, what="the publication", code="BadRequestInvalidPublishName")
    if session.scalar(select(Iteration.id).where(Iteration.id == iteration.id)) is None:
        raise ApiError(404, "NotFoundIteration", "the iteration has been deleted")
    iterations.check_completed(iteration)
    if own := current(session, iteration):
        if own.name == name:
            return own
        raise ApiError(
            400,
            "BadRequestIterationIsPublished",
            f"{iteration.name} is published as {own.name!r}; unpublish it first",
        )
    if there := _under(session, project, name):
        if not overwrite:
            raise ApiError(
                400,
                "BadRequestInvalidPublishName",
                f"another iteration is published as {name!r}; unpublish it, or overwrite",
            )
        _withdraw(session, there)
    return _let_answer(session, iteration, name=name, resource=resource)


def unpublish(session: Session, project: Project, iteration: Iteration) -> None:
    """Let the iteration answer no more.

    Raises:
        ApiError: it is not published.
    """
    projects.lock(session, project)
    own = current(session, iteration)
    if own is None:
        raise ApiError(400, "BadRequestIterationNotPublished", f"{iteration.name} is not published")
    _withdraw(session, own)


def named(session: Session, project: Project, name: str) -> Iteration:
    """The iteration that answers under the name.

    Raises:
        ApiError: none does.
    """
    query = (
        select(Iteration)
        .join(Publication, Publication.iteration_id == Iteration.id)
        .where(Publication.project_id == project.id, Publication.withdrawn_at.is_(None))
        .where(Publication.name == name)
    )
    iteration = session.scalars(query).first() if is_text(name) else None
    if iteration is None:
        raise ApiError(
            404, "ErrorPredictionModelNotFound", "no iteration of the project is published under this name"
        )
    return iteration


def current(session: Session, iteration: Iteration) -> Publication | None:
    """Under what the iteration answers now."""
    query = select(Publication).where(
        Publication.iteration_id == iteration.id, Publication.withdrawn_at.is_(None)
    )
    return session.scalars(query).first()


def every(session: Session, project: Project) -> dict[str, Publication]:
    """What answers now in the project, by the id of the iteration."""
    query = select(Publication).where(
        Publication.project_id == project.id, Publication.withdrawn_at.is_(None)
    )
    return {one.iteration_id: one for one in session.scalars(query)}


def history(session: Session, project: Project, *, name: str | None = None) -> list[Publication]:
    """What answered under the name, or under any, the newest first; iterations deleted since are not in it."""
    query = select(Publication).where(Publication.project_id == project.id)
    if name is not None:
        if not is_text(name):
            return []
        query = query.where(Publication.name == name)
    return list(session.scalars(query.order_by(Publication.id.desc())))


def before(session: Session, project: Project, *, name: str) -> Publication | None:
    """What a roll back would let answer again under the name; None where nothing else did, or is free to."""
    steps: list[Publication] = []
    for one in reversed(history(session, project, name=name)):
        while one.is_roll_back and steps and steps[-1].iteration_id != one.iteration_id:
            steps.pop()
        if not steps or steps[-1].iteration_id != one.iteration_id:
            steps.append(one)
    busy = every(session, project)
    return next((one for one in reversed(steps[:-1]) if one.iteration_id not in busy), None)


def roll_back(session: Session, project: Project, *, name: str) -> Publication:
    """Let the iteration answer again that did under the name before this one.

    Each further call goes back one more, as undo does.

    Raises:
        ApiError: nothing is published under the name, or nothing was before.
    """
    projects.lock(session, project)
    there = _under(session, project, name) if is_text(name) else None
    if there is None:
        raise ApiError(400, "BadRequestIterationNotPublished", "no iteration is published under this name")
    if last := before(session, project, name=name):
        _withdraw(session, there)
        iteration = session.get_one(Iteration, last.iteration_id)
        return _let_answer(session, iteration, name=name, resource=last.resource, is_roll_back=True)
    raise ApiError(
        400, "BadRequestIterationNotPublished", "no other iteration was published under this name before"
    )


def _under(session: Session, project: Project, name: str) -> Publication | None:
    query = select(Publication).where(
        Publication.project_id == project.id, Publication.name == name, Publication.withdrawn_at.is_(None)
    )
    return session.scalars(query).first()


def _withdraw(session: Session, publication: Publication) -> None:
    publication.withdrawn_at = now()
    session.flush()


def _let_answer(
    session: Session, iteration: Iteration, *, name: str, resource: str, is_roll_back: bool = False
) -> Publication:
    publication = Publication(
        project_id=iteration.project_id,
        iteration_id=iteration.id,
        name=name,
        resource=resource,
        is_roll_back=is_roll_back,
    )
    session.add(publication)
    session.flush()
    return publication
