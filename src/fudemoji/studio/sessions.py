"""Sessions: who has signed in is known by a signed cookie, and who has signed out is not let in by it any more."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
import threading
import time
from pathlib import Path

from itsdangerous import BadSignature, TimestampSigner
from starlette.concurrency import run_in_threadpool

from fudemoji.runs import write_beside
from fudemoji.studio.secrets import Secrets, SecretsFile, end_sessions

__all__ = ["SESSION_SECONDS", "Sessions"]

SESSION_SECONDS = 14 * 24 * 3600
_FILE = "studio-signed-out.json"
_MOST = 10_000  # sessions that have been signed out and would not have expired yet

_log = logging.getLogger(__name__)


class Sessions:
    """The sessions of a studio on a store.

    A session is a signed name with the time at which it began; nothing is kept of it until it is signed out. Then its
    name is, until the session would have expired. After ten thousand of these, or where what is kept of them is
    damaged, all sessions end: none that was signed out may count again.

    Args:
        folder: of the store.

    Raises:
        RunError: the studio's secrets cannot be read, or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = SecretsFile(folder)
        self._lock = threading.Lock()
        self._signed_out = self._read()
        self._next = asyncio.Event()

    @property
    def secrets(self) -> Secrets:
        """What signs them, and the password; others than before end all sessions."""
        return self._file.now()

    @property
    def cookie(self) -> str:
        """The cookie's name; browsers keep cookies by host, and there may be several studios on one."""
        return f"fudemoji-{hmac.digest(self.secrets.signing.encode(), b'cookie', 'sha256').hex()[:8]}"

    def begin(self) -> str:
        """A new session, as the cookie holds it."""
        return self._signer().sign(secrets.token_urlsafe(16)).decode()

    def is_one(self, value: str) -> bool:
        """Whether a cookie holds a session that has neither expired nor been signed out."""
        found = self._session(value)
        return found is not None and found[0] not in self._signed_out

    async def sign_out(self, value: str) -> None:
        """End a session, and tell those who wait for the end of one."""
        if (found := self._session(value)) is not None:
            await run_in_threadpool(self._end, *found)
            ended, self._next = self._next, asyncio.Event()
            ended.set()

    async def until_one_ends(self) -> None:
        """Wait until somebody signs out."""
        await self._next.wait()

    def _session(self, value: str) -> tuple[str, float] | None:
        """The name of a session, and when it expires."""
        try:
            name, begun = self._signer().unsign(value, max_age=SESSION_SECONDS, return_timestamp=True)
        except BadSignature:  # one that expired, too
            return None
        return name.decode(), begun.timestamp() + SESSION_SECONDS

    def _signer(self) -> TimestampSigner:
        return TimestampSigner(self.secrets.signing, salt="fudemoji.studio")

    def _end(self, name: str, expires: float) -> None:
        with self._lock:
            now = time.time()
            kept = {one: until for one, until in self._signed_out.items() if until > now}
            self._signed_out = {**kept, name: expires}
            if len(self._signed_out) > _MOST:
                end_sessions(self._folder)
                self._signed_out = {}
            try:
                with write_beside(self._folder / _FILE, mode=0o600) as file:
                    file.write(json.dumps(self._signed_out).encode())
            except OSError as error:
                _log.warning("a session that has ended will count again after a restart: %s", error.strerror)

    def _read(self) -> dict[str, float]:
        path = self._folder / _FILE
        try:
            return {str(name): float(until) for name, until in json.loads(path.read_bytes()).items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError):
            _log.warning("%s is damaged; all sessions have ended", path)
            end_sessions(self._folder)
            path.unlink(missing_ok=True)
            return {}
