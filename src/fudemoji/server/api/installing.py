"""The API as a part of an app."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from fudemoji.server.api.routes import (
    about,
    exploring,
    exports,
    fillings,
    finding,
    gradcam,
    images,
    iterations,
    keys,
    measuring,
    predictions,
    projects,
    publications,
    sets,
    suggestions,
    tags,
    trainings,
    uploads,
)

__all__ = ["install"]


def install(app: FastAPI) -> None:
    """Let the app answer under /api/v1, its context being a `fudemoji.server.context.Context`."""
    api = APIRouter(prefix="/api/v1")
    for part in (
        about.router,
        projects.router,
        tags.router,
        uploads.router,
        images.router,
        fillings.router,
        trainings.router,
        finding.router,
        iterations.router,
        measuring.router,
        suggestions.router,
        exploring.router,
        exports.router,
        publications.router,
        predictions.made,
        predictions.kept,
        gradcam.router,
        sets.router,
        keys.router,
    ):
        api.include_router(part)
    app.include_router(api)
