"""What all routes of the API have in common: bodies under a cap, and refusals that are documented."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from fudemoji.server.api.shown import Refusal
from fudemoji.serving.bodies import read_body

__all__ = ["refusals", "router_of"]

_WHY = {
    400: "it cannot be done, or not like this",
    401: "no key, or none that is known",
    403: "the key is for something else",
    404: "there is no such thing",
    408: "the body took too long to arrive",
    409: "something else is under way",
    413: "the body is too large",
    415: "a body of this content type is not read",
    422: "the request does not have the form that is asked for",
    429: "too many requests; `Retry-After` says when to come again",
    500: "the server failed",
    503: "the server is busy or stops; `Retry-After` says when to come again",
    507: "the disk is full",
}
_ALWAYS = (400, 401, 403, 404, 422, 429, 500, 503)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How the description of the API tells of statuses that refuse."""
    return {status: {"model": Refusal, "description": _WHY[status]} for status in statuses}


def router_of(tag: str, *, prefix: str, caller: Callable[..., Any] | None) -> APIRouter:
    """A router whose routes read JSON under the cap of the server.

    Args:
        tag: of all routes, in the description of the API.
        prefix: of their paths.
        caller: what looks at the key of each request; None where each route says so itself.
    """
    asked = [Depends(caller)] if caller else []
    return APIRouter(
        prefix=prefix, tags=[tag], route_class=_Capped, dependencies=asked, responses=refusals(*_ALWAYS)
    )


class _Capped(APIRoute):
    """A route whose JSON is read by us, because FastAPI reads bodies of any size, at any pace."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def capped(request: Request) -> Response:
            if self.body_field is None:
                return await handle(request)
            limits = request.app.state.context.limits
            content = await read_body(request, limits.json_bytes, limits=limits)
            return await handle(_Read(request, content))

        return capped


class _Read(Request):
    """A request whose body was read."""

    def __init__(self, request: Request, content: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self._content = content

    async def body(self) -> bytes:
        return self._content
