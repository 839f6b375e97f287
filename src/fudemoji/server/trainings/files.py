"""The files of iterations, and what is left of those that are no more."""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from pathlib import Path

from sqlalchemy import select

from fudemoji.locks import is_held
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Iteration

__all__ = ["remove_files", "remove_leftovers"]

_JUST_WRITTEN = 600.0  # seconds: the transaction that an iteration comes with may still be open


def remove_leftovers(store: Store) -> None:
    """Remove runs, logs and listings of iterations that were deleted; what a process still writes to stays."""
    with store.session(reads_only=True) as session:
        known = set(session.scalars(select(Iteration.id)))
    for path in (*store.runs.iterdir(), *(store.folder / "sets").iterdir()):
        name = path.name.partition(".")[0]
        is_left = _is_id(name) and name not in known and time.time() - path.stat().st_mtime > _JUST_WRITTEN
        if is_left and not is_held(store.runs / f"{name}.log"):
            _remove(path)


def remove_files(store: Store, iteration_id: str) -> None:
    """Remove the run, the log and the listing of an iteration that is not in training."""
    for path in (*store.runs.glob(f"{iteration_id}*"), *(store.folder / "sets").glob(f"{iteration_id}*")):
        _remove(path)


def _is_id(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
