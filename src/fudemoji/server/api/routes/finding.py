"""The search for a learning rate: asked for, looked at, ended."""

from __future__ import annotations

from fudemoji.server.api import shown
from fudemoji.server.api.asked import TrainingWish
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.api.training import expect
from fudemoji.server.context import Current, training_caller
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = router_of("trainings", prefix="/projects/{project_id}/learning-rate", caller=training_caller)


@router.post("", status_code=202, responses=refusals(507), summary="Look for a learning rate")
def find_rate(context: Current, project_id: str, wish: TrainingWish | None = None) -> shown.RateFinding:
    """Try rising rates on the project's images, with what the same wish would train; it waits for its turn.

    It takes the place of the project's last search.
    """
    with context.project(project_id, reads_only=True) as (session, project):
        prospect, _ = expect(session, context, project, wish or TrainingWish())
        finding = context.trainer.finder.ask(project.id, prospect)
    context.trainer.wake()
    return shown.RateFinding.of(finding, tried=None, curve=None)


@router.get("", summary="The learning rate that was found")
def get_rate(context: Current, project_id: str) -> shown.RateFinding:
    """The project's last search: how far it is, and the curve when it is done."""
    with context.project(project_id, reads_only=True) as (_, project):
        finder = context.trainer.finder
        finding = finder.last(project.id)
    if finding is None:
        raise ApiError(404, "NotFound", "no learning rate was looked for in this project")
    return shown.RateFinding.of(finding, tried=finder.tried(finding), curve=finder.curve(finding))


@router.delete("", status_code=204, summary="End the search for a learning rate")
def cancel_rate(context: Current, project_id: str) -> None:
    """End the search, if one waits or goes on."""
    with context.project(project_id, reads_only=True) as (_, project):
        context.trainer.finder.cancel(project.id)
    context.trainer.wake()
