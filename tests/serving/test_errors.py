"""Every failure of an app is a code and a message at top level, and tells nothing of what was sent."""

import json
import logging
from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from pydantic import AfterValidator, BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from fudemoji.serving.errors import ApiError, answer, install

SECRET = "s3cret-t3xt"


def not_that(value: str) -> str:
    raise ValueError(f"{value} is not wanted")


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int
    word: Annotated[str, AfterValidator(not_that)] = ""


@pytest.fixture
def client():
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    install(app)

    @app.post("/thing")
    async def thing(thing: Thing, top: Annotated[int, Query(ge=1)] = 1): ...

    @app.get("/refused/{status}")
    async def refused(status: int):
        raise ApiError(status, "NotFoundProject", "no such project: 筆", retry_after=3)

    @app.get("/http/{status}")
    async def http(status: int):
        raise HTTPException(status, detail=SECRET)

    @app.get("/crash")
    async def crash():
        raise RuntimeError(SECRET)

    @app.get("/half")
    async def half():
        async def pieces():
            yield b"one"
            raise RuntimeError(SECRET)

        return StreamingResponse(pieces())

    with TestClient(app) as client:
        yield client


def test_a_refusal_is_told_with_its_status_code_and_message(client):
    got = client.get("/refused/503")
    assert got.status_code == 503
    assert got.json() == {"code": "NotFoundProject", "message": "no such project: 筆"}
    assert got.headers["retry-after"] == "3"
    assert got.headers["content-type"] == "application/json"


def test_a_missing_key_names_the_scheme_that_is_taken(client):
    assert client.get("/refused/401").headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 410, 413, 415, 418, 422, 429, 500, 503])
def test_what_the_framework_refuses_is_told_in_our_words(client, status):
    got = client.get(f"/http/{status}")
    assert got.status_code == status
    assert set(got.json()) == {"code", "message"}
    assert all(got.json().values())
    assert SECRET not in got.text


def test_an_unknown_address_and_method_are_told(client):
    assert client.get("/" + SECRET).json()["code"] == "NotFound"
    assert SECRET not in client.get("/" + SECRET).text
    got = client.delete("/crash")
    assert (got.status_code, got.json()["code"], got.headers["allow"]) == (405, "MethodNotAllowed", "GET")


@pytest.mark.parametrize(
    ("query", "body", "told"),
    [
        ("", {"number": SECRET}, "body.number: Input should be a valid integer"),
        ("", {}, "body.number: Field required"),
        ("", {"number": 1, "word": SECRET}, "body.word: is not valid"),
        ("", {"number": 1, "more": SECRET}, "body.more: is not valid"),
        (f"?top={SECRET}", {"number": 1}, "query.top: Input should be a valid integer"),
        ("?top=0", {"number": 1}, "query.top: Input should be greater than or equal to 1"),
    ],
)
def test_what_is_not_valid_is_told_without_its_value(client, query, body, told):
    got = client.post("/thing" + query, json=body)
    assert got.status_code == 422
    assert told in got.json()["message"]
    assert SECRET not in got.text


def test_half_a_character_in_a_message_is_no_crash():
    told = answer(ApiError(400, "BadRequest", "half \ud800 筆")).body
    assert json.loads(told)["message"] == "half ? 筆"


def test_a_crash_is_logged_and_told_without_its_words(client, caplog):
    with caplog.at_level(logging.ERROR, logger="fudemoji.serving"):
        got = client.get("/crash")
    assert (got.status_code, got.json()["code"]) == (500, "ErrorUnknown")
    assert SECRET not in got.text
    assert "GET /crash failed" in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_crash_within_a_response_breaks_it_off(client):
    with pytest.raises(RuntimeError):
        client.get("/half")
