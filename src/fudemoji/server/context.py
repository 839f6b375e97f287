"""What a route needs besides its request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from fastapi.security import APIKeyHeader
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from fudemoji.server.auth import EITHER, PREDICTION, TRAINING, Auth, Caller
from fudemoji.server.exploring import Looks, NamedSets
from fudemoji.server.filling import Filler
from fudemoji.server.models import Models
from fudemoji.server.settings import ServerSettings
from fudemoji.server.store import Store, images, projects
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import Project
from fudemoji.server.trainings import Rules, Trainer
from fudemoji.serving.errors import ApiError
from fudemoji.serving.limits import Limits
from fudemoji.serving.pool import Pool

__all__ = [
    "AnyTrainingCaller",
    "Context",
    "Current",
    "TrainingCaller",
    "any_training_caller",
    "either_caller",
    "prediction_caller",
    "training_caller",
]

# How the description of the API tells of keys; `Auth` reads them.
_TRAINING = Depends(APIKeyHeader(name="Training-Key", scheme_name="training key", auto_error=False))
_PREDICTION = Depends(APIKeyHeader(name="Prediction-Key", scheme_name="prediction key", auto_error=False))


@dataclass(frozen=True)
class Context:
    """The parts of a running server; one for its whole life, kept as `app.state.context`.

    Attributes:
        settings: what was decided by the one who runs it.
        store: what is kept.
        auth: who may do what.
        pool: the processes that classify images.
        trainer: looks after the processes that train.
        filler: fills projects from archives and other sources.
        models: which model answers, kept at hand.
        looks: how images look to models, for those that are alike.
        sets: the named sets.
        stopping: set when the server is to stop, for answers that would go on.
    """

    settings: ServerSettings
    store: Store
    auth: Auth
    pool: Pool
    trainer: Trainer
    filler: Filler
    models: Models
    looks: Looks
    sets: NamedSets
    stopping: asyncio.Event

    @property
    def rules(self) -> Rules:
        """What was decided about trainings."""
        settings = self.settings
        return Rules(
            min_tags=settings.min_tags,
            min_images_per_tag=settings.min_images_per_tag,
            max_waiting=settings.trainings_waiting,
            recipe=settings.recipe,
            values=settings.training_settings,
        )

    @property
    def image_limits(self) -> images.Limits:
        """What bounds an image."""
        return images.Limits(num_bytes=self.settings.image_bytes, side=self.settings.image_side)

    @property
    def limits(self) -> Limits:
        """What bounds a request's body."""
        return self.settings.limits

    def check_room(self, project_id: str, num_images: int) -> None:
        """Nothing, if a project can have so many images more.

        Raises:
            ApiError: there is no such project, or it cannot.
        """
        most = self.settings.images_per_project
        with self.project(project_id, reads_only=True) as (session, project):
            if images.count(session, project) + num_images > most:
                raise ApiError(
                    400,
                    "BadRequestImageExceededCount",
                    f"a project of this server holds at most {most:,} images",
                )

    def upload(self, project_id: str, entries: Sequence[images.Entry]) -> list[images.Added]:
        """Add images to a project, within what was decided; the rest as `images.upload`."""
        self.check_room(project_id, len(entries))
        return images.upload(self.store, project_id, entries, limits=self.image_limits)

    @contextmanager
    def project(self, project_id: str, *, reads_only: bool = False) -> Iterator[tuple[Session, Project]]:
        """A transaction about a project; the arguments and errors are those of `Store.session`, `projects.find`."""
        with self.store.session(reads_only=reads_only) as session:
            yield session, projects.find(session, project_id)


def context_of(connection: HTTPConnection) -> Context:
    """The context of the server that a request came to."""
    return cast(Context, connection.app.state.context)


Current = Annotated[Context, Depends(context_of)]


async def training_caller(connection: HTTPConnection, context: Current, _key: str = _TRAINING) -> Caller:
    """Who sent a training key for the project in the path, or for all where the path names none."""
    return await context.auth.admit(connection, TRAINING, project_id=_project(connection))


async def any_training_caller(connection: HTTPConnection, context: Current, _key: str = _TRAINING) -> Caller:
    """Who sent a training key, of any project; the caller says of which."""
    return await context.auth.admit(connection, TRAINING, project_id=None, of_any_project=True)


async def prediction_caller(connection: HTTPConnection, context: Current, _key: str = _PREDICTION) -> Caller:
    """Who sent a prediction key for the project in the path."""
    return await context.auth.admit(connection, PREDICTION, project_id=_project(connection))


async def either_caller(
    connection: HTTPConnection, context: Current, _training: str = _TRAINING, _prediction: str = _PREDICTION
) -> Caller:
    """Who sent a key of either kind for the project in the path."""
    return await context.auth.admit(connection, EITHER, project_id=_project(connection))


TrainingCaller = Annotated[Caller, Depends(training_caller)]
AnyTrainingCaller = Annotated[Caller, Depends(any_training_caller)]


def _project(connection: HTTPConnection) -> str | None:
    project_id = connection.path_params.get("project_id")
    return None if project_id is None else canonical(project_id) or ""
