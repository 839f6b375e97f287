"""The door of the studio: who comes in, and that what comes is meant.

A person comes in by the address that the command printed, or by the password, and then has a session: a cookie that is
signed, expires, and goes to no other site. Every request with a session that changes something, and every WebSocket,
must come from a page of the studio itself.
"""

from __future__ import annotations

import asyncio
import html
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib import resources
from string import Template
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fudemoji.server.auth import SIGNED_IN
from fudemoji.server.rates import Buckets
from fudemoji.serving.addresses import host_of, is_loopback, is_same_origin
from fudemoji.studio.sessions import SESSION_SECONDS, Sessions
from fudemoji.studio.words import Words, language_of

__all__ = ["SIGN_IN", "SIGN_OUT", "Door"]

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_NOT_OURS = ("/api/", "/customvision/", "/health", "/ready", "/metrics", "/docs", "/openapi.json")
_SAFE = ("GET", "HEAD", "OPTIONS")
_GUESSES_PER_SECOND = 0.2  # of one address
_LONGEST_FORM = 4096  # bytes
_FORM_SECONDS = 10.0  # that a form has to arrive
_UNKNOWN_NAME = "the studio does not answer under this name"
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)  # NiceGUI's pages begin with scripts of their own, and Vue compiles templates in the browser


