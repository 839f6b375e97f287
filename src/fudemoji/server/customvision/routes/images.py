"""The images of a project: listed, counted, tagged, described, deleted."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, asked, showing
from fudemoji.server.customvision.edge import (
    ImageIds,
    IterationId,
    OrderBy,
    Skip,
    TagIds,
    Take,
    at_most,
    json_body,
    sent,
)
from fudemoji.server.customvision.filtering import Filter, known_to
from fudemoji.server.customvision.links import Links
from fudemoji.server.store import images
from fudemoji.server.store.tables import Project
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = APIRouter(prefix="/projects/{project_id}/images", tags=["images"])

Status = Annotated[Literal["All", "Tagged", "Untagged"], Query(alias="taggingStatus")]
_TAGGED = {"All": None, "Tagged": True, "Untagged": False}


@router.get("")
def get_images(
    context: Current,
    *,
    project_id: str,
    links: Links,
    iteration_id: IterationId = None,
    tag_ids: TagIds = (),
    tagging_status: Status = "All",
    where: Filter = (),
    order_by: OrderBy = "Newest",
    take: Take = 50,
    skip: Skip = 0,
) -> list[answers.Image]:
    """Images, with tags or without."""
    with context.project(project_id, reads_only=True) as (session, project):
        query = images.ImageQuery(
            tagged=_TAGGED[tagging_status],
            tag_ids=tag_ids,
            where=[*where, *known_to(session, project, iteration_id)],
            newest_first=order_by == "Newest",
        )
        found = images.select(session, project, query, take=take, skip=skip)
        return [showing.image(one, links=links) for one in found]


@router.get("/tagged")
def get_tagged_images(
    context: Current,
    *,
    project_id: str,
    links: Links,
    iteration_id: IterationId = None,
    tag_ids: TagIds = (),
    order_by: OrderBy = "Newest",
    take: Take = 50,
    skip: Skip = 0,
) -> list[answers.Image]:
    """Images with tags."""
    return get_images(
        context,
        project_id=project_id,
        links=links,
        iteration_id=iteration_id,
        tag_ids=tag_ids,
        tagging_status="Tagged",
        order_by=order_by,
        take=take,
        skip=skip,
    )


@router.get("/untagged")
def get_untagged_images(
    context: Current,
    *,
    project_id: str,
    links: Links,
    iteration_id: IterationId = None,
    order_by: OrderBy = "Newest",
    take: Take = 50,
    skip: Skip = 0,
) -> list[answers.Image]:
    """Images without tags."""
    return get_images(
        context,
        project_id=project_id,
        links=links,
        iteration_id=iteration_id,
        tagging_status="Untagged",
        order_by=order_by,
        take=take,
        skip=skip,
    )


@router.get("/count")
def get_image_count(
    context: Current,
    *,
    project_id: str,
    iteration_id: IterationId = None,
    tagging_status: Status = "All",
    where: Filter = (),
    tag_ids: TagIds = (),
) -> int:
    """How many images there are."""
    with context.project(project_id, reads_only=True) as (session, project):
        query = images.ImageQuery(
            tagged=_TAGGED[tagging_status],
            tag_ids=tag_ids,
            where=[*where, *known_to(session, project, iteration_id)],
        )
        return images.count(session, project, query)


@router.get("/tagged/count")
def get_tagged_image_count(
    context: Current, *, project_id: str, iteration_id: IterationId = None, tag_ids: TagIds = ()
) -> int:
    """How many images have tags."""
    return get_image_count(
        context, project_id=project_id, iteration_id=iteration_id, tagging_status="Tagged", tag_ids=tag_ids
    )


@router.get("/untagged/count")
def get_untagged_image_count(context: Current, *, project_id: str, iteration_id: IterationId = None) -> int:
    """How many images have no tags."""
    return get_image_count(
        context, project_id=project_id, iteration_id=iteration_id, tagging_status="Untagged"
    )


@router.get("/id")
def get_images_by_ids(
    context: Current,
    *,
    project_id: str,
    links: Links,
    image_ids: ImageIds = (),
    iteration_id: IterationId = None,
) -> list[answers.Image]:
    """These images."""
    at_most(256, image_ids, what="images")
    with context.project(project_id, reads_only=True) as (session, project):
        known_to(session, project, iteration_id)
        return [showing.image(one, links=links) for one in images.find_all(session, project, image_ids)]


@router.delete("", status_code=204)
def delete_images(
    context: Current,
    *,
    project_id: str,
    image_ids: ImageIds = (),
    all_images: Annotated[bool, Query(alias="allImages")] = False,
    _all_iterations: Annotated[bool, Query(alias="allIterations")] = False,
) -> None:
    """Delete these images, or all; iterations keep what they learned."""
    at_most(256, image_ids, what="images")
    if all_images == bool(image_ids):
        raise ApiError(400, "BadRequestInvalidIds", "give either imageIds or allImages=true")
    with context.project(project_id) as (session, project):
        if all_images:
            images.delete_all(session, project)
        else:
            images.delete(session, project, image_ids)


@router.post("/tags", openapi_extra=json_body(asked.ImageTagBatch))
def create_image_tags(
    context: Current,
    *,
    project_id: str,
    batch: Annotated[asked.ImageTagBatch, sent(asked.ImageTagBatch)],
) -> answers.ImageTagSummary:
    """Give tags to images."""
    at_most(256, batch.tags, what="pairs of an image and a tag")
    with context.project(project_id) as (session, project):
        pairs = [(one.image_id.lower(), one.tag_id.lower()) for one in batch.tags]
        tagged = images.tag(session, project, pairs)
    return answers.ImageTagSummary(
        created=_pairs(tagged.created),
        duplicated=_pairs(tagged.duplicated),
        exceeded=_pairs(tagged.exceeded),
    )


@router.delete("/tags", status_code=204)
def delete_image_tags(
    context: Current, *, project_id: str, image_ids: ImageIds = (), tag_ids: TagIds = ()
) -> None:
    """Take tags from images."""
    at_most(64, image_ids, what="images")
    at_most(20, tag_ids, what="tags")
    with context.project(project_id) as (session, project):
        images.untag(session, project, image_ids, tag_ids)


@router.post(
    "/metadata",
    openapi_extra=json_body(asked.Metadata),
    responses={207: {"model": answers.ImageMetadataSummary, "description": "some were refused"}},
)
def update_image_metadata(
    context: Current,
    *,
    project_id: str,
    response: Response,
    metadata: Annotated[asked.Metadata, sent(asked.Metadata)],
    image_ids: ImageIds = (),
) -> answers.ImageMetadataSummary:
    """Remember these facts of images."""
    at_most(256, image_ids, what="images")
    with context.project(project_id) as (session, project):
        results = [
            _remembered(session, project, image_id, metadata.root) for image_id in dict.fromkeys(image_ids)
        ]
    is_good = all(one.status == "OK" for one in results)
    response.status_code = 200 if is_good else 207
    return answers.ImageMetadataSummary(is_batch_successful=is_good, images=results)


def _remembered(
    session: Session, project: Project, image_id: str, facts: dict[str, str]
) -> answers.ImageMetadataResult:
    status: Literal["OK", "ErrorImageNotFound", "ErrorLimitExceed"] = "OK"
    about: dict[str, str] = {}
    try:
        image = images.find(session, project, image_id)
        about = images.update(session, image, about=facts).about
    except ApiError as error:
        status = "ErrorImageNotFound" if error.status == 404 else "ErrorLimitExceed"
    return answers.ImageMetadataResult(image_id=image_id, status=status, metadata=about)


def _pairs(pairs: list[tuple[str, str]]) -> list[answers.ImageTagPair]:
    return [answers.ImageTagPair(image_id=image_id, tag_id=tag_id) for image_id, tag_id in pairs]
