"""Who may do what: keys, and what a server without any allows."""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from fudemoji.server.rates import Buckets
from fudemoji.server.settings import ServerSettings
from fudemoji.server.store import Store, keys
from fudemoji.server.store.tables import Key, KeyKind
from fudemoji.serving.addresses import host_of, is_loopback, is_same_origin
from fudemoji.serving.errors import ApiError

__all__ = ["EITHER", "PREDICTION", "SIGNED_IN", "TRAINING", "Auth", "Caller"]

TRAINING: tuple[KeyKind, ...] = ("training",)
PREDICTION: tuple[KeyKind, ...] = ("prediction",)
EITHER = PREDICTION + TRAINING
SIGNED_IN = "signed_in"  # in the state of a request: a person with a session sent it, who needs no key

_REMEMBERED_SECONDS = 1.0  # so long may a key that was revoked by another process still be taken
_REMEMBERED_KEYS = 1000
_HEADERS: dict[KeyKind, str] = {"training": "training-key", "prediction": "prediction-key"}
_EITHER = "ocp-apim-subscription-key"
_LONGEST = 512  # characters of what may be a key
_GUESSES_PER_SECOND = 10.0  # of one address


@dataclass(frozen=True)
class Caller:
    """Who sent a request.

    Attributes:
        key_id: of the key that was sent; None where the server has no keys, and the caller is on this machine.
        project_id: the one project that the key opens; None: all.
    """

    key_id: str | None = None
    project_id: str | None = None


@dataclass
class _Memory:
    """What was looked up: until when it is to be believed, and what it was.

    Attributes:
        keys: by the SHA-256 of what was sent; None where it is no key.
        has_keys: whether the store has, or had, any.
    """

    keys: OrderedDict[str, tuple[float, Key | None]] = field(default_factory=OrderedDict)
    has_keys: tuple[float, bool] = (-math.inf, True)


class Auth:
    """What a server knows about keys; what it looked up is remembered for a second.

    Args:
        store: where the keys are.
        settings: how many requests a key may make.
    """

    def __init__(self, store: Store, settings: ServerSettings) -> None:
        self._store = store
        self._is_local = settings.is_local
        rate = settings.requests_per_second
        self._requests = Buckets(rate, at_once=2 * rate)
        self._guesses = Buckets(_GUESSES_PER_SECOND, at_once=2 * _GUESSES_PER_SECOND)
        self._memory = _Memory()

    async def admit(
        self,
        request: HTTPConnection,
        kinds: Collection[KeyKind],
        *,
        project_id: str | None,
        of_any_project: bool = False,
    ) -> Caller:
        """Who sent the request, if that one may do what needs a key of one of `kinds`.

        Args:
            request: with the key in a header.
            kinds: of keys that open it.
            project_id: of the project that it is about; None: of all.
            of_any_project: a key of any one project will do, whatever `project_id` is.

        Raises:
            ApiError: 401 where no valid key was sent, 403 where it is for something else, 429 where it was too often.
        """
        if getattr(request.state, SIGNED_IN, False):
            return Caller()
        if not await self._is_closed():
            return self._neighbour(request)
        sent = [secret for secret in _secrets(request.headers, kinds) if len(secret) <= _LONGEST]
        found = [key for secret in sent if (key := await self._key(secret)) is not None]
        if not found:
            raise self._stranger(request, kinds, has_sent=bool(sent))
        fitting = [
            key
            for key in found
            if key.kind in kinds and (of_any_project or key.project_id in (None, project_id))
        ]
        self._count((fitting or found)[0].id)
        if not fitting:
            raise _forbidden(found[0], kinds)
        return Caller(fitting[0].id, fitting[0].project_id)

    def forget(self) -> None:
        """Look every key up again: one was made, or revoked. What is being looked up now is not remembered."""
        self._memory = _Memory()

    async def _is_closed(self) -> bool:
        """Whether a key is needed: there is one, or was, or others than this machine can reach the server."""
        if not self._is_local:
            return True
        memory = self._memory
        until, has_keys = memory.has_keys
        if time.monotonic() > until:
            has_keys = await run_in_threadpool(self._ask_for_any)
            memory.has_keys = (time.monotonic() + _REMEMBERED_SECONDS, has_keys)
        return has_keys

    async def _key(self, secret: str) -> Key | None:
        sha256 = hashlib.sha256(secret.encode()).hexdigest()
        known = self._memory.keys
        until, key = known.get(sha256, (-math.inf, None))
        if time.monotonic() > until:
            key = await run_in_threadpool(self._ask_for, secret)
            known[sha256] = (time.monotonic() + _REMEMBERED_SECONDS, key)
            known.move_to_end(sha256)
            if len(known) > _REMEMBERED_KEYS:
                known.popitem(last=False)
        return key

    def _ask_for_any(self) -> bool:
        with self._store.session(reads_only=True) as session:
            return keys.exist(session)

    def _ask_for(self, secret: str) -> Key | None:
        with self._store.session(reads_only=True) as session:
            return keys.known(session, secret)

    def _neighbour(self, request: HTTPConnection) -> Caller:
        """Whoever is on this machine may do everything, whatever key that one sends.

        The name that was asked for must be this machine's too: a page whose own name was made to lead here cannot send
        that. A page from elsewhere can; but then its browser says where it is from.
        """
        came_from = request.client.host if request.client else ""
        if not is_same_origin(request.headers):
            raise ApiError(403, "Forbidden", "a page from elsewhere asked for this, which needs a key")
        if not is_loopback(came_from) or not is_loopback(host_of(request.headers.get("host", ""))):
            raise ApiError(
                403, "Forbidden", "without keys this server answers its own machine only; make one with "
                "`fudemoji keys create`",
            )  # fmt: skip
        return Caller()

    def _stranger(self, request: HTTPConnection, kinds: Collection[KeyKind], *, has_sent: bool) -> ApiError:
        wait = self._guesses.take(request.client.host if request.client else "")
        if wait:
            return _too_often(wait, "requests without a valid key")
        headers = " or ".join(_HEADERS[kind].title() for kind in kinds)
        told = (
            "the key is not known, or was revoked"
            if has_sent
            else f"this needs a key, in the header {headers}"
        )
        return ApiError(401, "Unauthorized", told)

    def _count(self, key_id: str) -> None:
        if wait := self._requests.take(key_id):
            raise _too_often(wait, "requests with this key")


def _secrets(headers: Headers, kinds: Collection[KeyKind]) -> list[str]:
    sent = [headers.get(name, "") for name in (*(_HEADERS[kind] for kind in kinds), _EITHER)]
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        sent.append(credentials)
    return [secret.strip() for secret in sent if secret.strip()]


def _forbidden(key: Key, kinds: Collection[KeyKind]) -> ApiError:
    if key.kind not in kinds:
        return ApiError(403, "Forbidden", f"this is a {key.kind} key; a {' or '.join(kinds)} key is needed")
    return ApiError(403, "Forbidden", "this key opens another project")


def _too_often(wait: float, what: str) -> ApiError:
    return ApiError(429, "TooManyRequests", f"too many {what}", retry_after=math.ceil(wait))
