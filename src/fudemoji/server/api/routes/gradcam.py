"""Grad-CAM: where a model looked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from fudemoji.server.api.predicting import OfIteration, Published, model_of
from fudemoji.server.api.routes.uploads import IMAGES
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import Current, either_caller
from fudemoji.server.models import Model
from fudemoji.server.store.ids import canonical
from fudemoji.serving.bodies import read_image
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = router_of("predictions", prefix="/projects/{project_id}/gradcam", caller=either_caller)

_PNG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "a PNG",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "",
    response_class=Response,
    responses={**_PNG, **refusals(408, 413, 415)},
    openapi_extra=IMAGES,
    summary="Show where a model looked",
)
async def show_heat(
    *,
    context: Current,
    project_id: str,
    request: Request,
    published: Published = None,
    iteration_id: OfIteration = None,
    tag_id: Annotated[
        str | None, Query(description="what speaks for this tag; else for the likeliest")
    ] = None,
) -> Response:
    """One image as the model gets it, and over it in amber and vermilion what speaks for a tag (Grad-CAM).

    Models without convolutions have no such picture, and say so.
    """
    model = await model_of(context, project_id, published=published, iteration_id=iteration_id)
    image = await read_image(request, limits=context.limits)
    picture = await context.pool.gradcam(model.run, image, label=_place(model, tag_id))
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})


def _place(model: Model, tag_id: str | None) -> int | None:
    """The place of the tag among the classes of the model."""
    if tag_id is None:
        return None
    try:
        return model.iteration.tag_ids.index(canonical(tag_id) or "")
    except ValueError:
        raise ApiError(404, "NotFoundTag", "the iteration knows no such tag") from None
