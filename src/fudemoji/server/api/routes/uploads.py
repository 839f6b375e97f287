"""Images become part of a project."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from fudemoji.server.api import shown
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import images
from fudemoji.serving.bodies import read_images
from fudemoji.serving.errors import ApiError

__all__ = ["IMAGES", "router"]

router = router_of("images", prefix="/projects/{project_id}/images", caller=training_caller)

_FILE = {"type": "string", "format": "binary"}
_BASE64 = {"type": "string", "contentEncoding": "base64"}
IMAGES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "a form, every part of it an image; the bytes of one image; or images in base64",
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"images": {"type": "array", "items": _FILE}}}
            },
            "application/octet-stream": {"schema": _FILE},
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"images": {"type": "array", "items": _BASE64, "minItems": 1}},
                    "required": ["images"],
                    "additionalProperties": False,
                }
            },
        },
    }
}


@router.post(
    "",
    status_code=201,
    summary="Upload images",
    responses={
        207: {"model": shown.Uploads, "description": "some were refused"},
        **refusals(408, 413, 415, 507),
    },
    openapi_extra=IMAGES,
)
async def upload_images(
    context: Current,
    project_id: str,
    request: Request,
    response: Response,
    tag_ids: Annotated[
        tuple[str, ...], Query(max_length=256, description="that all of them are to have")
    ] = (),
) -> shown.Uploads:
    """Add images; each that is `OK` lies on the disk when this is answered.

    A content that the project has already is not added again: its image gets the tags beside its own.
    """
    most = context.settings.tags_per_request
    if len(tag_ids) > most:
        raise ApiError(400, "BadRequestExceedTagPerImageLimit", f"a request may give {most} tags to an image")
    uploads = await read_images(request, limits=context.limits)
    entries = [images.Entry(one.content, name=one.name, tag_ids=tag_ids) for one in uploads]
    added = await run_in_threadpool(context.upload, project_id, entries)
    response.status_code = 201 if all(one.is_good for one in added) else 207
    return shown.Uploads(images=[shown.Uploaded.of(one) for one in added])
