"""A server from its start to its end: the port, one line when it is ready, and a stop that finishes what it began."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import math
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from fudemoji.errors import SettingsError
from fudemoji.serving.protocol import Protocol

__all__ = ["Listening", "listen", "run"]

_KEEP_ALIVE_SECONDS = 30
_BACKLOG = 2048
_WEBSOCKET_BYTES = 4 * 2**20  # of a message
_STOPS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Listening:
    """A port that is taken, and its address as a URL."""

    socket: socket.socket
    url: str


def listen(host: str, port: int) -> Listening:
    """Take a port; 0 is any that is free.

    Raises:
        SettingsError: it is taken, may not be taken, or the host is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise SettingsError(f"--host {host} is no address: {error.strerror}") from error
    taken = socket.socket(family, kind, protocol)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(_BACKLOG)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host} is taken; give another --port, or 0 for any that is free"
        else:
            message = f"port {port} on {host} cannot be taken: {error.strerror}"
        raise SettingsError(message) from error
    shown = f"[{host}]" if ":" in host else host
    return Listening(taken, f"http://{shown}:{taken.getsockname()[1]}")


def run(
    app: Starlette,
    listening: Listening,
    *,
    ready: str,
    stop_seconds: float,
    on_ready: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
    websockets: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; what has been accepted by then is answered, within `stop_seconds`.

    A second signal ends the waiting.

    Args:
        app: whose lifespan is entered first; what that raises is raised here.
        listening: the port.
        ready: the line that is printed when requests are answered.
        stop_seconds: that accepted requests have at the stop.
        on_ready: called when that line was printed.
        on_stop: called in the event loop when the first signal has come, so that answers without an end can have one.
        websockets: whether the app takes them.

    Raises:
        KeyboardInterrupt: SIGINT ended it.
    """
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("fudemoji.requests").setLevel(logging.INFO)
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="websockets-sansio" if websockets else "none",
        ws_max_size=_WEBSOCKET_BYTES,
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(stop_seconds),
        backlog=_BACKLOG,
    )
    config.load()  # uvicorn would later; what the app's lifespan begins may look for its server
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        stopped_by = runner.run(_serve(app, listening, _Server(config, ready, on_ready, on_stop)))
    if stopped_by == signal.SIGINT:
        raise KeyboardInterrupt


class _Server(uvicorn.Server):
    """uvicorn's server, which tells when it is ready, and leaves signals to `_Stop`."""

    def __init__(
        self, config: uvicorn.Config, ready: str, on_ready: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.on_stop = on_stop
        self._ready, self._on_ready = ready, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        gc.freeze()  # a collection that goes through all that was imported would hold up requests for 200 ms
        print(self._ready, flush=True)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Stop:
    """What SIGINT and SIGTERM do: before the server is ready they cancel its start, later they let it end."""

    def __init__(self, server: _Server) -> None:
        self.by: int | None = None
        self._server = server
        self._task = asyncio.current_task()

    def on_signal(self, number: int) -> None:
        """The first one stops, a second one does not wait."""
        if not self._server.started and self.by is None:
            assert self._task is not None
            self._task.cancel()
        elif self.by is None:
            self._server.on_stop()
        self._server.should_exit = True
        self._server.force_exit = self.by is not None
        self.by = self.by or number


async def _serve(app: Starlette, listening: Listening, server: _Server) -> int | None:
    """Serve; what signal ended it."""
    stop = _Stop(server)
    loop = asyncio.get_running_loop()
    for number in _STOPS:
        loop.add_signal_handler(number, stop.on_signal, number)
    try:
        async with app.router.lifespan_context(app):
            await server.serve(sockets=[listening.socket])
    except asyncio.CancelledError:
        if stop.by is None:
            raise
    finally:
        for number in _STOPS:
            loop.remove_signal_handler(number)  # uvloop leaves its own behind
        listening.socket.close()
    return stop.by
