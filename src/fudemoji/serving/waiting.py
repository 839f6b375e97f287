"""Waiting for an answer as long as the client does."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

__all__ = ["while_connected"]

T = TypeVar("T")

_PATIENCE = 0.1  # seconds after which a client is watched; before that it costs more than it saves


async def while_connected(request: Request, future: asyncio.Future[T]) -> T:
    """The future's result; where the client leaves before, the future is cancelled.

    Raises:
        ClientDisconnect: the client has left.
    """
    loop = asyncio.get_running_loop()
    timer = loop.call_later(_PATIENCE, _watch, request, future)
    try:
        return await future
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it is the request that is cancelled
            raise
        raise ClientDisconnect from None
    finally:
        timer.cancel()


def _watch(request: Request, future: asyncio.Future[T]) -> None:
    watcher = asyncio.get_running_loop().create_task(_cancel_when_left(request, future))
    future.add_done_callback(lambda _: watcher.cancel())


async def _cancel_when_left(request: Request, future: asyncio.Future[T]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    future.cancel()