class Door:
    """ASGI middleware before the pages, and before the APIs, which people with a session may use without a key.

    Args:
        app: what lies behind.
        sessions: who is in.
        token: lets in whoever knows the address that was printed; None where only the password does.
        hosts: further names that the studio answers to, `*.` for all below one.
    """

    def __init__(
        self, app: ASGIApp, *, sessions: Sessions, token: str | None, hosts: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._token = token
        self._hosts = (socket.gethostname().lower(), *(host.lower() for host in hosts))
        self._guesses = Buckets(_GUESSES_PER_SECOND, at_once=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        is_ours = not scope["path"].startswith(_NOT_OURS)
        if not self._is_served(host_of(connection.headers.get("host", ""))):
            await _refuse(scope, receive, send, f"{_UNKNOWN_NAME}; --allowed-host adds one", status=400)
            return
        is_in = self._has_session(connection) and _is_from_here(scope, connection.headers)
        if not is_ours:
            scope.setdefault("state", {})[SIGNED_IN] = is_in
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._page(Request(scope, receive), send, is_in=is_in)
        elif is_in:
            await self._app(scope, self._while_in(connection, receive), send)
        else:
            await _refuse(scope, receive, send, "sign in first", status=403)

    def _while_in(self, connection: HTTPConnection, receive: Receive) -> Receive:
        """What a WebSocket receives, until its session ends."""

        async def received() -> Message:
            message = asyncio.ensure_future(receive())
            while self._has_session(connection):
                if message.done():
                    return message.result()
                end = asyncio.ensure_future(self._sessions.until_one_ends())
                try:
                    await asyncio.wait({message, end}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    end.cancel()
            message.cancel()
            return {"type": "websocket.disconnect", "code": 1008, "reason": "the session has ended"}

        return received

    async def _page(self, request: Request, send: Send, *, is_in: bool) -> None:
        response = await self._own(request, is_in=is_in)
        sent = _with_policy(send)
        await (response or self._app)(request.scope, request.receive, sent)

    async def _own(self, request: Request, *, is_in: bool) -> Response | None:
        """The answer of the door itself; None where the request goes on."""
        asked = (request.method, request.url.path)
        if asked == ("POST", SIGN_OUT) and is_in:
            return await self._sign_out(request)
        if asked == ("POST", SIGN_IN):
            return await self._sign_in(request)
        if request.url.path == SIGN_IN:
            return self._form(request)
        if "token" in request.query_params and request.method == "GET":
            return self._by_token(request)
        return None if is_in else self._closed(request)

    def _closed(self, request: Request) -> Response:
        """What who is not in gets: the way in, or a refusal where it is no person that asks."""
        if request.method in _SAFE and "text/html" in request.headers.get("accept", ""):
            where = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
            return RedirectResponse(f"{SIGN_IN}?next={where}", status_code=303)
        return PlainTextResponse("sign in first", status_code=401)

    def _by_token(self, request: Request) -> Response:
        told = request.query_params["token"]
        if self._token is None or not secrets.compare_digest(told.encode(), self._token.encode()):
            return RedirectResponse(SIGN_IN, status_code=303)
        return self._let_in(request, request.url.path)

    async def _sign_in(self, request: Request) -> Response:
        if not is_same_origin(request.headers):
            return self._form(request, problem="This came from another page.", status=403)
        if wait := self._guesses.take(request.client.host if request.client else ""):
            return self._form(request, problem="Too many attempts; wait a little.", status=429, wait=wait)
        form = await _small_form(request)
        if form is None:
            return self._form(request, problem="This is not the password.", status=400)
        password, where = form.get("password", ""), form.get("next", "/")
        if not await run_in_threadpool(self._sessions.secrets.is_password, password):
            return self._form(request, problem="This is not the password.", status=401, where=where)
        return self._let_in(request, _safe_path(where))

    def _let_in(self, request: Request, where: str) -> Response:
        response = RedirectResponse(where, status_code=303)
        is_secure = "https" in (request.url.scheme, urlsplit(request.headers.get("origin", "")).scheme)
        response.set_cookie(
            self._sessions.cookie,
            self._sessions.begin(),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=is_secure,  # behind a proxy that takes care of TLS, only the browser knows
        )
        return response

    async def _sign_out(self, request: Request) -> Response:
        await self._sessions.sign_out(self._session_of(request))
        response = RedirectResponse(SIGN_IN, status_code=303)
        response.delete_cookie(self._sessions.cookie, path="/")
        return response

    def _form(
        self,
        request: Request,
        *,
        problem: str = "",
        status: int = 200,
        where: str | None = None,
        wait: float = 0,
    ) -> Response:
        """The page that asks for the password, or says where else to look."""
        language = language_of(request)
        say = Words(language)
        where = where or request.query_params.get("next", "/")
        return HTMLResponse(
            _page_of(
                say, language=language, problem=problem, where=where, asks=self._sessions.secrets.has_password
            ),
            status_code=status,
            headers={"Retry-After": str(int(wait) + 1)} if wait else None,
        )

    def _has_session(self, connection: HTTPConnection) -> bool:
        return self._sessions.is_one(self._session_of(connection))

    def _session_of(self, connection: HTTPConnection) -> str:
        return connection.cookies.get(self._sessions.cookie, "")

    def _is_served(self, host: str) -> bool:
        """Whether a name leads here for sure: addresses do, and names that nobody else can make lead here."""
        host = host.lower()
        if is_loopback(host) or _is_address(host):
            return True
        return any(host.endswith(name[1:]) if name.startswith("*.") else host == name for name in self._hosts)


def _is_from_here(scope: Scope, headers: Headers) -> bool:
    """Whether a page of this very studio sent it, or it is one that changes nothing."""
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return True
    says_where = "origin" in headers or "sec-fetch-site" in headers
    return says_where and is_same_origin(headers)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _safe_path(where: str) -> str:
    """A path of this studio, whatever was asked for."""
    parts = urlsplit(where)
    is_ours = (
        not (parts.scheme or parts.netloc) and where.startswith("/") and not where.startswith(("//", "/\\"))
    )
    return where if is_ours else "/"


async def _small_form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None where it is too large or none."""
    content = b""
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > _LONGEST_FORM:
                    return None
        return {name: values[0] for name, values in parse_qs(content.decode(), strict_parsing=True).items()}
    except (TimeoutError, ValueError):
        return None


def _page_of(say: Words, *, language: str, problem: str, where: str, asks: bool) -> str:
    page = Template(resources.files("fudemoji.studio").joinpath("look/sign-in.html").read_text("utf-8"))
    form = (
        f'<form method="post" action="{SIGN_IN}"><input type="hidden" name="next" value="{html.escape(where)}">'
        f'<label for="password">{say("Password")}</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
        f"<button>{say('Sign in')}</button></form>"
    )
    hint = say("Open the address that the command `fudemoji studio` printed; it lets you in.")
    return page.substitute(
        language=language,
        title=say("Sign in"),
        problem=f'<p role="alert">{say(problem)}</p>' if problem else "",
        content=form if asks else f"<p>{html.escape(hint)}</p>",
    )


def _with_policy(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", _POLICY)
            headers.setdefault(
                "Referrer-Policy", "same-origin"
            )  # without any, forms would not say where they are from
        await send(message)

    return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str, *, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": why})
    else:
        phrase = HTTPStatus(status).phrase
        await PlainTextResponse(f"{phrase}: {why}", status_code=status)(scope, receive, send)
