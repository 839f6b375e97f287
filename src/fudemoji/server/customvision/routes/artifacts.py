"""Files of a project: with a key by their path, or without one under a signed link."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from fudemoji.server.context import Context, Current
from fudemoji.server.customvision import artifacts
from fudemoji.server.customvision.links import ARTIFACTS, Links

__all__ = ["linked", "router"]

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
_HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",  # a page of a program may show what it was given a link to
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(
    prefix="/projects/{project_id}", tags=["projects"], default_response_class=Response, responses=_FILE
)
linked = APIRouter(prefix=ARTIFACTS, tags=["projects"], default_response_class=Response, responses=_FILE)


@router.get("/artifacts")
def get_artifact(context: Current, *, project_id: str, path: str) -> Response:
    """A file by its path in the project, or by the link to it."""
    return _sent(context, project_id, artifacts.relative(project_id, path))


@linked.get("/{project_id}/{path:path}")
def get_linked_artifact(
    context: Current, *, links: Links, project_id: str, path: str, until: str = "", signature: str = ""
) -> Response:
    """A file under a link that this server made."""
    links.signer.check(f"{project_id}/{path}", until=until, signature=signature)
    return _sent(context, project_id, path)


def _sent(context: Context, project_id: str, path: str) -> Response:
    with context.project(project_id, reads_only=True) as (session, project):
        found = artifacts.find(session, context.store, project, path)
    if isinstance(found.content, bytes):
        return Response(found.content, media_type=found.media_type, headers=_HEADERS)
    return FileResponse(found.content, media_type=found.media_type, filename=found.name, headers=_HEADERS)
