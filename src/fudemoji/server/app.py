"""The server as an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from fudemoji.errors import RunError, SettingsError
from fudemoji.locks import folder_lock
from fudemoji.server import api, customvision, operating
from fudemoji.server.auth import Auth
from fudemoji.server.context import Context
from fudemoji.server.exploring import Looks, NamedSets
from fudemoji.server.filling import Bounds, Filler
from fudemoji.server.guards import Guards
from fudemoji.server.models import Models
from fudemoji.server.settings import ServerSettings
from fudemoji.server.store import Store, images, keys, leftovers
from fudemoji.server.trainings import Trainer
from fudemoji.serving import errors
from fudemoji.serving.observing import Figures, Observer
from fudemoji.serving.pool import Pool, PoolSettings
from fudemoji.serving.running import listen
from fudemoji.serving.running import run as run_app
from fudemoji.serving.start import fair_threads

__all__ = ["create_app", "open_store", "run"]


def create_app(
    settings: ServerSettings,
    *,
    extend: Callable[[FastAPI], None] | None = None,
    has_door: bool = False,
    waits: bool = True,
) -> FastAPI:
    """The app of a server, both APIs of it.

    Its store is opened when it starts, and closed when it ends; a training that runs then goes on, and is adopted by
    the next server on the store.

    Args:
        settings: what was decided by the one who runs it.
        extend: adds what else the app is to serve, within the guards of all that it serves; else its front page
            leads to the description of the APIs.
        has_door: what was added lets people in by itself, so that others than this machine may reach the server
            before there is a key.
        waits: at the start, until images can be classified; else the first that are asked about wait.

    Raises:
        RunError: at the start: another server has the store, it cannot be opened, or no model process comes up that is
            waited for.
        SettingsError: at the start: others than this machine could reach the server, and there is no key.
    """
    figures = Figures()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.context = await _start(settings, stack, figures, has_door=has_door, waits=waits)
            yield

    app = FastAPI(
        title="fudemoji",
        summary="Projects of tagged images, models trained from them, and their answers.",
        version=version("fudemoji"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    customvision.install(app)
    api.install(app)
    operating.install(app, figures)
    (extend or operating.install_front)(app)
    errors.install(app)
    app.add_middleware(Guards, settings=settings)
    app.add_middleware(Observer, figures=figures, logs=settings.log_requests)
    return app


def run(settings: ServerSettings) -> None:
    """Serve until SIGTERM or SIGINT; what was accepted by then is answered.

    Raises:
        SettingsError: the port cannot be had, or others than this machine could reach the server without a key.
        RunError: another server has the store, or it cannot be opened.
        KeyboardInterrupt: SIGINT ended it.
    """
    app = create_app(settings)
    listening = listen(settings.host, settings.port)
    ready = f"fudemoji server on {listening.url}, store {settings.data} (docs at /docs)"

    def stop() -> None:
        app.state.context.stopping.set()

    run_app(app, listening, ready=ready, stop_seconds=settings.stop_seconds, on_stop=stop)


@contextmanager
def open_store(settings: ServerSettings, *, has_door: bool = False) -> Iterator[Store]:
    """The store of a server, which is its alone.

    Args:
        settings: of the server.
        has_door: people get in without a key.

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
            if not has_door:
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


def _bounds(settings: ServerSettings) -> Bounds:
    """What may come into a project with an archive."""
    limits = images.Limits(
        num_bytes=settings.image_bytes, side=settings.image_side, num_images=settings.images_per_project
    )
    return Bounds(limits, archive_bytes=settings.archive_bytes)


async def _start(
    settings: ServerSettings, stack: AsyncExitStack, figures: Figures, *, has_door: bool, waits: bool
) -> Context:
    """Everything that a server needs while it runs; the stack ends it, last things first."""
    store = stack.enter_context(open_store(settings, has_door=has_door))
    await run_in_threadpool(leftovers.tidy, store)
    trainer = Trainer(store, at_a_time=settings.trainings)
    trainer.start()
    stack.callback(trainer.stop)
    filler = Filler(store, bounds=_bounds(settings))
    filler.start()
    stack.callback(filler.stop)
    num_processes = settings.model_processes
    threads = settings.model_threads or fair_threads(num_processes)
    pool = Pool(
        PoolSettings(processes=num_processes, threads=threads, models=settings.models_kept),
        on_batch=figures.note_batch,
    )
    stack.push_async_callback(pool.close, seconds=settings.stop_seconds)
    await pool.start(waits=waits)
    context = Context(
        settings=settings,
        store=store,
        auth=Auth(store, settings),
        pool=pool,
        trainer=trainer,
        filler=filler,
        models=Models(store),
        looks=Looks(store, pool),
        sets=NamedSets(),
        stopping=asyncio.Event(),
    )
    operating.watch(figures, context)
    return context
