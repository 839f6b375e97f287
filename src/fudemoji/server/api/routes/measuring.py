"""How well iterations find their tags."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from fudemoji.server.api import shown
from fudemoji.server.api.comparing import compare
from fudemoji.server.api.routes.images import Skip, Take
from fudemoji.server.api.routing import router_of
from fudemoji.server.api.which import TagIds
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import iterations, tags
from fudemoji.server.trainings.answers import answers
from fudemoji.server.trainings.performance import (
    count_image_performances,
    curve,
    image_performances,
    performance,
)

__all__ = ["router"]

router = router_of(
    "performance", prefix="/projects/{project_id}/iterations/{iteration_id}", caller=training_caller
)

Threshold = Annotated[float, Query(ge=0, le=1, description="that a probability has to reach")]


@router.get("/performance", summary="How good an iteration is")
def get_performance(
    context: Current, project_id: str, iteration_id: str, threshold: Threshold = 0.5
) -> shown.Performance:
    """Precision and recall at a threshold, of each tag and of all, on the images held out of the training."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        names = tags.names(session, project)
    return shown.Performance.of(performance(context.store, iteration, threshold=threshold), names)


@router.get("/performance/images", summary="What an iteration takes the held-out images for")
def get_measured_images(
    *,
    context: Current,
    project_id: str,
    iteration_id: str,
    tag_ids: TagIds = (),
    newest_first: bool = True,
    take: Take = 50,
    skip: Skip = 0,
) -> shown.MeasuredImages:
    """The images that the figures of an iteration come from, as far as they are still there."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        found = image_performances(
            session, context.store, project, iteration,
            tag_ids=tag_ids, newest_first=newest_first, take=take, skip=skip,
        )  # fmt: skip
        total = count_image_performances(session, context.store, project, iteration, tag_ids=tag_ids)
        names = tags.names(session, project)
        return shown.MeasuredImages(images=[shown.MeasuredImage.of(one, names) for one in found], total=total)


@router.get("/performance/answers", summary="All that an iteration answers for the held-out images")
def get_answers(
    context: Current,
    project_id: str,
    iteration_id: str,
    least: Annotated[float, Query(ge=0, le=1, description="of the probability of what is not there")] = 0.01,
) -> shown.Answers:
    """From which all figures at any threshold can be made; of images with one tag the five likeliest tags."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        found = answers(session, context.store, project, iteration, least=least)
        return shown.Answers.of(found, iteration, tags.names(session, project))


@router.get("/performance/curve", summary="Precision and recall at all thresholds")
def get_curve(context: Current, project_id: str, iteration_id: str) -> shown.Curve:
    """Of all tags together, at 0.00, 0.01 and so on to 1.00."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
    return shown.Curve.of(curve(context.store, iteration))


@router.get("/comparison", summary="Compare two iterations")
def get_comparison(
    context: Current,
    project_id: str,
    iteration_id: str,
    other_id: Annotated[str, Query(description="the iteration to compare with")],
    threshold: Threshold = 0.5,
) -> shown.Comparison:
    """Both performances, and on how many common images only one of the two is right."""
    with context.project(project_id, reads_only=True) as (session, project):
        one = iterations.find(session, project, iteration_id)
        other = iterations.find(session, project, other_id)
        names = tags.names(session, project)
    return compare(context.store, one, other, threshold=threshold, names=names)
