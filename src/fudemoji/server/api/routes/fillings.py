"""Projects are filled: from an archive that is sent, or from a named set."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from fudemoji.data import CATALOG
from fudemoji.server import filling
from fudemoji.server.api import shown
from fudemoji.server.api.asked import FillingWish
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import Context, Current, training_caller
from fudemoji.serving.bodies import save_body
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = router_of("fillings", prefix="/projects/{project_id}/fillings", caller=training_caller)

_FILE = {"schema": {"type": "string", "format": "binary"}}
_ARCHIVE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the bytes of a zip, or of a tar, plain or compressed with gzip, bzip2 or xz",
        "content": dict.fromkeys(("application/octet-stream", "application/zip", "application/x-tar"), _FILE),
    }
}


@router.post(
    "",
    status_code=202,
    summary="Add the images of an archive",
    responses=refusals(408, 413, 415, 507),
    openapi_extra=_ARCHIVE,
)
async def fill_from_archive(
    context: Current,
    project_id: str,
    request: Request,
    name: Annotated[str, Query(max_length=1000, description="of the archive's file")] = "",
    has_tags: Annotated[
        bool, Query(description="whether images get tags by their folders or their table")
    ] = True,
) -> shown.Filling:
    """Keep an archive and fill the project from it; the answer comes before its images are there.

    Folders become tags, those with the name of a split and a single one around everything apart; or a table in the
    archive says which image has which tag. Images that lie beside the folders have none.
    """
    async with context.filler.arriving(project_id, name, has_tags=has_tags) as (path, source):
        await save_body(request, path, context.settings.archive_bytes, limits=context.limits)
        begun = await run_in_threadpool(context.filler.begin, project_id, source, archive=path)
    return shown.Filling.model_validate(begun)


@router.post("/sets", status_code=202, responses=refusals(507), summary="Add the images of a named set")
def fill_from_set(context: Current, project_id: str, wish: FillingWish) -> shown.Filling:
    """Fill the project from the training split of a set that lies on the server's machine."""
    if wish.set not in CATALOG:
        raise ApiError(404, "NotFoundSet", f"there is no set of this name; known: {', '.join(CATALOG)}")
    source = filling.Source("set", wish.set, per_class=wish.per_class)
    return shown.Filling.model_validate(context.filler.begin(project_id, source))


@router.get("", summary="List the fillings")
def get_fillings(context: Current, project_id: str) -> list[shown.Filling]:
    """Those under way, and those that ended until they are forgotten, the oldest first."""
    _check(context, project_id)
    return [shown.Filling.model_validate(one) for one in context.filler.every(project_id)]


@router.get("/{filling_id}", summary="How far a filling is")
def get_filling(context: Current, project_id: str, filling_id: str) -> shown.Filling:
    """How far it is, and what was refused."""
    _check(context, project_id)
    return shown.Filling.model_validate(context.filler.find(project_id, filling_id))


@router.post("/{filling_id}/cancel", status_code=204, summary="Cancel a filling")
def cancel_filling(context: Current, project_id: str, filling_id: str) -> None:
    """End it soon; the images that it has added stay."""
    _check(context, project_id)
    context.filler.cancel(context.filler.find(project_id, filling_id))


@router.post(
    "/{filling_id}/resume", status_code=202, responses=refusals(409), summary="Resume a filling that failed"
)
def resume_filling(context: Current, project_id: str, filling_id: str) -> shown.Filling:
    """Go on where it failed, when the disk has room again, or the source is back; nothing is sent anew."""
    _check(context, project_id)
    return shown.Filling.model_validate(context.filler.resume(context.filler.find(project_id, filling_id)))


@router.delete("/{filling_id}", status_code=204, responses=refusals(409), summary="Forget a filling")
def delete_filling(context: Current, project_id: str, filling_id: str) -> None:
    """Know no more of one that has ended; its images stay."""
    _check(context, project_id)
    context.filler.forget(context.filler.find(project_id, filling_id))


def _check(context: Context, project_id: str) -> None:
    with context.project(project_id, reads_only=True):
        pass
