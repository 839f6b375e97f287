"""The database of a store: opened, brought to the newest schema, and safe against a kill."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, exc, inspect, make_url

from fudemoji.errors import RunError, SettingsError
from fudemoji.runs import without_passwords
from fudemoji.serving.errors import ApiError

__all__ = ["explained", "open_database"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_WAIT_SECONDS = 30.0  # for another process to let go of an SQLite file
_KINDS = ("sqlite", "postgresql")
_DISK_FULL = "53100"  # of PostgreSQL, https://www.postgresql.org/docs/current/errcodes-appendix.html
_RETRY_SECONDS = 2
_log = logging.getLogger(__name__)


def open_database(url: str) -> Engine:
    """The engine behind a URL, its tables made or brought to the newest schema.

    SQLite runs in WAL mode, so that readers do not wait for a writer, and syncs at each commit, so that a commit
    outlives a kill and a power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).

    Raises:
        SettingsError: no URL of a SQLite or PostgreSQL database, or its driver is not installed.
        RunError: it cannot be opened, or its schema is of a newer fudemoji.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            _migrate(connection)
    except exc.DatabaseError as error:
        engine.dispose()
        reason = str(error.orig).partition("\n")[0]
        raise RunError(f"the database {without_passwords(url)} cannot be opened: {reason}") from error
    return engine


def explained(error: exc.OperationalError | exc.TimeoutError) -> ApiError:
    """What a client is told when a transaction failed for no fault of its own."""
    if isinstance(error, exc.TimeoutError):
        return _busy()
    reason = str(error.orig).partition("\n")[0]
    if "is full" in reason or getattr(error.orig, "sqlstate", "") == _DISK_FULL:
        return ApiError(507, "ErrorStorage", "the disk is full")
    if "locked" in reason:
        return _busy()
    _log.error("the database failed: %s", reason)
    return ApiError(
        503, "ServiceUnavailable", "the database cannot be reached; try again", retry_after=_RETRY_SECONDS
    )


def _engine(url: str) -> Engine:
    told = without_passwords(url)
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise SettingsError(f"{told} is no URL of a database; give postgresql://USER@HOST/NAME") from None
    if parsed.get_backend_name() not in _KINDS:
        raise SettingsError(
            f"{told}: the store lies in SQLite or PostgreSQL; give postgresql://USER@HOST/NAME"
        )
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": _WAIT_SECONDS}, max_overflow=-1)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", functools.partial(_begin_sqlite, threading.Lock()))
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    except ImportError:
        raise SettingsError(
            f"{told} needs the package psycopg; install it with `pip install 'fudemoji[postgres]'`"
        ) from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = (
        None  # transactions begin where `_begin_sqlite` says, not at the first change
    )
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(writers: threading.Lock, connection: Connection) -> None:
    """What may write asks for the lock at once: a reader that turns writer would be refused instead of waiting.

    The writers of this process queue up first: SQLite's own waiting is by sleeping and trying again, longer each
    time, so that under load the unlucky wait for seconds.
    """
    options = connection.get_execution_options()
    if options.get("reads_only", False):
        connection.exec_driver_sql("BEGIN")
        return
    if "turn" in options:
        options["turn"].enter_context(_turn(writers))
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextlib.contextmanager
def _turn(writers: threading.Lock) -> Iterator[None]:
    if not writers.acquire(timeout=_WAIT_SECONDS):
        raise _busy()
    try:
        yield
    finally:
        writers.release()


def _busy() -> ApiError:
    return ApiError(503, "ServiceUnavailable", "others are writing; try again", retry_after=_RETRY_SECONDS)


def _migrate(connection: Connection) -> None:
    """To the newest schema; each step is a transaction.

    Raises:
        RunError: the schema is of a newer fudemoji.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        if _is_newest(connection, config):
            return
        command.upgrade(config, "head")
    except CommandError as error:
        raise RunError(
            f"the database was made by a newer fudemoji ({error}); update fudemoji, or start a new store"
        ) from error
    connection.commit()


def _is_newest(connection: Connection, config: Config) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found == ScriptDirectory.from_config(config).get_current_head()
