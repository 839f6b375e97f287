"""An image is tried on an iteration, published or not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, asked, predicting
from fudemoji.server.customvision.edge import IterationId, form_of_images, json_body, sent
from fudemoji.server.models import Model
from fudemoji.serving.bodies import read_image

__all__ = ["router"]

router = APIRouter(
    prefix="/projects/{project_id}/quicktest",
    tags=["iterations"],
    responses={200: {"model": answers.ImagePrediction}},
    default_response_class=Response,
)


async def _model(context: Current, *, project_id: str, iteration_id: IterationId = None) -> Model:
    return await context.models.of_iteration(project_id, iteration_id)


Tried = Annotated[Model, Depends(_model)]


@router.post("/image", openapi_extra=form_of_images(several=False))
async def quick_test_image(request: Request, context: Current, model: Tried, store: bool = True) -> Response:
    """Classify an image by an iteration, the newest one where none is named."""
    content = await read_image(request, limits=context.limits)
    if store:
        return await predicting.answer_and_keep(context, model, content)
    return await predicting.answer(context, model, content)


@router.post("/url", openapi_extra=json_body(asked.ImageUrl))
async def quick_test_image_url(
    context: Current,
    *,
    model: Tried,
    place: Annotated[asked.ImageUrl, sent(asked.ImageUrl)],
    store: bool = True,
) -> Response:
    """Classify the image at a public address by an iteration, the newest one where none is named."""
    content = await predicting.fetched(context, place.url)
    if store:
        return await predicting.answer_and_keep(context, model, content, url=place.url)
    return await predicting.answer(context, model, content)
