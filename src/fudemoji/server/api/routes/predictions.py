"""Predictions: images are classified, and what is kept of that."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response

from fudemoji.server.api import predicting, shown
from fudemoji.server.api.asked import PlaceOfImage, StoredTags
from fudemoji.server.api.predicting import Asked, asked_by
from fudemoji.server.api.routes.uploads import IMAGES
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import Current, either_caller, training_caller
from fudemoji.server.store import predictions, tags
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
    order: Literal["newest", "oldest", "suggested"] = "newest",
    iteration_id: str | None = None,
    application: Annotated[str | None, Query(max_length=255)] = None,
    take: Annotated[int, Query(ge=1, le=256)] = 50,
    continuation: Annotated[str, Query(max_length=100)] = "",
) -> shown.PredictionPage:
    """What was kept; `suggested` has the most uncertain first."""
    query = predictions.Query(
        order=order, iteration_id=iteration_id, application=application, take=take, continuation=continuation
    )
    with context.project(project_id, reads_only=True) as (session, project):
        page = predictions.select(session, project, query)
        names = tags.names(session, project)
        found = [shown.Prediction.of(one, names) for one in page.predictions]
        return shown.PredictionPage(predictions=found, continuation=page.continuation)


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
