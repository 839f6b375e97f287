"""An image at a URL that a stranger names: fetched from the public internet only, under caps."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import h11

from fudemoji.serving.addresses import is_public
from fudemoji.serving.errors import ApiError

__all__ = ["fetch"]

_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_MOVED = (301, 302, 303, 307, 308)
_LONGEST = 8192  # characters of a URL
_PIECE = 2**16
_TRIED = 3  # addresses of a host


@dataclass(frozen=True)
class _Place:
    """A URL taken apart: `host` without brackets, `target` as it goes into the request."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def told_host(self) -> str:
        """The host as the request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


async def fetch(url: object, *, most: int, seconds: float = 10.0, allow_private: bool = False) -> bytes:
    """The bytes that lie at a URL.

    The host is looked up once, every address of it must be public, and the connection is made to the address that was
    looked at: a name that answers differently a moment later leads nowhere else. Redirects are followed, up to five,
    each looked at in the same way. Proxies of the environment are not used, no cookies or keys are sent.

    Args:
        url: http or https.
        most: bytes.
        seconds: for all of it.
        allow_private: whether addresses that are not public are connected to, for tests and closed networks.

    Raises:
        ApiError: 400, with a message that does not tell what a closed network holds.
    """
    try:
        async with asyncio.timeout(seconds):
            for _ in range(_REDIRECTS + 1):
                place = _place(url)
                found = await _ask(place, most, allow_private=allow_private)
                if isinstance(found, bytes):
                    return found
                url = urljoin(f"{place.scheme}://{place.told_host}{place.target}", found)
    except TimeoutError:
        raise _refused(f"the URL did not answer within {seconds:g} s") from None
    except (OSError, ssl.SSLError, h11.RemoteProtocolError, UnicodeError):
        raise _refused("the URL could not be read") from None
    raise _refused(f"the URL redirects more than {_REDIRECTS} times")


def _place(url: object) -> _Place:
    if not isinstance(url, str) or len(url) > _LONGEST:
        raise _refused("a URL is a text of at most 8192 characters")
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:
        raise _refused("the URL is none that can be read") from None
    if scheme not in _PORTS or not host:
        raise _refused("the URL must start with http:// or https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise _refused("a URL with a user name or password is not read")
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return _Place(scheme, host, _PORTS[scheme] if port is None else port, target)


async def _ask(place: _Place, most: int, *, allow_private: bool) -> bytes | str:
    """The content at the place, or where it says that this has moved."""
    addresses = await _look_up(place, allow_private=allow_private)
    reader, writer = await _connect(place, addresses)
    try:
        client = h11.Connection(h11.CLIENT)
        request = h11.Request(
            method="GET",
            target=place.target,
            headers=[
                ("Host", place.told_host),
                ("User-Agent", "fudemoji"),
                ("Accept", "image/*, application/octet-stream;q=0.9, */*;q=0.5"),
                ("Accept-Encoding", "identity"),
                ("Connection", "close"),
            ],
        )
        writer.write((client.send(request) or b"") + (client.send(h11.EndOfMessage()) or b""))
        return await _read(client, reader, most)
    finally:
        writer.transport.abort()


async def _look_up(place: _Place, *, allow_private: bool) -> list[str]:
    """The addresses that the host has, after a look at all of them."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _refused("the host of the URL is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not (allow_private or all(map(is_public, addresses))):
        raise _refused("the URL does not lead to a public address")
    return addresses[:_TRIED]


async def _connect(place: _Place, addresses: list[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of the addresses that takes one; the certificate is checked against the name."""
    secure = ssl.create_default_context() if place.scheme == "https" else None
    name = place.host if secure else None
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return await asyncio.open_connection(address, place.port, ssl=secure, server_hostname=name)
    return await asyncio.open_connection(addresses[-1], place.port, ssl=secure, server_hostname=name)


async def _read(client: h11.Connection, reader: asyncio.StreamReader, most: int) -> bytes | str:
    pieces: list[bytes] = []
    size = 0
    while not isinstance(event := client.next_event(), h11.EndOfMessage | h11.ConnectionClosed):
        if event is h11.NEED_DATA:
            client.receive_data(await reader.read(_PIECE))
        elif isinstance(event, h11.Response):
            moved = _header(event, b"location")
            if event.status_code in _MOVED and moved:
                return moved
            _check(event, most)
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > most:
                raise _too_large(most)
            pieces.append(bytes(event.data))
    return b"".join(pieces)


def _check(response: h11.Response, most: int) -> None:
    if response.status_code != 200:
        raise _refused(f"the URL answers with status {response.status_code}")
    if _header(response, b"content-encoding").lower() not in ("", "identity"):
        raise _refused("the URL answers with a compressed body")
    declared = _header(response, b"content-length")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)


def _header(response: h11.Response, name: bytes) -> str:
    found: list[bytes] = [value for key, value in response.headers if key == name]
    return found[0].decode("latin-1") if found else ""


def _refused(message: str) -> ApiError:
    return ApiError(400, "BadRequestImageUrl", message)


def _too_large(most: int) -> ApiError:
    return ApiError(400, "BadRequestImageSizeBytes", f"what lies at the URL has more than {most} bytes")
