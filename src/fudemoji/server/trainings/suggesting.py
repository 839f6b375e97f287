"""What a trained iteration takes the untagged images of its project for, so that a person need only agree."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import exists, select

from fudemoji.server.store import Store, iterations, projects, suggestions
from fudemoji.server.store.tables import Image, ImageTag, Probs, Suggestion
from fudemoji.serving.errors import ApiError
from fudemoji.serving.pool import Answer, Pool

__all__ = ["Looked", "suggest", "suggest_next"]

_AT_ONCE = 64  # images


@dataclass(frozen=True)
class Looked:
    """What came of looking at some images.

    Attributes:
        num_kept: images that have a suggestion now.
        last: the id of the last of them; None where none were left.
    """

    num_kept: int
    last: str | None


async def suggest(store: Store, pool: Pool, *, project_id: str, iteration_id: str) -> int:
    """Keep a suggestion for every untagged image that has none of this iteration yet.

    Args:
        store: of the project.
        pool: that predicts.
        project_id: the project.
        iteration_id: the iteration that is asked.

    Returns:
        How many were kept.

    Raises:
        ApiError: as of `suggest_next`; what was kept until then stays, and the next call goes on from there.
    """
    kept, last = 0, ""
    while True:
        looked = await suggest_next(store, pool, project_id=project_id, iteration_id=iteration_id, after=last)
        kept += looked.num_kept
        if looked.last is None:
            return kept
        last = looked.last


async def suggest_next(
    store: Store, pool: Pool, *, project_id: str, iteration_id: str, after: str = ""
) -> Looked:
    """Keep suggestions for the next few untagged images, in a transaction of their own.

    Images that cannot be read have no suggestion.

    Args:
        store: of the project.
        pool: that predicts.
        project_id: the project.
        iteration_id: the iteration that is asked.
        after: the id of the last image of the call before; empty: from the beginning.

    Raises:
        ApiError: there is no such project or iteration, it is not trained, or the pool has too much to do.
    """
    contents = await asyncio.to_thread(_next, store, project_id, iteration_id, after)
    if not contents:
        return Looked(0, None)
    there = {image_id: content for image_id, content in contents.items() if content}
    outcomes = await pool.predict(store.runs / iteration_id, list(there.values()))
    answers = {
        image_id: outcome.probs_K.tolist()
        for image_id, outcome in zip(there, outcomes, strict=True)
        if isinstance(outcome, Answer)
    }
    return Looked(await asyncio.to_thread(_keep, store, project_id, iteration_id, answers), max(contents))


def _next(store: Store, project_id: str, iteration_id: str, after: str) -> dict[str, bytes]:
    """The next images after an id, with their files; an empty one where it cannot be read."""
    is_untagged = ~exists().where(ImageTag.image_id == Image.id)
    is_new = ~exists().where(Suggestion.image_id == Image.id, Suggestion.iteration_id == iteration_id)
    with store.session(reads_only=True) as session:
        project = projects.find(session, project_id)
        iteration = iterations.find(session, project, iteration_id)
        iterations.check_completed(iteration)
        found = session.execute(
            select(Image.id, Image.sha256)
            .where(Image.project_id == project.id, Image.id > after, is_untagged, is_new)
            .order_by(Image.id)
            .limit(_AT_ONCE)
        ).all()
    contents = {row.id: b"" for row in found}
    for row in found:
        with suppress(ApiError):
            contents[row.id] = store.blobs.read(row.sha256)
    return contents


def _keep(store: Store, project_id: str, iteration_id: str, answers: dict[str, list[float]]) -> int:
    with store.session() as session:
        iteration = iterations.find(session, projects.find(session, project_id), iteration_id)
        probs: dict[str, Probs] = {
            image_id: list(zip(iteration.tag_ids, probs_K, strict=True))
            for image_id, probs_K in answers.items()
        }
        suggestions.keep(session, iteration, probs)
    return len(probs)
