"""The server as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version

from fastapi import FastAPI

from fudemoji.errors import RunError
from fudemoji.locks import folder_lock
from fudemoji.server.auth import Auth
from fudemoji.server.context import Context
from fudemoji.server.settings import ServerSettings
from fudemoji.server.store import Store

__all__ = ["create_app", "open_store"]


def create_app(settings: ServerSettings) -> FastAPI:
    """The app of a server; its store is opened when it starts, and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            store = stack.enter_context(open_store(settings))
            app.state.context = Context(settings=settings, store=store, auth=Auth(store, settings))
            yield

    return FastAPI(
        title="fudemoji", version=version("fudemoji"), docs_url=None, redoc_url=None, lifespan=lifespan
    )


@contextmanager
def open_store(settings: ServerSettings) -> Iterator[Store]:
    """The store of a server, which is its alone.

    Raises:
        RunError: another server has it, or it cannot be opened.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"the store {settings.data} cannot be written: {error.strerror}") from error
    refusal = RunError(f"a server runs on the store {settings.data} already; stop it, or give another --data")
    with folder_lock(settings.data, refusal=refusal):
        store = Store.open(settings.data, url=settings.database)
        try:
            yield store
        finally:
            store.close()
