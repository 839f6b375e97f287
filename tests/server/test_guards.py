"""What every request passes, and every answer."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from fudemoji.server.guards import Guards
from fudemoji.server.settings import server_settings
from fudemoji.serving import turns


async def echo(request):
    return PlainTextResponse(str(len(await request.body())), headers={"Cache-Control": "max-age=60"})


def client_of(tmp_path, **given):
    app = Starlette(routes=[Route("/", echo, methods=["GET", "POST"])])
    return TestClient(Guards(app, server_settings(data=tmp_path, **given)), base_url="http://127.0.0.1")


def test_an_answer_says_that_browsers_take_it_for_nothing_else(tmp_path):
    headers = client_of(tmp_path).get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cache-control"] == "max-age=60"  # what a route says stands


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("example.org", 200), ("EXAMPLE.org:8443", 200), ("a.example.net", 200), ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200), ("localhost", 200), ("example.net", 400), ("evil.org", 400), ("example.org.evil.org", 400),
        ("notexample.net", 400), ("", 400),
    ],
)  # fmt: skip
def test_only_allowed_names_are_answered_where_there_are_any(tmp_path, host, status):
    client = client_of(tmp_path, host="0.0.0.0", allowed_hosts=("example.org", "*.example.net"))
    response = client.get("/", headers={"Host": host})
    assert response.status_code == status
    if status == 400:
        assert response.json() == {
            "code": "BadRequestHost",
            "message": "this server does not answer under this name",
        }
        assert response.headers["x-content-type-options"] == "nosniff"


def test_a_server_without_such_names_answers_under_all(tmp_path):
    assert client_of(tmp_path).get("/", headers={"Host": "anything.example"}).status_code == 200


def test_large_bodies_are_read_a_few_at_a_time_and_small_ones_pass_by(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "_PATIENCE_SECONDS", 0.01)
    at_work, may_end, told = asyncio.Event(), asyncio.Event(), []

    async def app(scope, receive, send):
        at_work.set()
        if scope["path"] == "/slow":
            await may_end.wait()
        await PlainTextResponse("done")(scope, receive, send)

    guarded = Guards(app, server_settings(data=tmp_path, uploads_at_a_time=1))

    async def ask(path, *headers):
        async def send(message):
            if message["type"] == "http.response.start":
                told.append((path, message["status"], dict(message["headers"]).get(b"retry-after")))

        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": [(b"host", b"localhost"), *headers],
        }
        await guarded(scope, None, send)

    async def main():
        large, small = (b"content-length", b"9000000"), (b"content-length", b"9")
        first = asyncio.create_task(ask("/slow", large))
        await at_work.wait()
        await ask("/second", large)
        await ask("/streamed", (b"transfer-encoding", b"chunked"))
        await ask("/small", small)
        may_end.set()
        await first
        await ask("/third", large)

    asyncio.run(main())
    assert told == [
        ("/second", 503, b"5"),
        ("/streamed", 503, b"5"),
        ("/small", 200, None),
        ("/slow", 200, None),
        ("/third", 200, None),
    ]
