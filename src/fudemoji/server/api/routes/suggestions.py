"""Suggestions: what an iteration takes the untagged images for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from fudemoji.server.api import shown
from fudemoji.server.api.asked import Confirmation
from fudemoji.server.api.routes.images import Skip, Take
from fudemoji.server.api.routing import router_of
from fudemoji.server.api.which import TagIds
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import confirming, iterations, suggestions, tags
from fudemoji.server.trainings.suggesting import suggest

__all__ = ["router"]

router = router_of(
    "suggestions",
    prefix="/projects/{project_id}/iterations/{iteration_id}/suggestions",
    caller=training_caller,
)


TakenFor = Annotated[
    tuple[str, ...], Query(max_length=64, description="whose most probable tag is one of these")
]


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
    taken_for: TakenFor = (),
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


@router.get("/certain", summary="List the certain suggestions")
def get_certain(
    *,
    context: Current,
    project_id: str,
    iteration_id: str,
    least: Annotated[float, Query(ge=0.5, le=1, description="of the certainty")] = 0.95,
    taken_for: TakenFor = (),
) -> shown.CertainImages:
    """All untagged images that the iteration is certain of, the least certain first, and what they would get.

    Certain is the likeliest tag's probability; with several tags an image, every tag is with so much there, or not.
    """
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        found = confirming.certain(session, project, iteration, least=least, taken_for=taken_for)
        return shown.CertainImages.of(found, tags.names(session, project))


@router.post("/confirm", summary="Confirm certain suggestions")
def confirm_suggestions(
    context: Current, project_id: str, iteration_id: str, confirmation: Confirmation
) -> shown.Confirmed:
    """Give these images the tags that are suggested; what is tagged, gone or not as certain by now is passed over."""
    with context.project(project_id) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        told = confirming.confirm(
            session, project, iteration, confirmation.image_ids, least=confirmation.least
        )
    created = {image_id: list(tag_ids) for image_id, tag_ids in told.created.items()}
    return shown.Confirmed(created=created, passed_over=told.passed_over)
