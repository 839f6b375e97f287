"""What a client is told when a request cannot be met: a status, a code and a sentence."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fudemoji.errors import FudemojiError

__all__ = ["ApiError", "answer", "install"]

_LOG = logging.getLogger("fudemoji.serving")

_TOLD = {  # what Starlette and FastAPI refuse by themselves; their own words may hold what was sent
    400: ("BadRequest", "the request cannot be read"),
    401: ("Unauthorized", "a valid key is needed"),
    403: ("Forbidden", "this is not allowed"),
    404: ("NotFound", "there is nothing at this address"),
    405: (
        "MethodNotAllowed",
        "this address does not take this method; the header Allow lists those that it takes",
    ),
    408: ("RequestTimeout", "the request took too long to arrive"),
    413: ("BadRequestImageSizeBytes", "the body is too large"),
    415: ("UnsupportedMediaType", "a body of this content type is not read here"),
    422: ("BadRequestInvalid", "the request does not have the form that this address takes"),
    429: ("TooManyRequests", "too many requests; ask again later"),
    500: ("ErrorUnknown", "the server failed; its log says why"),
    503: ("ServiceUnavailable", "the server cannot answer now; ask again later"),
}
_NOT_CHECKED = ("value_error", "assertion_error")  # errors of our own checks, whose text may hold the value


class ApiError(FudemojiError):
    """A request that is refused, or that could not be met.

    Attributes:
        status: of HTTP, 4xx or 5xx.
        code: for programs, in the words of the Custom Vision API, such as `NotFoundProject`.
        retry_after: seconds after which it is worth asking again; None where it is not.
    """

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


def answer(error: ApiError, *, headers: Mapping[str, str] | None = None) -> Response:
    """The response that tells the error: `{"code", "message"}` at top level."""
    told = {"code": error.code, "message": str(error)}
    sent = dict(headers or {})
    if error.retry_after is not None:
        sent["Retry-After"] = str(error.retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        sent.setdefault("WWW-Authenticate", "Bearer")
    content = json.dumps(told, ensure_ascii=False).encode(errors="replace")  # half a character is none
    return Response(content, status_code=error.status, headers=sent, media_type="application/json")


def install(app: Starlette) -> None:
    """Let every failure of the app be told by `answer`, none with what the client had sent.

    A crash is logged with its traceback and told as `ErrorUnknown`.
    """
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(ClientDisconnect, _left)
    try:
        from fastapi.exceptions import RequestValidationError
    except ModuleNotFoundError:  # a plain Starlette app
        pass
    else:
        app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_middleware(_Crashes)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return answer(error)


async def _not_served(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer(_of_status(error.status_code), headers=error.headers)


async def _left(_request: Request, _error: Exception) -> Response:
    return answer(_of_status(400))  # nobody reads it


async def _not_valid(_request: Request, error: Exception) -> Response:
    told = "; ".join(_complaints(error.errors()))  # type: ignore[attr-defined]
    return answer(ApiError(422, _TOLD[422][0], told or _TOLD[422][1]))


def _complaints(errors: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong where; never with the value that was sent."""
    for one in errors[:10]:
        where = ".".join(str(part)[:40] for part in one["loc"])
        is_told = one["type"] not in _NOT_CHECKED and not one["type"].endswith("_forbidden")
        yield f"{where}: {one['msg'] if is_told else 'is not valid'}"


def _of_status(status: int) -> ApiError:
    code, message = _TOLD.get(status, ("BadRequest", HTTPStatus(status).phrase.lower()))
    return ApiError(status, code, message)


class _Crashes:
    """Middleware: what nobody foresaw is logged once, and told without its words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            _LOG.exception("%s %s failed", scope["method"], scope["path"])
            if has_started:
                raise
            await answer(_of_status(500))(scope, receive, send)
