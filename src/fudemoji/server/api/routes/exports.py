"""Exports: models as files for other places."""

from __future__ import annotations

from typing import Any

from fastapi.responses import FileResponse

from fudemoji.server.api import shown
from fudemoji.server.api.asked import ExportWish
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import exports, iterations, tables
from fudemoji.server.trainings import exporting

__all__ = ["router"]

router = router_of(
    "exports", prefix="/projects/{project_id}/iterations/{iteration_id}/exports", caller=training_caller
)

_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "a zip file",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("", response_model=list[shown.Export], summary="List the exports")
def get_exports(context: Current, project_id: str, iteration_id: str) -> list[tables.Export]:
    """All exports of the iteration, the oldest first."""
    with context.project(project_id, reads_only=True) as (session, project):
        return exports.every(session, iterations.find(session, project, iteration_id))


@router.post("", status_code=202, response_model=shown.Export, summary="Export a model")
def export(context: Current, project_id: str, iteration_id: str, wish: ExportWish) -> tables.Export:
    """Pack the model for another place; its answers are compared with the original's first."""
    with context.project(project_id) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        asked = exporting.request(session, iteration, platform=wish.platform, flavor=wish.flavor)
    context.trainer.wake()
    return asked


@router.get(
    "/{export_id}/file",
    response_class=FileResponse,
    responses={**_ZIP, **refusals(409)},
    summary="The file of an export",
)
def get_export_file(context: Current, project_id: str, iteration_id: str, export_id: str) -> FileResponse:
    """A zip file with the model, its classes and its card."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        path = exporting.packed(session, context.store, project, export_id)
    return FileResponse(path, media_type="application/zip", filename=f"{iteration.id}.zip")
