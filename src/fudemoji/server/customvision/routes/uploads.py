"""Images become part of a project: as data, files, URLs, or out of what was classified."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, asked, gathering
from fudemoji.server.customvision.edge import TagIds, at_most, form_of_images, json_body, sent
from fudemoji.server.customvision.gathering import Gathered
from fudemoji.server.customvision.links import Links
from fudemoji.serving.bodies import Upload, read_images

__all__ = ["router"]

router = APIRouter(
    prefix="/projects/{project_id}/images",
    tags=["images"],
    responses={207: {"model": answers.ImageCreateSummary, "description": "some were refused"}},
)


async def _uploads(request: Request, context: Current) -> list[Upload]:
    return await read_images(request, limits=context.limits)


@router.post("", openapi_extra=form_of_images(several=True))
def create_images_from_data(
    context: Current,
    *,
    project_id: str,
    links: Links,
    response: Response,
    uploads: Annotated[list[Upload], Depends(_uploads)],
    tag_ids: TagIds = (),
) -> answers.ImageCreateSummary:
    """Add images, each a part of a form, or one as the whole body."""
    at_most(context.settings.tags_per_request, tag_ids, what="tags")
    gathered = [Gathered(one.name or None, one.content) for one in uploads]
    return gathering.told(
        gathering.add(context, project_id, gathered, tag_ids=tag_ids, links=links), response
    )


@router.post("/files", openapi_extra=json_body(asked.FileBatch))
def create_images_from_files(
    context: Current,
    *,
    project_id: str,
    links: Links,
    response: Response,
    batch: Annotated[asked.FileBatch, sent(asked.FileBatch, has_images=True)],
) -> answers.ImageCreateSummary:
    """Add images, each in base64."""
    gathering.check(context, batch)
    gathered = [gathering.of_file(one, limits=context.limits) for one in batch.images]
    summary = gathering.add(
        context, project_id, gathered, tag_ids=batch.tag_ids or (), about=batch.metadata, links=links
    )
    return gathering.told(summary, response)


@router.post("/urls", openapi_extra=json_body(asked.UrlBatch))
async def create_images_from_urls(
    context: Current,
    *,
    project_id: str,
    links: Links,
    response: Response,
    batch: Annotated[asked.UrlBatch, sent(asked.UrlBatch)],
) -> answers.ImageCreateSummary:
    """Add images that are fetched from public addresses."""
    gathering.check(context, batch)
    gathered = await gathering.fetched(context, batch.images)
    tag_ids, about = batch.tag_ids or (), batch.metadata
    summary = await run_in_threadpool(
        gathering.add, context, project_id, gathered, tag_ids=tag_ids, about=about, links=links
    )
    return gathering.told(summary, response)


@router.post("/predictions", openapi_extra=json_body(asked.PredictedBatch))
def create_images_from_predictions(
    context: Current,
    *,
    project_id: str,
    links: Links,
    response: Response,
    batch: Annotated[asked.PredictedBatch, sent(asked.PredictedBatch)],
) -> answers.ImageCreateSummary:
    """Add images that were classified and stored; they are no stored predictions then."""
    gathering.check(context, batch)
    return gathering.told(gathering.take(context, project_id, batch, links=links), response)
