"""Images: listed, shown, tagged, deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Query, Response

from fudemoji.server.api import shown
from fudemoji.server.api.asked import Tagging
from fudemoji.server.api.listing import image_ids as all_ids
from fudemoji.server.api.listing import image_page
from fudemoji.server.api.picturing import PICTURE, Size, picture, thumbnail
from fudemoji.server.api.routing import router_of
from fudemoji.server.api.which import Asked
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import images

__all__ = ["router"]

router = router_of("images", prefix="/projects/{project_id}/images", caller=training_caller)

ImageIds = Annotated[tuple[str, ...], Query(min_length=1, max_length=256)]
Take = Annotated[int, Query(ge=0, le=256)]
Skip = Annotated[int, Query(ge=0, le=2**31)]


@router.get("", summary="List the images")
def get_images(
    *,
    context: Current,
    project_id: str,
    which: Asked,
    image_ids: Annotated[tuple[str, ...], Query(max_length=256, description="of these only; none: all")] = (),
    take: Take = 50,
    skip: Skip = 0,
) -> shown.ImagePage:
    """Some images, and how many match in all."""
    if image_ids:
        which = replace(which, query=which.query.narrowed(images.among(image_ids)))
    with context.project(project_id, reads_only=True) as (session, project):
        return image_page(session, context.store, project, which, take=take, skip=skip)


@router.get("/ids", summary="List the ids of all images")
def get_ids(context: Current, project_id: str, which: Asked) -> shown.ImageIds:
    """The ids of all images that match, in order, for those who show some of them at a time."""
    with context.project(project_id, reads_only=True) as (session, project):
        return all_ids(session, context.store, project, which)


@router.get("/thumbnails", summary="Small versions of several images")
def get_thumbnails(
    context: Current,
    project_id: str,
    image_ids: Annotated[tuple[str, ...], Query(min_length=1, max_length=64)],
    size: Size = 256,
) -> shown.Thumbnails:
    """Each image upright, a PNG or a JPEG, not larger than it is; those that are gone or damaged are left out."""
    with context.project(project_id, reads_only=True) as (session, project):
        sha256s = images.sha256s(session, project, image_ids)
    drawn = context.store.thumbnails.of_all(sha256s.values(), size=size)
    return shown.Thumbnails.of({one: drawn[sha256] for one, sha256 in sha256s.items() if sha256 in drawn})


@router.delete("", status_code=204, summary="Delete images")
def delete_images(context: Current, project_id: str, image_ids: ImageIds) -> None:
    """Delete these images; models keep what they learned from them."""
    with context.project(project_id) as (session, project):
        images.delete(session, project, image_ids)


@router.post("/tags", summary="Tag images")
def tag_images(context: Current, project_id: str, tagging: Tagging) -> shown.Tagged:
    """Give each of the tags to each of the images."""
    pairs = [(image_id, tag_id) for image_id in tagging.image_ids for tag_id in tagging.tag_ids]
    with context.project(project_id) as (session, project):
        return shown.Tagged.of(images.tag(session, project, pairs, replace=tagging.replace))


@router.delete("/tags", status_code=204, summary="Untag images")
def untag_images(
    context: Current,
    project_id: str,
    image_ids: ImageIds,
    tag_ids: Annotated[tuple[str, ...], Query(min_length=1, max_length=20)],
) -> None:
    """Take each of the tags from each of the images that has it."""
    with context.project(project_id) as (session, project):
        images.untag(session, project, image_ids, tag_ids)


@router.get("/{image_id}", summary="One image")
def get_image(context: Current, project_id: str, image_id: str) -> shown.Image:
    """What is known of one image."""
    with context.project(project_id, reads_only=True) as (session, project):
        return shown.Image.of(images.find(session, project, image_id))


@router.get("/{image_id}/file", response_class=Response, responses=PICTURE, summary="The file of an image")
def get_file(context: Current, project_id: str, image_id: str) -> Response:
    """The bytes that were sent."""
    with context.project(project_id, reads_only=True) as (session, project):
        image = images.find(session, project, image_id)
    return picture(context.store, image.sha256, kind=image.format)


@router.get(
    "/{image_id}/thumbnail",
    response_class=Response,
    responses=PICTURE,
    summary="A small version of an image",
)
def get_thumbnail(
    context: Current,
    project_id: str,
    image_id: str,
    size: Size = 256,
) -> Response:
    """The image upright, a PNG or a JPEG, not larger than it is."""
    with context.project(project_id, reads_only=True) as (session, project):
        image = images.find(session, project, image_id)
    return thumbnail(context.store, image.sha256, size=size)
