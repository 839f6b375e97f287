"""The two services as parts of an app."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI

from fudemoji.server.context import any_training_caller, prediction_caller, training_caller
from fudemoji.server.customvision.paths import PREDICTION, TRAINING, CanonicalPaths
from fudemoji.server.customvision.routes import (
    artifacts,
    detection,
    domains,
    exports,
    images,
    iterations,
    performance,
    prediction,
    projects,
    quicktest,
    stored,
    suggesting,
    tags,
    uploads,
)
from fudemoji.server.customvision.telling import ERRORS

__all__ = ["install"]


def install(app: FastAPI) -> None:
    """Let the app answer as Custom Vision does, its context being a `fudemoji.server.context.Context`."""
    app.add_middleware(CanonicalPaths)
    app.include_router(_training())
    app.include_router(_prediction())
    app.include_router(artifacts.linked, responses=ERRORS)


def _training() -> APIRouter:
    service = APIRouter(prefix=TRAINING, responses=ERRORS)
    service.include_router(domains.router, dependencies=[Depends(any_training_caller)])
    service.include_router(projects.router)  # asks for keys itself: a key may open one project or all
    for part in (
        artifacts.router,
        detection.training,
        exports.router,
        iterations.router,
        performance.router,
        quicktest.router,
        stored.router,
        suggesting.router,
        tags.router,
        uploads.router,
        images.router,
    ):
        service.include_router(part, dependencies=[Depends(training_caller)])
    return service


def _prediction() -> APIRouter:
    service = APIRouter(prefix=PREDICTION, responses=ERRORS)
    service.include_router(prediction.router)
    service.include_router(detection.prediction, dependencies=[Depends(prediction_caller)])
    return service
