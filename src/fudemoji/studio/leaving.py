"""Browsers that leave before their answer has begun."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Leaving"]

_LEFT = 499  # what servers call it; nobody reads it


class Leaving:
    """ASGI middleware: where the app stops in the middle because the browser has left, its answer is ended for it.

    Starlette's files, and Socket.IO, then break off, some of them before anything was said, which the middleware around
    them, as that which compresses, takes for a failure. An app that answers nothing though the browser waits is one,
    and stays one.

    Args:
        app: what answers; nothing may lie between that takes silence for a failure.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_left = has_begun = has_ended = False

        async def received() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        async def sent(message: Message) -> None:
            nonlocal has_begun, has_ended
            has_begun = True
            has_ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        await self._app(scope, received, sent)
        if has_left and not has_begun:
            await Response(status_code=_LEFT)(scope, receive, send)
        elif has_left and not has_ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
