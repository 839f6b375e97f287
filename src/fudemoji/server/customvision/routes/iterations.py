"""Trainings, what came of them, and under which name they answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, asked, showing, words
from fudemoji.server.customvision.edge import json_body, sent
from fudemoji.server.store import iterations, publications
from fudemoji.server.trainings import starting
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = APIRouter(prefix="/projects/{project_id}", tags=["iterations"])


@router.post("/train", openapi_extra=json_body(asked.TrainingParameters))
def train_project(
    context: Current,
    *,
    project_id: str,
    parameters: Annotated[asked.TrainingParameters, sent(asked.TrainingParameters)],
    training_type: Annotated[str, Query(alias="trainingType")] = "Regular",
    reserved_budget_in_hours: Annotated[int, Query(alias="reservedBudgetInHours", ge=0, le=96)] = 0,
    force_train: Annotated[bool, Query(alias="forceTrain")] = False,
    _notification_email_address: Annotated[str | None, Query(alias="notificationEmailAddress")] = None,
) -> answers.Iteration:
    """A training, which waits for its turn; nobody is sent a message when it ends."""
    if parameters.custom_base_model_info is not None:
        raise ApiError(
            400,
            "BadRequestNotSupported",
            "a training starts from no other iteration; leave out customBaseModelInfo",
        )
    with context.project(project_id) as (session, project):
        made = starting.start(
            session,
            context.store,
            project,
            rules=context.rules,
            training_type=words.training_type(training_type),
            budget_hours=reserved_budget_in_hours,
            tag_ids=parameters.selected_tags or None,
            force=force_train,
        )
    context.trainer.wake()
    return showing.iteration(made, publication=None)


@router.get("/iterations")
def get_iterations(context: Current, *, project_id: str) -> list[answers.Iteration]:
    """All iterations, the oldest first."""
    with context.project(project_id, reads_only=True) as (session, project):
        published = publications.every(session, project)
        return [
            showing.iteration(one, publication=published.get(one.id))
            for one in iterations.every(session, project)
        ]


@router.get("/iterations/{iteration_id}")
def get_iteration(context: Current, *, project_id: str, iteration_id: str) -> answers.Iteration:
    """One iteration."""
    with context.project(project_id, reads_only=True) as (session, project):
        found = iterations.find(session, project, iteration_id)
        return showing.iteration(found, publication=publications.current(session, found))


@router.patch("/iterations/{iteration_id}", openapi_extra=json_body(asked.IterationUpdate))
def update_iteration(
    context: Current,
    *,
    project_id: str,
    iteration_id: str,
    update: Annotated[asked.IterationUpdate, sent(asked.IterationUpdate)],
) -> answers.Iteration:
    """Another name."""
    with context.project(project_id) as (session, project):
        found = iterations.find(session, project, iteration_id)
        iterations.rename(session, project, found, name=update.name)
        return showing.iteration(found, publication=publications.current(session, found))


@router.delete("/iterations/{iteration_id}", status_code=204)
def delete_iteration(context: Current, *, project_id: str, iteration_id: str) -> None:
    """Delete an iteration that is not published, with its model."""
    with context.project(project_id) as (session, project):
        iterations.delete(session, project, iterations.find(session, project, iteration_id))


@router.post("/iterations/{iteration_id}/publish")
def publish_iteration(
    context: Current,
    *,
    project_id: str,
    iteration_id: str,
    publish_name: Annotated[str, Query(alias="publishName")],
    prediction_id: Annotated[str, Query(alias="predictionId")] = "",
    overwrite: bool = False,
) -> bool:
    """Let an iteration answer under a name."""
    with context.project(project_id) as (session, project):
        found = iterations.find(session, project, iteration_id)
        publications.publish(
            session, project, found, name=publish_name, resource=prediction_id, overwrite=overwrite
        )
    return True


@router.delete("/iterations/{iteration_id}/publish", status_code=204)
def unpublish_iteration(context: Current, *, project_id: str, iteration_id: str) -> None:
    """Let an iteration answer no more."""
    with context.project(project_id) as (session, project):
        publications.unpublish(session, project, iterations.find(session, project, iteration_id))
