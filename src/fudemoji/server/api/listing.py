"""Images and stored predictions, listed as a request wants them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from sqlalchemy.orm import Session

from fudemoji.server.api import shown
from fudemoji.server.api.which import Which
from fudemoji.server.store import Store, images, iterations, predictions, tags
from fudemoji.server.store.images import ImageQuery
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings import judging
from fudemoji.server.trainings.outcomes import with_outcome

__all__ = ["image_ids", "image_page", "prediction_query"]

_MOST_ANSWERS = 3  # tags told of an image


def image_page(
    session: Session, store: Store, project: Project, which: Which, *, take: int, skip: int
) -> shown.ImagePage:
    """Some of the images that are wanted, with what is known of them.

    Args:
        session: a transaction.
        store: of the project.
        project: of the images.
        which: the images that are wanted, and their order.
        take: at most so many.
        skip: so many are left out first.

    Raises:
        ApiError: there is no such iteration, it is not trained, or nothing was held out of its training.
    """
    iteration = _iteration(session, project, which)
    query = _query(session, store, iteration, which)
    if iteration and (which.verdict or which.outcome):
        ids = list(_judged(session, store, project, iteration, which=which, query=query))
        found, total = images.find_all(session, project, ids[skip : skip + take]), len(ids)
    else:
        found = images.select(session, project, query, take=take, skip=skip)
        total = images.count(session, project, query)
    answers: dict[str, list[shown.Probability]] = {}
    if iteration:
        names, files = tags.names(session, project), {one.id: one.sha256 for one in found}
        told = judging.answers(session, store, iteration, files, most=_MOST_ANSWERS)
        answers = {image_id: shown.probabilities(probs, names) for image_id, probs in told.items()}
    return shown.ImagePage(images=[shown.Image.of(one) for one in found], total=total, answers=answers)


def image_ids(session: Session, store: Store, project: Project, which: Which) -> shown.ImageIds:
    """The ids of all images that are wanted, in the order of `image_page`; the errors are the same."""
    iteration = _iteration(session, project, which)
    query = _query(session, store, iteration, which)
    if iteration is None:
        return shown.ImageIds(ids=images.ids(session, project, query), notes={})
    if which.verdict or which.outcome:
        files = _judged(session, store, project, iteration, which=which, query=query)
    else:
        files = images.identities(session, project, query)
    names = tags.names(session, project)
    answers = judging.answers(session, store, iteration, files, most=1)
    notes = {
        image_id: f"{names.get(tag_id, '?')} {prob:.0%}" for image_id, [(tag_id, prob)] in answers.items()
    }
    return shown.ImageIds(ids=list(files), notes=notes)


def prediction_query(
    *,
    order: Annotated[
        Literal["newest", "oldest", "suggested"], Query(description="`suggested`: the most uncertain first")
    ] = "newest",
    taken_for: Annotated[
        tuple[str, ...], Query(max_length=64, description="whose most probable tag is one of these")
    ] = (),
    least: Annotated[float, Query(ge=0, le=1, description="and has at least this probability")] = 0.0,
    iteration_id: str | None = None,
    application: Annotated[str | None, Query(max_length=255)] = None,
    take: Annotated[int, Query(ge=1, le=256)] = 50,
    continuation: Annotated[str, Query(max_length=100)] = "",
) -> predictions.Query:
    """Which stored predictions the query of a request wants."""
    return predictions.Query(
        order=order,
        tags=[predictions.TagRange(tag_id, least) for tag_id in taken_for],
        taken_for=taken_for,
        iteration_id=iteration_id,
        application=application,
        take=take,
        continuation=continuation,
    )


def _iteration(session: Session, project: Project, which: Which) -> Iteration | None:
    return iterations.find(session, project, which.iteration_id) if which.iteration_id is not None else None


def _query(session: Session, store: Store, iteration: Iteration | None, which: Which) -> ImageQuery:
    if iteration is None or which.split is None:
        return which.query
    return which.query.narrowed(judging.in_split(session, store, iteration, which.split))


def _judged(
    session: Session, store: Store, project: Project, iteration: Iteration, *, which: Which, query: ImageQuery
) -> dict[str, str]:
    if which.outcome:
        return with_outcome(session, store, project, iteration, which.outcome, query=query)
    assert which.verdict
    return judging.judged(
        session, store, project, iteration, verdict=which.verdict, sure=which.sure, query=query
    )
