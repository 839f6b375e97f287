"""Iterations look at the untagged images of their projects: work that goes on when the page that asked is left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from nicegui import background_tasks

from fudemoji.server.context import Context
from fudemoji.server.trainings import suggest_next
from fudemoji.serving.errors import ApiError

__all__ = ["Looking", "look_at_untagged"]

_BUSY_SECONDS = 2.0


@dataclass
class Looking:
    """An iteration that looks at images.

    Attributes:
        is_running: whether it goes on.
        num_left: untagged images without a suggestion when it had ended: those cannot be read.
        problem: why it ended early.
    """

    is_running: bool = True
    num_left: int = 0
    problem: ApiError | None = None


_looking: dict[str, Looking] = {}  # by the id of the iteration


def look_at_untagged(context: Context, *, project_id: str, iteration_id: str, num_left: int) -> Looking:
    """Let an iteration look at the untagged images, unless it does so already or there is nothing new to see.

    Args:
        context: of the server.
        project_id: the project.
        iteration_id: the iteration.
        num_left: untagged images that have no suggestion of it.
    """
    found = _looking.get(iteration_id)
    is_new = found is None or (not found.is_running and found.num_left < num_left)
    if is_new and num_left:
        found = _looking[iteration_id] = Looking(num_left=num_left)
        background_tasks.create(_look(context, project_id, iteration_id, found))
    return found or Looking(is_running=False)


async def _look(context: Context, project_id: str, iteration_id: str, looking: Looking) -> None:
    last: str | None = ""
    try:
        while last is not None and not context.stopping.is_set():
            try:
                looked = await suggest_next(
                    context.store, context.pool, project_id=project_id, iteration_id=iteration_id, after=last
                )
            except ApiError as error:
                if error.status != 503:
                    raise
                await asyncio.sleep(_BUSY_SECONDS)  # clients of the server come first
                continue
            looking.num_left -= looked.num_kept
            last = looked.last
    except ApiError as error:
        looking.problem = error
    finally:
        looking.is_running = False
