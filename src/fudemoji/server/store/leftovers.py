"""Files that nobody needs any more: removed after the transaction that made them so, or when a server starts."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import Image, Iteration, Prediction, Project
from fudemoji.serving.errors import ApiError

if TYPE_CHECKING:
    from fudemoji.server.store.store import Store

__all__ = [
    "Leftovers",
    "clear",
    "hold_blobs",
    "leave_blobs",
    "leave_iterations",
    "leave_jobs",
    "leftovers_of",
    "tidy",
]

_log = logging.getLogger(__name__)
_AT_ONCE = 500  # names in one question to the database
_OLD_SECONDS = 3600.0  # what is younger may belong to an upload that runs
_LOCK = 0x667564_656D6F6A  # of PostgreSQL, for the blobs of a store: "fudemoj"


@dataclass
class Leftovers:
    """What a transaction leaves behind if it is committed.

    Attributes:
        sha256s: contents that perhaps no row names any more.
        paths: of files and folders, relative to the store's.
    """

    sha256s: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)


def leftovers_of(session: Session) -> Leftovers:
    """Those of a transaction that has not ended."""
    left: Leftovers = session.info.setdefault("leftovers", Leftovers())
    return left


def leave_blobs(session: Session, sha256s: Iterable[str]) -> None:
    """Contents to be removed after the commit, if no row names them then."""
    leftovers_of(session).sha256s.update(sha256s)


def leave_iterations(session: Session, iteration_ids: Iterable[str]) -> None:
    """The files of iterations to be removed after the commit."""
    for iteration_id in iteration_ids:
        leftovers_of(session).paths.update(
            [
                *(f"runs/{iteration_id}{ending}" for ending in ("", ".log", ".pid")),
                *(f"sets/{iteration_id}{ending}" for ending in (".csv", ".classes.csv")),
                f"exports/{iteration_id}",
            ]
        )


def leave_jobs(session: Session, project_id: str) -> None:
    """The archives that a project was to be filled from, and its searches, to be removed after the commit."""
    leftovers_of(session).paths.update([f"fillings/{project_id}", f"finders/{project_id}"])


def hold_blobs(session: Session, *, alone: bool = False) -> None:
    """Keep contents from being removed until the transaction ends.

    SQLite has one writer at a time, so that nothing is to be done there; PostgreSQL has a lock for it.

    Args:
        session: the transaction.
        alone: removes contents, so that nobody else may hold them.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        session.execute(select(lock(_LOCK)))
    else:
        session.connection()


def clear(store: Store, left: Leftovers) -> None:
    """Remove what is left behind; what cannot be removed now is found by the next `tidy`."""
    for name in left.paths:
        _remove(store.folder / name)
    try:
        _clear_blobs(store, left.sha256s)
    except ApiError as error:  # the transaction itself has been committed
        _log.warning("files that nobody needs stay until the next start: %s", error)


def _clear_blobs(store: Store, unneeded: set[str]) -> None:
    for sha256s in _chunks(sorted(unneeded)):
        with store.session() as session:
            hold_blobs(session, alone=True)
            for sha256 in set(sha256s) - _named(session, sha256s):
                with contextlib.suppress(OSError):
                    store.blobs.delete(sha256)
                    store.thumbnails.delete(sha256)


def tidy(store: Store, *, older: float = _OLD_SECONDS) -> int:
    """Remove the files that a kill or a failed removal left behind, as a server does when it starts.

    Args:
        store: the store; others may use it meanwhile.
        older: seconds that a file must have lain there; a younger one may belong to an upload that runs.

    Returns:
        The number of contents, run folders, listings, exports, archives and searches removed.
    """
    old = time.time() - older
    left = Leftovers()
    with store.session(reads_only=True) as session:
        for sha256s in _chunks(
            [name for name in store.blobs.every() if _is_old(store.blobs.path(name), old)]
        ):
            left.sha256s.update(set(sha256s) - _named(session, sha256s))
        iterations = set(session.scalars(select(Iteration.id)))
        owners = dict.fromkeys(("runs", "sets", "exports"), iterations)
        projects = set(session.scalars(select(Project.id)))
        owners |= {"fillings": projects, "finders": projects}
    for kind, known in owners.items():
        for path in (store.folder / kind).iterdir():
            owner = path.name.partition(".")[0]
            if canonical(owner) and owner not in known and _is_old(path, old):
                left.paths.add(f"{kind}/{path.name}")
    for sha256 in {one for one in store.thumbnails.every() if not store.blobs.path(one).exists()}:
        store.thumbnails.delete(sha256)
    for folder in (store.blobs.folder, store.thumbnails.folder):
        for path in folder.rglob(".*"):
            if _is_old(path, old):
                path.unlink(missing_ok=True)
    clear(store, left)
    return len(left.sha256s) + len(left.paths)


def _named(session: Session, sha256s: Iterable[str]) -> set[str]:
    wanted = list(sha256s)
    images = select(Image.sha256).where(Image.sha256.in_(wanted))
    return set(session.scalars(images.union(select(Prediction.sha256).where(Prediction.sha256.in_(wanted)))))


def _chunks(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _is_old(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except OSError:
        return False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
