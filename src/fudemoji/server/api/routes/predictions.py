"""Predictions: images are classified, and what is kept of that."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from fudemoji.server.api import predicting, shown
from fudemoji.server.api.asked import PlaceOfImage, StoredTags
from fudemoji.server.api.listing import prediction_query
from fudemoji.server.api.picturing import PICTURE, Size, picture, thumbnail
from fudemoji.server.api.predicting import Asked, asked_by
from fudemoji.server.api.routes.uploads import IMAGES
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import Context, Current, either_caller, training_caller
from fudemoji.server.store import predictions, tags
from fudemoji.server.store.pictures import header
from fudemoji.serving.bodies import Upload, read_images
from fudemoji.serving.fetching import fetch

__all__ = ["kept", "made"]

_PREFIX = "/projects/{project_id}/predictions"
made = router_of("predictions", prefix=_PREFIX, caller=either_caller)
kept = router_of("predictions", prefix=_PREFIX, caller=training_caller)

Wish = Annotated[Asked, Depends(asked_by)]
PredictionIds = Annotated[tuple[str, ...], Query(min_length=1, max_length=64)]
_SOME: dict[int | str, dict[str, object]] = {
    207: {"model": shown.Predictions, "description": "some images were refused"}
}


@made.post(
    "", responses={**_SOME, **refusals(408, 413, 415, 507)}, openapi_extra=IMAGES, summary="Classify images"
)
async def predict(
    context: Current, project_id: str, request: Request, response: Response, wish: Wish
) -> shown.Predictions:
    """What an iteration takes images for: the one that is published under a name, or any (a quick test)."""
    uploads = await read_images(request, limits=context.limits)
    return predicting.told(await predicting.predict(context, project_id, wish, uploads), response)


@made.post("/url", responses={**_SOME, **refusals(408, 413, 415, 507)}, summary="Classify the image at a URL")
async def predict_url(
    context: Current, project_id: str, response: Response, place: PlaceOfImage, wish: Wish
) -> shown.Predictions:
    """The same for an image on the public internet."""
    settings = context.settings
    content = await fetch(place.url, most=settings.image_bytes, allow_private=settings.allow_private_urls)
    found = await predicting.predict(context, project_id, wish, [Upload(content)], url=place.url)
    return predicting.told(found, response)


@kept.get("", summary="List stored predictions")
def get_predictions(
    *,
    context: Current,
    project_id: str,
    query: Annotated[predictions.Query, Depends(prediction_query)],
) -> shown.PredictionPage:
    """What was kept."""
    with context.project(project_id, reads_only=True) as (session, project):
        page = predictions.select(session, project, query)
        names = tags.names(session, project)
        return shown.PredictionPage(
            predictions=[shown.Prediction.of(one, names) for one in page.predictions],
            total=predictions.count(session, project, query),
            continuation=page.continuation,
        )


@kept.get("/applications", summary="Which programs asked")
def get_applications(context: Current, project_id: str) -> list[str]:
    """What the programs call themselves of whose questions something is kept."""
    with context.project(project_id, reads_only=True) as (session, project):
        return predictions.applications(session, project)


@kept.get(
    "/{prediction_id}/file",
    response_class=Response,
    responses=PICTURE,
    summary="The file of a stored prediction",
)
def get_file(context: Current, project_id: str, prediction_id: str) -> Response:
    """The bytes that were sent."""
    sha256 = _sha256(context, project_id, prediction_id)
    kind, _ = header(context.store.blobs.read(sha256))
    return picture(context.store, sha256, kind=kind)


@kept.get(
    "/{prediction_id}/thumbnail",
    response_class=Response,
    responses=PICTURE,
    summary="A small version of a stored prediction's image",
)
def get_thumbnail(context: Current, project_id: str, prediction_id: str, size: Size = 256) -> Response:
    """The image upright, a PNG or a JPEG, not larger than it is."""
    return thumbnail(context.store, _sha256(context, project_id, prediction_id), size=size)


@kept.delete("", status_code=204, summary="Delete stored predictions")
def delete_predictions(context: Current, project_id: str, prediction_ids: PredictionIds) -> None:
    """Delete these predictions with their images."""
    with context.project(project_id) as (session, project):
        predictions.delete(session, project, prediction_ids)


@kept.post(
    "/images",
    status_code=201,
    responses={207: {"model": shown.Uploads, "description": "some were refused"}, **refusals(507)},
    summary="Make stored predictions images of the project",
)
def take_as_images(context: Current, project_id: str, wish: StoredTags, response: Response) -> shown.Uploads:
    """The images of stored predictions become images of the project, with tags; they are no predictions then."""
    context.check_room(project_id, len(wish.predictions))
    added = predictions.take_as_images(
        context.store, project_id, wish.predictions, limits=context.image_limits
    )
    response.status_code = 201 if all(one.is_good for one in added) else 207
    return shown.Uploads(images=[shown.Uploaded.of(one) for one in added])


def _sha256(context: Context, project_id: str, prediction_id: str) -> str:
    with context.project(project_id, reads_only=True) as (session, project):
        [found] = predictions.find_all(session, project, [prediction_id])
        return found.sha256
