"""The server as an ASGI app."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from fudemoji.errors import RunError, SettingsError
from fudemoji.locks import folder_lock
from fudemoji.server import api
from fudemoji.server.auth import Auth
from fudemoji.server.context import Context
from fudemoji.server.guards import Guards
from fudemoji.server.models import Models
from fudemoji.server.settings import ServerSettings
from fudemoji.server.store import Store, keys, leftovers
from fudemoji.server.trainings import Trainer
from fudemoji.serving import errors
from fudemoji.serving.pool import Pool, PoolSettings

__all__ = ["create_app", "open_store"]


def create_app(settings: ServerSettings) -> FastAPI:
    """The app of a server, both APIs of it.

    Its store is opened when it starts, and closed when it ends; a training that runs then goes on, and is adopted by
    the next server on the store.

    Raises:
        RunError: at the start: another server has the store, or it cannot be opened.
        SettingsError: at the start: others than this machine could reach the server, and there is no key.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.context = await _start(settings, stack)
            yield

    app = FastAPI(
        title="fudemoji", version=version("fudemoji"), docs_url=None, redoc_url=None, lifespan=lifespan
    )
    api.install(app)
    errors.install(app)
    app.add_middleware(Guards, settings=settings)
    return app


@contextmanager
def open_store(settings: ServerSettings) -> Iterator[Store]:
    """The store of a server, which is its alone.

    Raises:
        RunError: another server has it, or it cannot be opened.
        SettingsError: others than this machine could reach the server, and there is no key.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"the store {settings.data} cannot be written: {error.strerror}") from error
    refusal = RunError(f"a server runs on the store {settings.data} already; stop it, or give another --data")
    with folder_lock(settings.data, refusal=refusal):
        store = Store.open(settings.data, url=settings.database)
        try:
            _check_keys(store, settings)
            yield store
        finally:
            store.close()


def _check_keys(store: Store, settings: ServerSettings) -> None:
    if settings.is_local:
        return
    with store.session(reads_only=True) as session:
        if all(key.revoked_at for key in keys.every(session)):
            raise SettingsError(
                f"without a key a server listens on this machine only, not on {settings.host}; make one with "
                f"`fudemoji keys create --data {settings.data}`"
            )


async def _start(settings: ServerSettings, stack: AsyncExitStack) -> Context:
    """Everything that a server needs while it runs; the stack ends it, last things first."""
    store = stack.enter_context(open_store(settings))
    await run_in_threadpool(leftovers.tidy, store)
    trainer = Trainer(store, at_a_time=settings.trainings)
    trainer.start()
    stack.callback(trainer.stop)
    num_processes = settings.model_processes
    threads = settings.model_threads or max(1, (os.cpu_count() or 1) // num_processes)
    pool = Pool(PoolSettings(processes=num_processes, threads=threads, models=settings.models_kept))
    stack.push_async_callback(pool.close, seconds=settings.stop_seconds)
    await pool.start()
    return Context(
        settings=settings,
        store=store,
        auth=Auth(store, settings),
        pool=pool,
        trainer=trainer,
        models=Models(store),
        stopping=asyncio.Event(),
    )
