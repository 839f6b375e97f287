"""What the one who runs the server asks it: is it there, is it ready, what does it do; and the page about its API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel
from sqlalchemy import text

from fudemoji.server.api.routing import refusals
from fudemoji.server.context import Context, Current, training_caller
from fudemoji.serving.errors import ApiError
from fudemoji.serving.observing import Figures
from fudemoji.serving.page import page_of

__all__ = ["install", "install_front", "watch"]

router = APIRouter(tags=["operating"])

_KEYS: list[dict[str, list[str]]] = [{"training key": []}, {"prediction key": []}]
_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "figures", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


class State(BaseModel):
    """How a server is."""

    status: Literal["alive", "ready"]


def install(app: FastAPI, figures: Figures) -> None:
    """Let the app answer what the one who runs it asks."""
    app.state.figures = figures
    app.include_router(router)


def install_front(app: FastAPI) -> None:
    """Let the front page lead to the description of the APIs."""
    app.add_api_route("/", _get_front, response_class=RedirectResponse, include_in_schema=False)


def watch(figures: Figures, context: Context) -> None:
    """Let the figures tell of the parts of a running server."""
    figures.watch("queue_images", "images that wait for a model", lambda: context.pool.num_waiting)
    figures.watch("model_restarts", "model processes that were started again", lambda: context.pool.restarts)


def _figures(request: Request) -> Figures:
    found: Figures = request.app.state.figures
    return found


@router.get("/health", summary="Whether the server answers at all")
async def get_health() -> State:
    """It does."""
    return State(status="alive")


@router.get("/ready", responses=refusals(503), summary="Whether requests can be met")
def get_ready(context: Current) -> State:
    """The database answers, and a process that classifies images is there."""
    with context.store.session(reads_only=True) as session:
        session.execute(text("SELECT 1"))
    if not context.pool.is_ready:
        raise ApiError(503, "ServiceUnavailable", "images cannot be classified now", retry_after=2)
    return State(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={**_TEXT, **refusals(401, 403, 429, 500, 503)},
    dependencies=[Depends(training_caller)],
    summary="Figures for Prometheus",
)
def get_metrics(figures: Annotated[Figures, Depends(_figures)]) -> Response:
    """Requests and their times by route, batches of images, what waits."""
    return Response(figures.text(), media_type=figures.content_type)


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def get_docs(request: Request) -> HTMLResponse:
    """The description of both APIs as a page that needs nothing from elsewhere."""
    return page_of({**request.app.openapi(), "security": _KEYS})


async def _get_front() -> RedirectResponse:
    return RedirectResponse("/docs", status_code=307)
