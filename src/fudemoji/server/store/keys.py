"""Keys: secrets that open the APIs. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from fudemoji.server.store.checking import check_name
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import Key, KeyKind, Project, now
from fudemoji.serving.errors import ApiError

__all__ = ["create", "every", "exist", "find", "known", "revoke", "revoke_of"]

_SECRET_BYTES = 32  # 256 bits: no one guesses them, so that a fast hash is enough
_HINT = 4


def create(
    session: Session, *, name: str, kind: KeyKind = "training", project: Project | None = None
) -> tuple[Key, str]:
    """A new key.

    Args:
        session: the transaction.
        name: by which its owner knows it.
        kind: of the API that it opens.
        project: the one that it opens; None: all.

    Returns:
        The key, and its secret, which is nowhere else and cannot be had again.

    Raises:
        ApiError: the name is blank or too long.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key = Key(
        name=check_name(name, what="the key", code="BadRequest"),
        kind=kind,
        project_id=project.id if project else None,
        sha256=_hash(secret),
        hint=secret[-_HINT:],
    )
    session.add(key)
    session.flush()
    return key, secret


def every(session: Session) -> list[Key]:
    """All keys, revoked ones too, the oldest first."""
    return list(session.scalars(select(Key).order_by(Key.id)))


def find(session: Session, key_id: str) -> Key:
    """The key of an id.

    Raises:
        ApiError: there is none.
    """
    wanted = canonical(key_id)
    key = session.get(Key, wanted) if wanted else None
    if key is None:
        raise ApiError(404, "NotFound", "there is no such key; `fudemoji keys list` shows them")
    return key


def revoke(session: Session, key: Key) -> Key:
    """Let the key open nothing from now on; a revoked one stays as it is."""
    assert key in session
    key.revoked_at = key.revoked_at or now()
    session.flush()
    return key


def revoke_of(session: Session, project: Project) -> None:
    """Revoke the keys of a project that is about to go, and keep them: a server that had keys never needs none."""
    session.execute(
        update(Key)
        .where(Key.project_id == project.id)
        .values(revoked_at=func.coalesce(Key.revoked_at, now()), project_id=None)
    )


def exist(session: Session) -> bool:
    """Whether there is a key, or was one that is revoked now."""
    return session.scalar(select(Key.id).limit(1)) is not None


def known(session: Session, secret: str) -> Key | None:
    """The key of a secret; None where there is none, or it is revoked.

    The row is found by the hash, so that the time it takes says nothing of a secret; the hashes are then compared
    in constant time.
    """
    digest = _hash(secret)
    key = session.scalars(select(Key).where(Key.sha256 == digest)).first()
    is_good = key is not None and hmac.compare_digest(key.sha256, digest) and key.revoked_at is None
    return key if is_good else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
