"""Models packed for other places."""

from __future__ import annotations

from fastapi import APIRouter

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, showing
from fudemoji.server.customvision.links import Links
from fudemoji.server.store import exports, iterations
from fudemoji.server.trainings import exporting

__all__ = ["router"]

router = APIRouter(prefix="/projects/{project_id}/iterations/{iteration_id}/export", tags=["iterations"])


@router.get("")
def get_exports(
    context: Current, *, project_id: str, iteration_id: str, links: Links
) -> list[answers.Export]:
    """All exports of an iteration, each with a link to it once it is done."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        return [
            showing.export(one, project_id=project.id, links=links)
            for one in exports.every(session, iteration)
        ]


@router.post("")
def export_iteration(
    context: Current, *, project_id: str, iteration_id: str, links: Links, platform: str, flavor: str = ""
) -> answers.Export:
    """An export, which waits for its turn."""
    with context.project(project_id) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        made = exporting.request(session, iteration, platform=platform, flavor=flavor)
        told = showing.export(made, project_id=project.id, links=links)
    context.trainer.wake()
    return told
