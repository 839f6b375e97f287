"""Trainings: started, followed, cancelled, resumed."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from fudemoji.server.api import shown
from fudemoji.server.api.asked import TrainingWish
from fudemoji.server.api.following import follow, progress_of
from fudemoji.server.api.reporting import report_page
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.api.training import begin, expect
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import iterations
from fudemoji.server.trainings import cancel, course, log_of, report, resume

__all__ = ["router"]

router = router_of("trainings", prefix="/projects/{project_id}/iterations", caller=training_caller)

_EVENT = {
    "type": "object",
    "description": "each event",
    "properties": {"event": {"const": "progress"}, "data": {"type": "string"}},
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`progress` events until the training has ended, each with the JSON of /progress",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}
_LOG: dict[int | str, dict[str, Any]] = {
    200: {"description": "as a terminal shows it", "content": {"text/plain": {"schema": {"type": "string"}}}}
}
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {"description": "a page", "content": {"text/html": {"schema": {"type": "string"}}}}
}


@router.post("", status_code=202, responses=refusals(409), summary="Train")
def train(context: Current, project_id: str, wish: TrainingWish | None = None) -> shown.Iteration:
    """Train a new iteration on the images and tags that the project has now; it waits for its turn.

    Several projects are trained at a time if the server is told so; a project has one training at a time.
    """
    with context.project(project_id) as (session, project):
        iteration = begin(session, context, project, wish or TrainingWish())
    context.trainer.wake()
    return shown.Iteration.of(iteration, None)


@router.post("/estimate", summary="Estimate a training")
def estimate_training(context: Current, project_id: str, wish: TrainingWish | None = None) -> shown.Estimate:
    """What the same wish would train now, and how long that would take; nothing is started."""
    with context.project(project_id, reads_only=True) as (session, project):
        return shown.Estimate.of(*expect(session, context, project, wish or TrainingWish()))


@router.get("/{iteration_id}/course", summary="The curves of a training")
def get_course(context: Current, project_id: str, iteration_id: str) -> shown.Course:
    """Losses and accuracy by epoch, as far as the training has come."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
    return shown.Course.of(course(context.store, iteration))


@router.get(
    "/{iteration_id}/report", response_class=Response, responses=_REPORT, summary="The report of a training"
)
def get_report(context: Current, project_id: str, iteration_id: str) -> HTMLResponse:
    """The page that the training wrote about itself; it may ask for nothing, and is kept apart from other pages."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
    return report_page(report(context.store, project, iteration))


@router.get("/{iteration_id}/progress", summary="How far a training is")
def get_progress(context: Current, project_id: str, iteration_id: str) -> shown.Progress:
    """How far a training is, or how it ended."""
    return progress_of(context, project_id, iteration_id)


@router.get(
    "/{iteration_id}/events", response_class=StreamingResponse, responses=_EVENTS, summary="Follow a training"
)
async def get_events(context: Current, project_id: str, iteration_id: str) -> StreamingResponse:
    """How far a training is, live, as Server-Sent Events."""
    await run_in_threadpool(progress_of, context, project_id, iteration_id)
    return StreamingResponse(follow(context, project_id, iteration_id), media_type="text/event-stream")


@router.get("/{iteration_id}/log", response_class=Response, responses=_LOG, summary="What a training said")
def get_log(context: Current, project_id: str, iteration_id: str) -> Response:
    """The end of what the training's process printed, without places of the server's machine."""
    with context.project(project_id, reads_only=True) as (session, project):
        return PlainTextResponse(log_of(context.store, iterations.find(session, project, iteration_id)))


@router.post("/{iteration_id}/cancel", responses=refusals(409), summary="Cancel a training")
def cancel_training(context: Current, project_id: str, iteration_id: str) -> shown.Iteration:
    """A training that waits never starts; one that runs is stopped with a checkpoint."""
    with context.project(project_id) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        cancel(session, iteration)
    context.trainer.wake()
    return shown.Iteration.of(iteration, None)


@router.post("/{iteration_id}/resume", status_code=202, responses=refusals(409), summary="Resume a training")
def resume_training(context: Current, project_id: str, iteration_id: str) -> shown.Iteration:
    """A training that was cancelled or cut off waits for its turn again, and goes on from its last checkpoint."""
    with context.project(project_id) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        resume(session, context.store, project, iteration)
    context.trainer.wake()
    return shown.Iteration.of(iteration, None)
