"""The studio as an ASGI app: a server, and the pages on it."""

from __future__ import annotations

import secrets
import threading
import webbrowser

import nicegui
from fastapi import FastAPI, Request
from nicegui import ui
from starlette.middleware import Middleware
from starlette.responses import Response

from fudemoji.errors import SettingsError
from fudemoji.server.app import create_app as create_server
from fudemoji.server.auth import SIGNED_IN
from fudemoji.server.settings import ServerSettings
from fudemoji.serving.errors import ApiError, answer
from fudemoji.serving.running import listen
from fudemoji.serving.running import run as run_app
from fudemoji.studio import assets, pages, visit
from fudemoji.studio.door import Door
from fudemoji.studio.leaving import Leaving
from fudemoji.studio.sessions import Sessions
from fudemoji.studio.words import Words, language_of

__all__ = ["create_app", "run"]

_APIS = ("/api", "/customvision")
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_RECONNECT_SECONDS = 30.0


def create_app(settings: ServerSettings, *, sessions: Sessions, token: str | None) -> FastAPI:
    """The app of a studio: both APIs of the server, and the pages; one in a process.

    Args:
        settings: of the server.
        sessions: of the studio.
        token: lets in who knows it; None where only the password does.
    """
    pages.register()

    def extend(app: FastAPI) -> None:
        for prefix in _APIS:
            app.add_api_route(f"{prefix}/{{path:path}}", _nothing, methods=_METHODS, include_in_schema=False)
        visit.bind(app)
        assets.install()
        ui.run_with(
            app,
            title="fudemoji",
            favicon=assets.ICON,
            reconnect_timeout=_RECONNECT_SECONDS,
            tailwind=False,
            binding_refresh_interval=None,
            show_welcome_message=False,
        )
        # the innermost of NiceGUI's, where `add_middleware` would add the outermost
        nicegui.app.user_middleware.append(Middleware(Leaving))
        app.add_middleware(Door, sessions=sessions, token=token, hosts=settings.allowed_hosts)

    of_server = settings.model_copy(update={"allowed_hosts": ()})  # the door knows whose names are answered
    # pages are looked at while a model process still imports torch
    app = create_server(of_server, extend=extend, has_door=True, waits=False)
    app.add_exception_handler(ApiError, _refused)
    return app


def run(settings: ServerSettings, *, opens_browser: bool) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SettingsError: the port cannot be had, or others than this machine could reach it without a password.
        RunError: another server has the store, or it cannot be opened.
        KeyboardInterrupt: SIGINT ended it.
    """
    sessions = Sessions(settings.data)
    if not settings.is_local and not sessions.secrets.has_password:
        raise SettingsError(
            f"--host {settings.host} lets other machines in, which needs a password: set one with "
            f"`fudemoji studio --data {settings.data} --set-password`"
        )
    token = secrets.token_urlsafe(24) if settings.is_local else None
    app = create_app(settings, sessions=sessions, token=token)
    listening = listen(settings.host, settings.port)
    address = f"{listening.url}/?token={token}" if token else listening.url

    def begun() -> None:
        threading.Thread(target=assets.prepare, daemon=True).start()
        if opens_browser:
            webbrowser.open(address)

    def stop() -> None:
        app.state.context.stopping.set()

    run_app(
        app,
        listening,
        ready=f"fudemoji studio on {address}, store {settings.data}",
        stop_seconds=settings.stop_seconds,
        on_stop=stop,
        on_ready=begun,
        websockets=True,
    )


async def _refused(request: Request, error: Exception) -> Response:
    """A refusal, to a page in its visitor's language; programs get the words of the API."""
    assert isinstance(error, ApiError)
    if getattr(request.state, SIGNED_IN, False):
        told = Words(language_of(request)).told(str(error))
        error = ApiError(error.status, error.code, told, retry_after=error.retry_after)
    return answer(error)


def _nothing(request: Request) -> None:
    raise ApiError(404, "NotFound", f"there is nothing at {request.url.path}; /docs tells what there is")
