"""`fudemoji serve`: one model over HTTP, without a database."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fudemoji.serving import errors
from fudemoji.serving.bodies import read_images, read_json
from fudemoji.serving.errors import ApiError
from fudemoji.serving.fetching import fetch
from fudemoji.serving.keys import Door, KeyRing
from fudemoji.serving.limits import Limits
from fudemoji.serving.model import ServedModel
from fudemoji.serving.observing import Figures, Observer
from fudemoji.serving.openapi import describe
from fudemoji.serving.page import page_of
from fudemoji.serving.pool import Answer, Pool, PoolSettings
from fudemoji.serving.turns import Turns
from fudemoji.serving.waiting import while_connected

__all__ = ["ServeSettings", "create_app"]

_LOG = logging.getLogger("fudemoji.serving")
_OPEN = ("/", "/docs", "/openapi.json", "/health", "/ready")
_TOP = 5
_FETCHES, _LARGE_BODIES = 16, 8  # at a time
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps would make one for each answer


@dataclass(frozen=True)
class ServeSettings:
    """How one model is served.

    Attributes:
        pool: its processes.
        limits: of requests' bodies.
        keys: that open the server; None where everybody on this machine may use it.
        logs_requests: whether each request is a line of the log.
        allow_private_urls: whether `/url` may fetch from addresses that are not public.
        fetch_seconds: that an image at a URL may take.
    """

    pool: PoolSettings = field(default_factory=PoolSettings)
    limits: Limits = field(default_factory=Limits)
    keys: KeyRing | None = None
    logs_requests: bool = False
    allow_private_urls: bool = False
    fetch_seconds: float = 10.0


def create_app(model: ServedModel, settings: ServeSettings) -> FastAPI:
    """The app of one model; its processes run from the start of its lifespan to the end.

    The routes that take images are plain Starlette routes, because what FastAPI adds to a route would double the cost
    of a small image; `openapi` describes them all.
    """
    figures = Figures()
    service = _Service(model, settings, Pool(settings.pool, on_batch=figures.note_batch), figures)
    app = FastAPI(
        title=f"fudemoji serves {model.name}",
        version=version("fudemoji"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=service.lifespan,
    )
    for path, method, endpoint in (
        ("/predict", "POST", service.predict),
        ("/predict/batch", "POST", service.predict_batch),
        ("/image", "POST", service.image),
        ("/url", "POST", service.url),
        ("/model", "GET", service.facts),
        ("/health", "GET", service.health),
        ("/ready", "GET", service.ready),
        ("/metrics", "GET", service.metrics),
        ("/openapi.json", "GET", service.openapi),
        ("/docs", "GET", service.docs),
        ("/", "GET", service.root),
    ):
        app.router.add_route(path, endpoint, methods=[method], include_in_schema=False)
    errors.install(app)
    app.add_middleware(Turns, at_a_time=_LARGE_BODIES)
    app.add_middleware(Door, keys=settings.keys, open_paths=_OPEN)
    app.add_middleware(Observer, figures=figures, logs=settings.logs_requests)
    return app


class _Service:
    """What the routes share."""

    def __init__(self, model: ServedModel, settings: ServeSettings, pool: Pool, figures: Figures) -> None:
        self._model = model
        self._settings = settings
        self._pool = pool
        self._figures = figures
        self._run = str(model.run.path)
        self._one = replace(settings.limits, num_images=1)
        self._fetches = asyncio.Semaphore(_FETCHES)
        figures.watch("queue_images", "images that wait for the model", lambda: pool.num_waiting)
        figures.watch("model_restarts", "model processes that had to be started again", lambda: pool.restarts)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """The model processes, started with the model loaded, and ended when they have answered.

        Raises:
            RunError: they cannot be started, or cannot use the run.
        """
        await self._pool.start()
        try:
            await self._pool.load(self._model.run.path)
            yield
        finally:
            await self._pool.close()

    async def predict(self, request: Request) -> Response:
        """The likeliest classes of one image."""
        top = self._top(request)
        [upload] = await read_images(request, limits=self._one)
        return _json(self._model.told(await self._answer(request, upload.content), top=top))

    async def predict_batch(self, request: Request) -> Response:
        """The likeliest classes of several images; one that cannot be read leaves the others alone."""
        top = self._top(request)
        uploads = await read_images(request, limits=self._settings.limits)
        asked = self._pool.submit(self._run, [one.content for one in uploads], shifts=self._model.shifts)
        told: list[dict[str, Any]] = []
        outcomes = await while_connected(request, asked)
        for upload, outcome in zip(uploads, outcomes, strict=True):
            named = {"name": upload.name} if upload.name else {}
            if isinstance(outcome, Answer):
                told.append({**named, **self._model.told(outcome, top=top)})
            else:
                told.append({**named, "error": {"code": outcome.code, "message": str(outcome)}})
        return _json({"predictions": told})

    async def image(self, request: Request) -> Response:
        """Every class of one image, in the form of a container that Custom Vision exports."""
        [upload] = await read_images(request, limits=self._one)
        return _json(self._model.told_as_custom_vision(await self._answer(request, upload.content)))

    async def url(self, request: Request) -> Response:
        """As `image`, for an image that lies at a URL."""
        told = await read_json(request, limits=self._settings.limits)
        url = (
            {key.lower(): value for key, value in told.items()}.get("url") if isinstance(told, dict) else None
        )
        if not isinstance(url, str):
            raise ApiError(400, "BadRequestImageUrl", 'the body must be {"url": "https://…"}')
        async with self._fetches:
            content = await fetch(
                url,
                most=self._settings.limits.image_bytes,
                seconds=self._settings.fetch_seconds,
                allow_private=self._settings.allow_private_urls,
            )
        return _json(self._model.told_as_custom_vision(await self._answer(request, content)))

    async def facts(self, _request: Request) -> Response:
        """What the model is."""
        return _json(self._model.facts())

    async def health(self, _request: Request) -> Response:
        """Whether the server answers at all."""
        return _json({"status": "alive"})

    async def ready(self, _request: Request) -> Response:
        """Whether the model answers."""
        if not self._pool.is_ready:
            raise ApiError(503, "ServiceUnavailable", "the model does not answer yet", retry_after=2)
        return _json({"status": "ready"})

    async def metrics(self, _request: Request) -> Response:
        """Figures for Prometheus."""
        return Response(self._figures.text(), media_type=self._figures.content_type)

    async def openapi(self, request: Request) -> Response:
        """The description of all routes."""
        return _json(
            describe(request.app.title, request.app.version, has_keys=self._settings.keys is not None)
        )

    async def docs(self, request: Request) -> Response:
        """The same as a page that needs nothing from elsewhere."""
        told = describe(request.app.title, request.app.version, has_keys=self._settings.keys is not None)
        return page_of(told)

    async def root(self, _request: Request) -> Response:
        """To the page."""
        return RedirectResponse("/docs", status_code=307)

    async def _answer(self, request: Request, content: bytes) -> Answer:
        asked = self._pool.submit(self._run, [content], shifts=self._model.shifts)
        [outcome] = await while_connected(request, asked)
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    def _top(self, request: Request) -> int:
        if not request.scope["query_string"]:
            return _TOP
        text = request.query_params.get("top", str(_TOP))
        if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text)):
            raise ApiError(422, "BadRequestInvalid", "query.top: must be a number from 1 to 99999")
        return int(text)


def _json(told: Mapping[str, Any]) -> Response:
    return Response(_ENCODER.encode(told), media_type="application/json")
