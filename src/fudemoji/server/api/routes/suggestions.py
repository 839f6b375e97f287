"""Suggestions: what an iteration takes the untagged images for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from fudemoji.server.api import shown
from fudemoji.server.api.routes.images import Skip, Take
from fudemoji.server.api.routing import router_of
from fudemoji.server.api.which import TagIds
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import iterations, suggestions, tags
from fudemoji.server.trainings.suggesting import suggest

__all__ = ["router"]

router = router_of(
    "suggestions",
    prefix="/projects/{project_id}/iterations/{iteration_id}/suggestions",
    caller=training_caller,
)


@router.post("", summary="Look at the untagged images")
async def make_suggestions(context: Current, project_id: str, iteration_id: str) -> shown.Suggested:
    """Keep what the iteration takes every untagged image for that it has not looked at yet.

    It answers when all are done; what was kept stays when it is cut off, and the next call goes on from there.
    """
    num = await suggest(context.store, context.pool, project_id=project_id, iteration_id=iteration_id)
    return shown.Suggested(num_images=num)


@router.get("", summary="List suggestions")
def get_suggestions(
    *,
    context: Current,
    project_id: str,
    iteration_id: str,
    tag_ids: TagIds = (),
    threshold: Annotated[float, Query(ge=0, le=1, description="that the tag has at least")] = 0.0,
    taken_for: Annotated[
        tuple[str, ...], Query(max_length=64, description="whose most probable tag is one of these")
    ] = (),
    most_uncertain_first: bool = True,
    take: Take = 50,
    skip: Skip = 0,
) -> list[shown.Suggestion]:
    """Untagged images with what the iteration takes them for; tag those that teach most, the most uncertain."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        found = suggestions.select(
            session, iteration,
            tag_ids=tag_ids, threshold=threshold, taken_for=taken_for, most_uncertain_first=most_uncertain_first,
            take=take, skip=skip,
        )  # fmt: skip
        names = tags.names(session, project)
        return [shown.Suggestion.of(one, names) for one in found]
