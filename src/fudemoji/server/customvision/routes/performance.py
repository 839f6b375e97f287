"""How good an iteration is, over all and image by image."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, showing
from fudemoji.server.customvision.edge import OrderBy, Share, Skip, TagIds, Take
from fudemoji.server.customvision.links import Links
from fudemoji.server.store import iterations, tags
from fudemoji.server.trainings import performance as performances

__all__ = ["router"]

router = APIRouter(prefix="/projects/{project_id}/iterations/{iteration_id}/performance", tags=["iterations"])


@router.get("")
def get_iteration_performance(
    context: Current,
    *,
    project_id: str,
    iteration_id: str,
    threshold: Share = 0.5,
    _overlap_threshold: Annotated[float | None, Query(alias="overlapThreshold", ge=0, le=1)] = None,
) -> answers.IterationPerformance:
    """How well an iteration finds its tags at a threshold, on images that were held out of its training."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        measured = performances.performance(context.store, iteration, threshold=threshold)
        return showing.performance(measured, tags=tags.of_iteration(session, iteration))


@router.get("/images")
def get_image_performances(
    context: Current,
    *,
    project_id: str,
    iteration_id: str,
    links: Links,
    tag_ids: TagIds = (),
    order_by: OrderBy = "Newest",
    take: Take = 50,
    skip: Skip = 0,
) -> list[answers.ImagePerformance]:
    """The images that were held out, with what they were taken for."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        found = performances.image_performances(
            session,
            context.store,
            project,
            iteration,
            tag_ids=tag_ids,
            newest_first=order_by == "Newest",
            take=take,
            skip=skip,
        )
        known = {tag.id: tag for tag in tags.of_iteration(session, iteration)}
        return [showing.image_performance(one, tags=known, links=links) for one in found]


@router.get("/images/count")
def get_image_performance_count(
    context: Current, *, project_id: str, iteration_id: str, tag_ids: TagIds = ()
) -> int:
    """How many images were held out."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        return performances.count_image_performances(
            session, context.store, project, iteration, tag_ids=tag_ids
        )
