"""Keys of a server without a store: read from a file, kept as hashes, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from fudemoji.errors import SettingsError
from fudemoji.serving.addresses import host_of, is_loopback
from fudemoji.serving.errors import ApiError, answer

__all__ = ["Door", "KeyRing", "read_keys"]

_SHORTEST = 16  # characters of a key
_HASH = re.compile(r"sha256:([0-9a-fA-F]{64})")
_HEADERS = ("prediction-key", "ocp-apim-subscription-key")


class KeyRing:
    """Keys that open a server, as SHA-256 hashes."""

    def __init__(self, hashes: Iterable[bytes]) -> None:
        self._hashes = tuple(dict.fromkeys(hashes))

    def __len__(self) -> int:
        return len(self._hashes)

    def opens(self, headers: Headers) -> bool:
        """Whether a request brings one of the keys; how long that takes does not tell how near one comes."""
        return any(self._holds(sent) for sent in _sent(headers))

    def _holds(self, secret: str) -> bool:
        digest = hashlib.sha256(secret.encode()).digest()
        is_held = False
        for known in self._hashes:  # all of them, whichever it is
            is_held |= hmac.compare_digest(digest, known)
        return is_held


def read_keys(path: Path) -> KeyRing:
    """The keys of a file: one a line, itself or as `sha256:` and 64 hexadecimal digits; `#` starts a comment.

    Raises:
        SettingsError: the file cannot be read, has no key, or one that is too short to be one.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError(f"the keys {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"the keys {path} are no text in UTF-8") from error
    hashes = []
    for number, line in enumerate(lines, start=1):
        key = line.partition("#")[0].strip()
        if match := _HASH.fullmatch(key):
            hashes.append(bytes.fromhex(match[1]))
        elif len(key) >= _SHORTEST:
            hashes.append(hashlib.sha256(key.encode()).digest())
        elif key:
            raise SettingsError(f"{path}, line {number}: a key has at least {_SHORTEST} characters")
    if not hashes:
        raise SettingsError(f"{path} holds no key; write one a line, such as `openssl rand -hex 32` prints")
    return KeyRing(hashes)


class Door:
    """ASGI middleware: who has no key, or without any keys does not ask this machine by its own name, stays outside.

    A page that a browser shows from elsewhere cannot ask for this machine by its own name, even where its name was
    made to lead here.

    Args:
        app: what lies behind.
        keys: that open it; none where everybody on this machine may.
        open_paths: that need no key.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing | None, open_paths: Iterable[str]) -> None:
        self._app = app
        self._keys = keys
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            await answer(refusal)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ApiError | None:
        headers = Headers(scope=scope)
        if self._keys is None:
            if is_loopback(host_of(headers.get("host", ""))):
                return None
            return ApiError(403, "Forbidden", "without keys this server answers its own machine only")
        if scope["path"] in self._open_paths or self._keys.opens(headers):
            return None
        return ApiError(401, "Unauthorized", "a valid key is needed, in the header Prediction-Key")


def _sent(headers: Headers) -> list[str]:
    sent = [headers.get(name, "") for name in _HEADERS]
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        sent.append(credentials.strip())
    return [one for one in sent if one]
