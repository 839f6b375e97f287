"""Which images of a project are alike."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from fudemoji.server.api import shown
from fudemoji.server.api.routes.sets import Count, Few
from fudemoji.server.api.routing import router_of
from fudemoji.server.context import Context, Current, training_caller
from fudemoji.server.exploring import Comparison, Neighbours
from fudemoji.server.store import images

__all__ = ["router"]

router = router_of("alike", prefix="/projects/{project_id}", caller=training_caller)


def _comparison(
    iteration_id: Annotated[
        str | None, Query(description="a trained iteration, whose model compares; none: pixels")
    ] = None,
    seconds: Annotated[
        float, Query(ge=0, le=20, description="after which it answers with what there is")
    ] = 5.0,
) -> Comparison:
    return Comparison(iteration_id, seconds)


How = Annotated[Comparison, Depends(_comparison)]


@router.get("/images/{image_id}/neighbours", summary="Images that are like one")
async def get_neighbours(
    context: Current, project_id: str, image_id: str, how: How, take: Few = 24
) -> shown.Neighbours:
    """The most alike first.

    Each image is looked at once, which takes a while where there are many: until `num_images` is `total`, ask again.
    """
    found = await context.looks.neighbours(project_id, image_id, how, take=take)
    return await run_in_threadpool(_with_rows, context, project_id, found)


@router.get("/tags/{tag_id}/forms", summary="The forms that a tag's images have")
async def get_forms(
    context: Current, project_id: str, tag_id: str, how: How, count: Count = 6
) -> shown.Forms:
    """The images of a tag in groups that are alike; of many images the first 3,000.

    Each image is looked at once, which takes a while where there are many: until `num_images` is `total`, ask again.
    """
    return shown.Forms.model_validate(await context.looks.forms(project_id, tag_id, how, count=count))


def _with_rows(context: Context, project_id: str, found: Neighbours) -> shown.Neighbours:
    ids = [image_id for image_id, _ in found.found]
    with context.project(project_id, reads_only=True) as (session, project):
        rows = images.select(session, project, images.ImageQuery(where=[images.among(ids)]), take=len(ids))
        return shown.Neighbours.of(found, {row.id: row for row in rows})
