"""Many suggestions at once become tags: those that an iteration is certain of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, insert
from sqlalchemy import select as select_rows
from sqlalchemy.orm import Session

from fudemoji.server.store import projects, tags
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.images.tagging import drop_suggestions, refusal
from fudemoji.server.store.many import one_of
from fudemoji.server.store.probs import is_best
from fudemoji.server.store.tables import ImageTag, Iteration, Probs, Project, Suggestion, Tag, now

__all__ = ["Certain", "Confirmed", "certain", "confirm"]

_GIVEN = 0.5  # from which a tag of several is given


@dataclass(frozen=True)
class Certain:
    """An untagged image, and what it would be tagged with.

    Attributes:
        image_id: of the image.
        tag_ids: that the iteration gives it; the negative one where it gives none of several.
        certainty: 0.5 to 1, the least probability with which any of its answers is right.
    """

    image_id: str
    tag_ids: tuple[str, ...]
    certainty: float


@dataclass(frozen=True)
class Confirmed:
    """What became of images whose suggestions were to be confirmed.

    Attributes:
        created: the tags that images have now, by their ids.
        passed_over: ids of images that are gone or tagged by now, or of which the iteration is not as certain.
    """

    created: dict[str, tuple[str, ...]]
    passed_over: list[str]


def certain(
    session: Session,
    project: Project,
    iteration: Iteration,
    *,
    least: float,
    taken_for: Sequence[str] = (),
    image_ids: Collection[str] | None = None,
) -> list[Certain]:
    """Untagged images that an iteration is certain of, the least certain first.

    With one tag an image, that is the likeliest tag's probability. With several, each tag is there or not, and the
    iteration has to be certain of every one. What tags that were deleted would be needed for is left out, and what no
    tag can be given to.

    Args:
        session: the transaction.
        project: of the images.
        iteration: that answered.
        least: of the certainty, above or at 0.5.
        taken_for: those whose most probable tag is one of these; none: any.
        image_ids: of these images only; None: of all.
    """
    untagged = ~exists().where(ImageTag.image_id == Suggestion.image_id)
    query = select_rows(Suggestion.image_id, Suggestion.probs).where(
        Suggestion.iteration_id == iteration.id, untagged
    )
    if taken_for:
        query = query.where(is_best(Suggestion.probs, [canonical(one) or "" for one in taken_for]))
    if image_ids is not None:
        query = query.where(one_of(session, Suggestion.image_id, image_ids))
    known = {one.id: one for one in tags.every(session, project)}
    found = [
        Certain(image_id, given, certainty)
        for image_id, probs in session.execute(query)
        if (certainty := _certainty(probs, iteration)) >= least
        and (given := _given(probs, project, iteration, known))
    ]
    return sorted(found, key=lambda one: (one.certainty, one.image_id))


def confirm(
    session: Session, project: Project, iteration: Iteration, image_ids: Sequence[str], *, least: float
) -> Confirmed:
    """Give images the tags that an iteration suggests; those that it is not certain of any more are passed over.

    Args:
        session: the transaction.
        project: of the images.
        iteration: that answered.
        image_ids: of the images.
        least: of the certainty, as of `certain`.
    """
    projects.lock(session, project)
    wanted = list(dict.fromkeys(canonical(one) or one for one in image_ids))
    found = certain(session, project, iteration, least=least, image_ids=wanted)
    created = {one.image_id: one.tag_ids for one in found}
    rows = [
        {"image_id": image_id, "tag_id": tag_id, "created": now()}
        for image_id, tag_ids in created.items()
        for tag_id in tag_ids
    ]
    if rows:
        session.execute(insert(ImageTag), rows)
        drop_suggestions(session, created)
    return Confirmed(created, [one for one in wanted if one not in created])


def _certainty(probs: Probs, iteration: Iteration) -> float:
    """Of the likeliest tag; of several the least, where those that were not kept are no likelier than the last."""
    if not probs:
        return 0.0
    if iteration.kind != "multilabel":
        return probs[0][1]
    if len(probs) < len(iteration.tag_ids) and probs[-1][1] >= _GIVEN:
        return 0.0  # more are given than are kept
    return min(max(prob, 1 - prob) for _, prob in probs)


def _given(probs: Probs, project: Project, iteration: Iteration, known: Mapping[str, Tag]) -> tuple[str, ...]:
    """The tags that an answer gives, as far as an image of the project can have them; none where it cannot."""
    if iteration.kind == "multilabel":
        likely = {tag_id for tag_id, prob in probs if prob >= _GIVEN}
        given = [one for one in iteration.tag_ids if one in likely]
        given = given or [one.id for one in known.values() if one.kind == "negative"]
    else:
        given = [probs[0][0]]
    if not all(one in known for one in given) or refusal(project, [known[one] for one in given]):
        return ()
    return tuple(given)
