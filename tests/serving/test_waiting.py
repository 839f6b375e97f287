"""Waiting for an answer as long as the client does."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request

from fudemoji.serving import waiting


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(waiting, "_PATIENCE", 0.01)


def request(leaves: asyncio.Event) -> Request:
    async def receive():
        await leaves.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def test_an_answer_arrives_however_long_it_takes():
    async def work():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.05, future.set_result, "answer")
        return await waiting.while_connected(request(asyncio.Event()), future)

    assert asyncio.run(work()) == "answer"


def test_what_a_client_that_has_left_waited_for_is_cancelled():
    async def work():
        future, leaves = asyncio.get_running_loop().create_future(), asyncio.Event()
        asyncio.get_running_loop().call_later(0.03, leaves.set)
        with pytest.raises(ClientDisconnect):
            await waiting.while_connected(request(leaves), future)
        return future.cancelled()

    assert asyncio.run(work())


def test_a_request_that_is_cancelled_is_cancelled_and_so_is_what_it_waited_for():
    async def work():
        future = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(waiting.while_connected(request(asyncio.Event()), future))
        await asyncio.sleep(0.03)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return future.cancelled()

    assert asyncio.run(work())
