"""Named sets: what they hold, and which of their images are alike."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from fudemoji.server.api import shown
from fudemoji.server.api.picturing import PICTURE
from fudemoji.server.api.routing import router_of
from fudemoji.server.context import Current, training_caller

__all__ = ["router"]

router = router_of("named sets", prefix="/sets", caller=training_caller)

Place = Annotated[int, Query(ge=0, le=2**31)]
Few = Annotated[int, Query(ge=1, le=200)]
Count = Annotated[int, Query(ge=1, le=24, description="forms at most")]
_KEPT = {"Cache-Control": "private, max-age=86400"}
_TYPICAL = 40  # images of a form that are told


@router.get("", summary="List the named sets")
def get_sets(context: Current) -> list[shown.NamedSet]:
    """All sets that go by a name, also those whose files are not here."""
    return [shown.NamedSet.of(named, is_here=is_here) for named, is_here in context.sets.every()]


@router.get("/{name}", summary="What a named set holds")
def get_set(context: Current, name: str) -> shown.OpenedSet:
    """Its classes, and how many images each has; reading it takes some seconds the first time."""
    return shown.OpenedSet.of(context.sets.open(name))


@router.get("/{name}/images", summary="Some images of a class")
def get_set_images(
    context: Current,
    name: str,
    class_id: str,
    take: Few = 12,
    seed: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> list[shown.SetImage]:
    """Images drawn at random; another seed draws others."""
    opened = context.sets.open(name)
    places = opened.sample(opened.label_of(class_id), take=take, seed=seed)
    return [shown.SetImage.of(opened, place) for place in places]


@router.get("/{name}/images/{place}/file", response_class=Response, responses=PICTURE, summary="An image")
def get_set_file(context: Current, name: str, place: int) -> Response:
    """The image as a PNG, pixel for pixel."""
    return Response(context.sets.open(name).picture(place), media_type="image/png", headers=_KEPT)


@router.get("/{name}/images/{place}/neighbours", summary="Images that are like one")
def get_set_neighbours(context: Current, name: str, place: int, take: Few = 24) -> list[shown.SetImage]:
    """Those whose pixels are most like its own, in all splits, the most alike first."""
    opened = context.sets.open(name)
    found = opened.neighbours(place, take=take)
    return [shown.SetImage.of(opened, one, likeness=likeness) for one, likeness in found]


@router.get("/{name}/forms", summary="The forms that a class has")
def get_set_forms(context: Current, name: str, class_id: str, count: Count = 6) -> list[shown.SetForm]:
    """Images of a class grouped by their pixels, the largest group first; of many images as many as 3,000."""
    opened = context.sets.open(name)
    found = opened.forms(opened.label_of(class_id), count=count)
    return [
        shown.SetForm(num_images=len(form.places), places=form.places[:_TYPICAL].tolist()) for form in found
    ]
