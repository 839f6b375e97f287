"""The prediction service: an image in, its tags out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from fudemoji.server.context import Current, prediction_caller
from fudemoji.server.customvision import answers, asked, predicting
from fudemoji.server.customvision.edge import form_of_images, json_body, sent
from fudemoji.server.models import Model
from fudemoji.serving.bodies import read_image

__all__ = ["router"]

router = APIRouter(
    prefix="/{project_id}/classify/iterations/{published_name}",
    tags=["prediction"],
    dependencies=[Depends(prediction_caller)],
    responses={200: {"model": answers.ImagePrediction}},
    default_response_class=Response,
)
_IMAGE = form_of_images(several=False)
_URL = json_body(asked.ImageUrl)


async def _model(
    context: Current,
    *,
    project_id: str,
    published_name: Annotated[str, Path(description="quoted, a slash in it as %2F")],
) -> Model:
    return await context.models.published(project_id, unquote(published_name))


async def _content(request: Request, context: Current) -> bytes:
    return await read_image(request, limits=context.limits)


Application = Annotated[str, Query(alias="application", description="what the program calls itself")]
Published = Annotated[Model, Depends(_model)]
Content = Annotated[bytes, Depends(_content)]
Place = Annotated[asked.ImageUrl, sent(asked.ImageUrl)]


@router.post("/image", openapi_extra=_IMAGE)
async def classify_image(
    context: Current, *, model: Published, content: Content, application: Application = ""
) -> Response:
    """Classify an image, and keep it with the answer."""
    return await predicting.answer_and_keep(context, model, content, application=application)


@router.post("/image/nostore", openapi_extra=_IMAGE)
async def classify_image_with_no_store(
    context: Current, *, model: Published, content: Content, _application: Application = ""
) -> Response:
    """Classify an image."""
    return await predicting.answer(context, model, content)


@router.post("/url", openapi_extra=_URL)
async def classify_image_url(
    context: Current, *, model: Published, place: Place, application: Application = ""
) -> Response:
    """Classify the image at a public address, and keep it with the answer."""
    content = await predicting.fetched(context, place.url)
    return await predicting.answer_and_keep(context, model, content, application=application, url=place.url)


@router.post("/url/nostore", openapi_extra=_URL)
async def classify_image_url_with_no_store(
    context: Current, *, model: Published, place: Place, _application: Application = ""
) -> Response:
    """Classify the image at a public address."""
    return await predicting.answer(context, model, await predicting.fetched(context, place.url))
