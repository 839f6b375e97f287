"""What a server tells of itself: figures for Prometheus, and log lines without keys and images."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Figures", "Observer"]

_LOG = logging.getLogger("fudemoji.requests")

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_IMAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_ELSEWHERE = "other"


class Figures:
    """Counters and histograms of one server."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "fudemoji_requests", "requests answered", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "fudemoji_request_seconds",
            "from a request's headers to its answer",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._batches = Histogram(
            "fudemoji_batch_images",
            "images that the model got together",
            buckets=_IMAGES,
            registry=self._registry,
        )
        self._answered: dict[tuple[str, int], Counter] = {}
        self._timed: dict[str, Histogram] = {}

    def note(self, route: str, status: int, seconds: float) -> None:
        """A request that was answered."""
        counter = self._answered.get((route, status))
        if counter is None:  # looking a label up costs more than counting
            counter = self._answered[route, status] = self._requests.labels(route, status)
        counter.inc()
        timed = self._timed.get(route)
        if timed is None:
            timed = self._timed[route] = self._seconds.labels(route)
        timed.observe(seconds)

    def note_batch(self, num_images: int) -> None:
        """A batch that went to a model process."""
        self._batches.observe(num_images)

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A figure that is read when it is asked for."""
        Gauge(f"fudemoji_{name}", text, registry=self._registry).set_function(read)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)


class Observer:
    """ASGI middleware: counts and times every request, by the route that answered it, and logs it where asked to.

    Args:
        app: what is observed.
        figures: where it is counted.
        logs: whether each request is a line of the log: method, path, status, milliseconds.
    """

    def __init__(self, app: ASGIApp, figures: Figures, *, logs: bool = False) -> None:
        self._app = app
        self._figures = figures
        self._logs = logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        start = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if not status:
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - start
            self._figures.note(_route(scope), status or 500, seconds)
            if self._logs:
                path = "".join(mark if mark.isprintable() else "?" for mark in scope["path"][:200])
                _LOG.info("%s %s %d %.1f ms", scope["method"], path, status or 500, 1000 * seconds)


def _route(scope: Scope) -> str:
    """The address of the route that answered, its parameters unfilled; one word for all that there is none for."""
    route = scope.get("route")
    path: str | None = getattr(route, "path", None)
    if path is None:
        path = scope["path"] if "endpoint" in scope else _ELSEWHERE
    return path
