"""Links to images and exports that need no key, cannot be guessed, and end after a day."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends
from starlette.requests import Request

from fudemoji.server.context import Current
from fudemoji.serving.errors import ApiError

__all__ = ["ARTIFACTS", "Linker", "Links", "Signer"]

ARTIFACTS = "/customvision/artifacts"

_SECRET_BYTES = 32
_HOUR = 3600
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY


class Signer:
    """Signs what this server hands out, with a secret that only its store knows.

    Args:
        secret: at least 256 bits.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def of(cls, folder: Path) -> Signer:
        """The signer of a store; its secret is made with the first one, readable by its owner alone."""
        path = folder / "links.key"
        if not path.exists() or path.stat().st_size < _SECRET_BYTES:
            beside = folder / f".links.key.{secrets.token_hex(4)}"
            beside.touch(mode=0o600)
            beside.write_bytes(secrets.token_bytes(_SECRET_BYTES))
            beside.replace(path)
        return cls(path.read_bytes())

    def sign(self, path: str, *, seconds: int = _DAY) -> str:
        """The path with a signature that holds so long, and up to an hour more.

        It stays the same for an hour, so that a browser can keep what it fetched under it.
        """
        until = (int(time.time()) // _HOUR + 1) * _HOUR + seconds
        return f"{path}?until={until}&signature={self._signature(path, until)}"

    def check(self, path: str, *, until: str, signature: str) -> None:
        """Nothing, where the signature of the path holds.

        Raises:
            ApiError: it does not, or no longer.
        """
        number = int(until) if until.isascii() and until.isdigit() and len(until) < 16 else 0
        if not hmac.compare_digest(self._signature(path, number).encode(), signature.encode()):
            raise ApiError(403, "Forbidden", "this link was not made by this server")
        if number < time.time():
            raise ApiError(403, "Forbidden", "this link has ended; ask for a new one")

    def token(self, project_id: str) -> str:
        """A text that stands for a project, for a week."""
        signed = self.sign(f"token/{project_id}", seconds=_WEEK)
        return base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")

    def read_token(self, token: str) -> str:
        """The id of the project that a token stands for.

        Raises:
            ApiError: it was not made here, or holds no longer.
        """
        try:
            signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
            path, _, query = signed.partition("?")
            proof = parse_qs(query)
            self.check(path, until=proof["until"][0], signature=proof["signature"][0])
            kind, _, project_id = path.partition("/")
        except (binascii.Error, ValueError, KeyError, ApiError):
            kind = project_id = ""
        if kind != "token":
            raise ApiError(
                400, "BadRequestInvalidImportToken", "the token was not made by this server, or has ended"
            )
        return project_id

    def _signature(self, path: str, until: int) -> str:
        return hmac.new(self._secret, f"{until}\n{path}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Linker:
    """Makes links into this server, as the one who asks can reach it.

    Attributes:
        base: where the artifacts lie, from `https://` to the last slash.
        signer: lets whoever has a link fetch what it names.
    """

    base: str
    signer: Signer

    def to(self, project_id: str, path: str) -> str:
        """The link to an artifact of a project."""
        return self.base + self.signer.sign(f"{project_id}/{path}")


def _linker(request: Request, context: Current) -> Linker:
    base = str(request.base_url).rstrip("/") + ARTIFACTS + "/"
    return Linker(base, Signer.of(context.settings.data))


Links = Annotated[Linker, Depends(_linker)]
