"""How a training goes on, now and from now on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from fudemoji.server.api.shown import Progress
from fudemoji.server.context import Context
from fudemoji.server.store import iterations
from fudemoji.serving.errors import ApiError

__all__ = ["follow", "progress_of"]

_ENDED = ("completed", "failed", "cancelled")
_SECONDS = 0.5  # between two looks
_QUIET = 30  # looks without news after which a line keeps the connection alive


def progress_of(context: Context, project_id: str, iteration_id: str) -> Progress:
    """How far a training is.

    Raises:
        ApiError: there is no such project or iteration.
    """
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
    return Progress.of(iteration, context.trainer.progress(iteration.id))


async def follow(context: Context, project_id: str, iteration_id: str) -> AsyncIterator[str]:
    """Server-Sent Events: `progress` whenever it changes, until the training has ended, or the server does.

    The format is https://html.spec.whatwg.org/multipage/server-sent-events.html.
    """
    last, quiet = "", 0
    while not context.stopping.is_set():
        try:
            progress = await run_in_threadpool(progress_of, context, project_id, iteration_id)
        except ApiError:  # deleted meanwhile
            return
        told = progress.model_dump_json()
        if told != last:
            yield f"event: progress\ndata: {told}\n\n"
        elif quiet % _QUIET == _QUIET - 1:
            yield ": nothing new\n\n"
        last, quiet = told, 0 if told != last else quiet + 1
        if progress.status in _ENDED:
            return
        await asyncio.sleep(_SECONDS)
