"""HTTP/1.1 of uvicorn, with what it leaves open: headers that never end, and refusals in our own form."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

__all__ = ["Protocol"]

_HEADER_SECONDS = 10.0
_HEADER_BYTES = 2**16


class Protocol(HttpToolsProtocol):
    """A connection whose requests' headers are bounded in size and time."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._num_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there, and has to ask for something."""
        super().connection_made(transport)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        super().data_received(data)
        if self._timer is not None:
            self._num_bytes += len(data)
            if self._num_bytes > _HEADER_BYTES and not self.transport.is_closing():
                self._refuse(431, "BadRequest", "the headers of the request are too large")

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if self._timer is None:
            self._await_headers()

    def on_headers_complete(self) -> None:
        """The last byte of its headers."""
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the name is uvicorn's
        """What is no HTTP is told so, in the form of all refusals."""
        self._refuse(400, "BadRequest", "the request is no HTTP that can be read")

    def _await_headers(self) -> None:
        self._num_bytes = 0
        self._timer = self.loop.call_later(_HEADER_SECONDS, self._on_time)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_time(self) -> None:
        if not self.transport.is_closing():
            self._refuse(408, "RequestTimeout", "the headers of the request took too long to arrive")

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._stop_waiting()
        content = json.dumps({"code": code, "message": message}).encode()
        head = (
            b"content-type: application/json\r\n"
            b"content-length: " + str(len(content)).encode() + b"\r\n"
            b"connection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head + content)
        self.transport.close()
