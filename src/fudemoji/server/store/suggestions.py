"""Suggestions: what an iteration takes the untagged images for, the most uncertain first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, func, insert
from sqlalchemy import select as select_rows
from sqlalchemy.orm import Session

from fudemoji.server.store import projects
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.many import one_of
from fudemoji.server.store.probs import has_prob, is_best, most_probable, uncertainty
from fudemoji.server.store.tables import Image, ImageTag, Iteration, Probs, Suggestion, now
from fudemoji.serving.errors import ApiError

__all__ = ["Suggested", "count", "drop", "keep", "num_kept", "of_images", "select"]

_MOST_PROBS = 10  # kept of an answer


@dataclass(frozen=True)
class Suggested:
    """An untagged image, and what an iteration takes it for."""

    image: Image
    suggestion: Suggestion


def keep(session: Session, iteration: Iteration, answers: Mapping[str, Probs]) -> None:
    """Keep what the iteration takes images for; an earlier answer of its is replaced.

    Args:
        session: the transaction.
        iteration: that answered.
        answers: image ids, with tag ids and probabilities of all classes; the 10 most probable are kept. Images that
            are gone or tagged by now are left out.

    Raises:
        ApiError: the iteration has been deleted.
    """
    projects.lock_by_id(session, iteration.project_id)
    if session.scalar(select_rows(Iteration.id).where(Iteration.id == iteration.id)) is None:
        raise ApiError(404, "NotFoundIteration", "the iteration has been deleted")
    untagged = ~exists().where(ImageTag.image_id == Image.id)
    query = select_rows(Image.id).where(
        Image.project_id == iteration.project_id, Image.id.in_(answers), untagged
    )
    there = set(session.scalars(query))
    drop(session, iteration, image_ids=there)
    rows = [
        {
            "image_id": image_id,
            "iteration_id": iteration.id,
            "probs": most_probable(probs, most=_MOST_PROBS),
            "uncertainty": uncertainty([prob for _, prob in probs], kind=iteration.kind),
            "created": now(),
        }
        for image_id, probs in answers.items()
        if image_id in there
    ]
    if rows:
        session.execute(insert(Suggestion), rows)


def select(
    session: Session,
    iteration: Iteration,
    *,
    tag_ids: Sequence[str] = (),
    threshold: float = 0.0,
    taken_for: Sequence[str] = (),
    image_ids: Sequence[str] = (),
    most_uncertain_first: bool = True,
    take: int = 50,
    skip: int = 0,
) -> list[Suggested]:
    """Untagged images with what the iteration takes them for.

    Args:
        session: the transaction.
        iteration: that answered.
        tag_ids: those taken for one of these; none: for any.
        threshold: with at least this probability.
        taken_for: those whose most probable tag is one of these; none: any.
        image_ids: of these images only; none: of all.
        most_uncertain_first: or the most certain.
        take: at most so many.
        skip: so many are left out first.
    """
    query = select_rows(Suggestion, Image).join(Image, Image.id == Suggestion.image_id)
    query = query.where(Suggestion.iteration_id == iteration.id)
    if tag_ids or threshold > 0:
        wanted = [canonical(one) or "" for one in tag_ids]
        query = query.where(has_prob(session, Suggestion.probs, tag_ids=wanted, least=threshold))
    if taken_for:
        query = query.where(is_best(Suggestion.probs, [canonical(one) or "" for one in taken_for]))
    if image_ids:
        query = query.where(Image.id.in_({canonical(one) or "" for one in image_ids}))
    place = (Suggestion.uncertainty, Suggestion.image_id)
    query = query.order_by(*(one.desc() if most_uncertain_first else one for one in place))
    return [Suggested(image, one) for one, image in session.execute(query.offset(skip).limit(take))]


def count(
    session: Session, iteration: Iteration, *, tag_ids: Sequence[str], threshold: float = 0.0
) -> dict[str, int]:
    """How many untagged images the iteration takes for each of the tags, with at least this probability."""
    found = {}
    for tag_id in tag_ids:
        has_it = has_prob(session, Suggestion.probs, tag_ids=[canonical(tag_id) or ""], least=threshold)
        query = select_rows(func.count()).select_from(Suggestion)
        found[tag_id] = session.scalar(query.where(Suggestion.iteration_id == iteration.id, has_it)) or 0
    return found


def num_kept(session: Session, iteration: Iteration, *, taken_for: Sequence[str] = ()) -> int:
    """How many untagged images the iteration has looked at, or takes for one of these tags."""
    query = select_rows(func.count()).select_from(Suggestion).where(Suggestion.iteration_id == iteration.id)
    if taken_for:
        query = query.where(is_best(Suggestion.probs, taken_for))
    return session.scalar(query) or 0


def of_images(session: Session, iteration: Iteration, image_ids: Collection[str]) -> list[Suggestion]:
    """What the iteration takes these images for, those of them that it has looked at."""
    query = select_rows(Suggestion).where(Suggestion.iteration_id == iteration.id)
    return list(session.scalars(query.where(one_of(session, Suggestion.image_id, image_ids))))


def drop(session: Session, iteration: Iteration, *, image_ids: Iterable[str] | None = None) -> None:
    """Forget what the iteration took images for; all of them, or these."""
    rows = delete_rows(Suggestion).where(Suggestion.iteration_id == iteration.id)
    session.execute(rows if image_ids is None else rows.where(Suggestion.image_id.in_(set(image_ids))))
