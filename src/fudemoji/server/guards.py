"""What every request passes before a route sees it, and every answer before a client does."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fudemoji.server.settings import ServerSettings
from fudemoji.serving.addresses import host_of, is_loopback
from fudemoji.serving.errors import ApiError, answer
from fudemoji.serving.turns import Turns

__all__ = ["Guards"]

_ADDED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Guards:
    """ASGI middleware: names that are not served are refused, large bodies wait, answers say how browsers take them.

    Args:
        app: what is guarded.
        settings: of the server.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = Turns(app, settings.uploads_at_a_time)
        self._hosts = tuple(host.lower() for host in settings.allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ADDED.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if not self._is_served(host_of(headers.get("host", ""))):
            refusal = ApiError(400, "BadRequestHost", "this server does not answer under this name")
            await answer(refusal)(scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)

    def _is_served(self, host: str) -> bool:
        """Whether a name is among those that are allowed, where any are; this machine's own always is."""
        if not self._hosts or is_loopback(host):
            return True
        host = host.lower()
        return any(host.endswith(name[1:]) if name.startswith("*.") else host == name for name in self._hosts)
