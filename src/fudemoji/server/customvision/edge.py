"""What the operations take from a request: ids joined by commas, JSON under a cap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel, ValidationError
from starlette.requests import Request

from fudemoji.server.context import Current
from fudemoji.serving.bodies import read_json
from fudemoji.serving.errors import ApiError

__all__ = [
    "Ids",
    "ImageIds",
    "IterationId",
    "OrderBy",
    "Share",
    "Skip",
    "TagIds",
    "Take",
    "at_most",
    "form_of_images",
    "json_body",
    "sent",
]


def _parted(values: tuple[str, ...]) -> tuple[str, ...]:
    """What clients join by commas in one value, or give as several."""
    return tuple(part.strip().lower() for value in values for part in value.split(",") if part.strip())


Ids = Annotated[tuple[str, ...], AfterValidator(_parted)]
TagIds = Annotated[Ids, Query(alias="tagIds", description="joined by commas")]
ImageIds = Annotated[Ids, Query(alias="imageIds", description="joined by commas")]
IterationId = Annotated[str | None, Query(alias="iterationId")]
OrderBy = Annotated[Literal["Newest", "Oldest"], Query(alias="orderBy")]
Share = Annotated[float, Query(ge=0, le=1)]
Take = Annotated[int, Query(ge=0, le=256)]
Skip = Annotated[int, Query(ge=0, le=2**31 - 1)]


def at_most(most: int, ids: Sequence[object], *, what: str) -> None:
    """Nothing, unless there are more.

    Raises:
        ApiError: there are.
    """
    if len(ids) > most:
        raise ApiError(400, "BadRequestExceededBatchSize", f"a request names at most {most} {what}")


def sent(model: type[BaseModel], *, has_images: bool = False) -> Any:
    """A dependency: the JSON of a request as a model; an empty body is an empty object.

    It raises an ApiError where the body is too large, takes too long, or is no such JSON; what was sent is not told.

    Args:
        model: what the body is to be.
        has_images: it may be as large as a body with images.
    """

    async def read(request: Request, context: Current) -> BaseModel:
        limits = context.limits
        given = await read_json(request, limits=limits, most=limits.body_bytes if has_images else None)
        try:
            return model.model_validate({} if given is None else given)
        except ValidationError as error:
            raise ApiError(400, "BadRequestInvalid", "; ".join(_phrases(error))) from None

    return Depends(read)


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """How the description of the API tells of a body that `sent` reads."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    return {"requestBody": {"content": {"application/json": {"schema": _filled(schema, parts)}}}}


def form_of_images(*, several: bool) -> dict[str, Any]:
    """How the description of the API tells of images in the parts of a form, or of one as the whole body."""
    image = {"type": "string", "format": "binary"}
    parts = {"imageData": {"type": "array", "items": image} if several else image}
    form = {"type": "object", "properties": parts, "required": ["imageData"]}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                "application/octet-stream": {"schema": image},
            },
        }
    }


def _filled(schema: Any, parts: dict[str, Any]) -> Any:
    """The schema with its parts in their places."""
    if isinstance(schema, list):
        return [_filled(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _filled(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _filled(one, parts) for name, one in schema.items()}


def _phrases(error: ValidationError) -> Iterator[str]:
    """What is wrong where; never with the value that was sent."""
    for item in error.errors(include_input=False)[:10]:
        where = ".".join(str(part)[:40] for part in item["loc"]) or "the body"
        yield f"{where}: {item['msg'].lower()}"
