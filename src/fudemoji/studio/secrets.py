"""What lets a person in: a password, of which a hash is kept, and the secret that sessions are signed with."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fudemoji.errors import RunError, SettingsError
from fudemoji.runs import write_beside

__all__ = ["Secrets", "SecretsFile", "end_sessions", "read_secrets", "set_password"]

_FILE = "studio.json"
_SHORTEST = 10  # characters of a password
_LONGEST = 1024
_COST = {
    "n": 2**14,
    "r": 8,
    "p": 1,
}  # scrypt: 16 MiB and about 50 ms; OWASP's cheat sheet on password storage


@dataclass(frozen=True)
class Secrets:
    """The secrets of a studio.

    Attributes:
        signing: what sessions are signed with; another one ends them all.
        salt: of the password, hexadecimal; None where there is no password.
        scrypt: its hash, hexadecimal.
    """

    signing: str
    salt: str | None = None
    scrypt: str | None = None

    @property
    def has_password(self) -> bool:
        """Whether a password lets people in."""
        return self.scrypt is not None

    def is_password(self, text: str) -> bool:
        """Whether it is the password; takes the same time whatever the answer."""
        if self.salt is None or self.scrypt is None or len(text) > _LONGEST:
            return False
        return hmac.compare_digest(_hashed(text, self.salt), self.scrypt)


def read_secrets(folder: Path) -> Secrets:
    """The secrets of the studio on a store; the first time they are made.

    Raises:
        RunError: the file is damaged, or cannot be read or written.
    """
    path = folder / _FILE
    try:
        return Secrets(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        found = Secrets(signing=secrets.token_urlsafe(32))
        _write(path, found)
        return found
    except (OSError, TypeError, ValueError) as error:
        raise RunError(
            f"{path} is damaged; delete it, and set the password anew with `fudemoji studio --set-password`"
        ) from error


class SecretsFile:
    """The secrets of the studio on a store as they are now; the command sets passwords while a studio runs.

    Args:
        folder: of the store.

    Raises:
        RunError: as of `read_secrets`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = read_secrets(folder)
        self._stamp = self._look()

    def now(self) -> Secrets:
        """The secrets; what was known last where the file was damaged meanwhile."""
        if (stamp := self._look()) != self._stamp:
            self._stamp = stamp
            with contextlib.suppress(RunError):
                self._known = read_secrets(self._folder)
        return self._known

    def _look(self) -> tuple[int, int] | None:
        try:
            found = (self._folder / _FILE).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns


def set_password(folder: Path, password: str) -> None:
    """Let people in by a password from now on, and end all sessions.

    Raises:
        SettingsError: it is too short, or absurdly long.
        RunError: it cannot be written.
    """
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise SettingsError(f"the password has {len(password)} characters; {_SHORTEST} at least")
    salt = secrets.token_hex(16)
    _write(folder / _FILE, Secrets(secrets.token_urlsafe(32), salt, _hashed(password, salt)))


def end_sessions(folder: Path) -> None:
    """Let all who are in sign in again; the password stays.

    Raises:
        RunError: as of `read_secrets`.
    """
    _write(folder / _FILE, replace(read_secrets(folder), signing=secrets.token_urlsafe(32)))


def _hashed(password: str, salt: str) -> str:
    content = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(content, salt=bytes.fromhex(salt), **_COST).hex()


def _write(path: Path, found: Secrets) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_beside(path, mode=0o600) as file:
            file.write(json.dumps(asdict(found)).encode())
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}") from error
