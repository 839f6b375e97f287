"""Which model answers, with all that an answer needs, kept at hand until something in the store changes."""

# K classes

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from fudemoji.server.store import Store, iterations, projects, publications, tags
from fudemoji.server.store.tables import Iteration, Probs, Project
from fudemoji.serving.errors import ApiError

__all__ = ["Model", "Models"]

_KEPT = 1000
_SECONDS = 1.0  # after which another server's changes to the same database are seen
_DECIMALS = 9


@dataclass(frozen=True)
class Model:
    """A trained iteration.

    Attributes:
        iteration: the row, of a transaction that is over.
        run: its folder.
        told_K: the id, name and type of each class as an answer of Custom Vision tells them, JSON without braces.
    """

    iteration: Iteration
    run: Path
    told_K: tuple[str, ...]

    def probs(self, probs_K: NDArray[np.float32]) -> Probs:
        """Tag ids and probabilities, the most probable first."""
        return [(self.iteration.tag_ids[k], prob) for k, prob in _ranked(probs_K)]

    def told(self, probs_K: NDArray[np.float32]) -> str:
        """The predictions of an answer of Custom Vision, JSON, the most probable first."""
        parts = [f'{{"probability":{prob!r},{self.told_K[k]}}}' for k, prob in _ranked(probs_K)]
        return f"[{','.join(parts)}]"


class Models:
    """The models of a store.

    What was looked up is kept until this server commits anything, and for a second at the most, so that most requests
    that only classify ask the database nothing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[tuple[str, str], tuple[int, float, Model]] = OrderedDict()

    async def published(self, project_id: str, name: str) -> Model:
        """The model that answers under a name.

        Raises:
            ApiError: there is no such project, or nothing answers under the name.
        """

        def find(session: Session, project: Project) -> Iteration:
            return publications.named(session, project, name)

        return await self._get(project_id, f"published {name}", find)

    async def of_iteration(self, project_id: str, iteration_id: str | None) -> Model:
        """The model of an iteration, or of the newest one.

        Raises:
            ApiError: there is no such project or iteration, or it is not trained.
        """

        def find(session: Session, project: Project) -> Iteration:
            if iteration_id is not None:
                return iterations.find(session, project, iteration_id)
            trained = [one for one in iterations.every(session, project) if one.status == "completed"]
            if not trained:
                raise ApiError(
                    404,
                    "NotFoundProjectDefaultIteration",
                    "no iteration of the project is trained; train one first",
                )
            return trained[-1]

        return await self._get(project_id, f"iteration {iteration_id}", find)

    async def _get(self, project_id: str, what: str, find: Callable[[Session, Project], Iteration]) -> Model:
        name = (project_id, what)
        changes, until, model = self._known.get(name, (-1, 0.0, None))
        if model is not None and changes == self._store.changes and time.monotonic() < until:
            return model
        changes = self._store.changes  # before it is read: what is committed meanwhile makes it old
        model = await run_in_threadpool(self._read, project_id, find)
        self._known[name] = (changes, time.monotonic() + _SECONDS, model)
        self._known.move_to_end(name)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return model

    def _read(self, project_id: str, find: Callable[[Session, Project], Iteration]) -> Model:
        with self._store.session(reads_only=True) as session:
            iteration = find(session, projects.find(session, project_id))
            iterations.check_completed(iteration)
            told = [
                f'"tagId":"{tag.id}","tagName":{json.dumps(tag.name)},"tagType":"{tag.kind.capitalize()}"'
                for tag in tags.of_iteration(session, iteration)
            ]
        return Model(iteration, self._store.runs / iteration.id, tuple(told))


def _ranked(probs_K: NDArray[np.float32]) -> list[tuple[int, float]]:
    """Classes and their probabilities, the most probable first, without the digits that float32 has not."""
    order_K = np.argsort(-probs_K, kind="stable")
    ranked_K = probs_K[order_K].astype(np.float64).round(_DECIMALS)
    return list(zip(order_K.tolist(), ranked_K.tolist(), strict=True))
