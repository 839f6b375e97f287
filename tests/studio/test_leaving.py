"""Browsers leave before their answer has begun: no failure, and the log stays clean; failures stay what they are."""

import asyncio
import contextlib
import re
import socket

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from fudemoji.studio.leaving import Leaving
from servers import wait_for
from studios import Studio


async def passed_on(request, call_next):
    return await call_next(request)


async def crash(request):
    raise ZeroDivisionError


class Silent:
    """An app that answers nothing; Socket.IO does so where the browser has left."""

    async def __call__(self, scope, receive, send):
        await receive()


class BrokenOff:
    """An app that has begun to answer when the browser leaves; files do so."""

    async def __call__(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()


def told(path, *, leaves):
    """The status that a client is told; one that leaves does so before it."""
    around = Middleware(BaseHTTPMiddleware, dispatch=passed_on)
    routes = [Route("/crash", crash), Route("/silent", Silent()), Route("/broken-off", BrokenOff())]
    app = Starlette(
        routes=routes, middleware=[around, around, Middleware(GZipMiddleware), Middleware(Leaving)]
    )
    statuses = []

    async def receive():
        return {"type": "http.disconnect" if leaves else "http.request"}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    asyncio.run(app({**scope, "asgi": {"version": "3.0", "spec_version": "2.3"}}, receive, send))
    return statuses


def test_a_browser_that_leaves_is_no_failure_and_everything_else_stays_one():
    assert told("/silent", leaves=True) == [499]
    assert told("/broken-off", leaves=True) == [200]
    for path in ("/silent", "/broken-off"):
        with pytest.raises(RuntimeError, match="No response returned"):
            told(path, leaves=False)
    for leaves in (True, False):
        with pytest.raises(ZeroDivisionError):
            told("/crash", leaves=leaves)


def test_a_page_that_is_left_while_it_loads_leaves_nothing_in_the_log(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it, NiceGUI would not compress
    with Studio(tmp_path / "store") as studio, contextlib.closing(studio.client()) as client:
        paths = ["/", *re.findall(r'(?:src|href)="(/[^"]+)"', client.get("/").text)] * 3
        assert len(paths) > 30
        before = answered(client)
        for path in paths:
            leave(studio, client, path)
        wait_for(lambda: answered(client) >= before + len(paths))
    assert not [line for line in studio.log if "Traceback" in line or "No response" in line]


def answered(client):
    """How many requests the studio is done with, but for those that ask for this."""
    told = [line for line in client.get("/metrics").text.splitlines() if "/metrics" not in line]
    return sum(float(line.split()[-1]) for line in told if line.startswith("fudemoji_requests_total{"))


def leave(studio, client, path):
    """Ask for a path, and close the connection before the answer."""
    host = studio.url.partition("//")[2]
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    with socket.create_connection(host.split(":")) as visitor:
        visitor.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode())
