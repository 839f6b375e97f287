"""Large bodies are read a few at a time, so that many of them do not fill the memory together."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from fudemoji.serving.errors import ApiError, answer

__all__ = ["Turns"]

_LARGE_BYTES = 8 * 2**20
_PATIENCE_SECONDS = 10.0


class Turns:
    """ASGI middleware: a request of more than 8 MiB, or of unknown size, waits until others have ended.

    Args:
        app: what answers.
        at_a_time: how many such requests it gets at once.
    """

    def __init__(self, app: ASGIApp, at_a_time: int) -> None:
        self._app = app
        self._large = asyncio.Semaphore(at_a_time)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_large(Headers(scope=scope)):
            await self._in_turn(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _in_turn(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.wait_for(self._large.acquire(), _PATIENCE_SECONDS)
        except TimeoutError:
            refusal = ApiError(
                503, "ServiceUnavailable", "too many uploads at a time; ask again", retry_after=5
            )
            await answer(refusal)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._large.release()


def _is_large(headers: Headers) -> bool:
    length = headers.get("content-length", "")
    if length.isdecimal():
        return len(length) > 15 or int(length) > _LARGE_BYTES
    return "transfer-encoding" in headers
