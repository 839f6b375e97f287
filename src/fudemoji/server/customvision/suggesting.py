"""An iteration says what it takes images of its project for."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool

from fudemoji.server.context import Context
from fudemoji.server.customvision import answers, showing
from fudemoji.server.models import Model
from fudemoji.server.store import images, suggestions, tags
from fudemoji.server.store.probs import uncertainty
from fudemoji.server.store.tables import Probs, now
from fudemoji.serving.pool import Answer

__all__ = ["suggest"]


async def suggest(
    context: Context, project_id: str, model: Model, image_ids: Sequence[str]
) -> list[answers.Suggestion]:
    """What the model takes these images for; what it says of untagged ones is kept.

    Raises:
        ApiError: the project has no such image, or there are too many requests.
    """
    contents = await run_in_threadpool(_contents, context, project_id, image_ids)
    outcomes = await context.pool.predict(model.run, contents)
    probs = {
        image_id: model.probs(one.probs_K)
        for image_id, one in zip(image_ids, outcomes, strict=True)
        if isinstance(one, Answer)
    }
    return await run_in_threadpool(_kept, context, project_id, model, probs)


def _contents(context: Context, project_id: str, image_ids: Sequence[str]) -> list[bytes]:
    with context.project(project_id, reads_only=True) as (session, project):
        found = images.find_all(session, project, image_ids)
    return [context.store.blobs.read(one.sha256) for one in found]


def _kept(
    context: Context, project_id: str, model: Model, probs: dict[str, Probs]
) -> list[answers.Suggestion]:
    with context.project(project_id) as (session, _project):
        suggestions.keep(session, model.iteration, probs)
        known = {tag.id: tag for tag in tags.of_iteration(session, model.iteration)}
    return [
        answers.Suggestion(
            id=image_id,
            project=project_id,
            iteration=model.iteration.id,
            created=now(),
            predictions=showing.predictions(one, known),
            prediction_uncertainty=uncertainty([prob for _, prob in one], kind=model.iteration.kind),
        )
        for image_id, one in probs.items()
    ]
