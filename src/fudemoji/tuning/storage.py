"""Where a study lies: a database by its URL, opened, kept alive, and told of in one line where it fails."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fudemoji.errors import FudemojiError, RunError, SettingsError, TrainingFailed
from fudemoji.runs import without_passwords

__all__ = [
    "GRACE_SECONDS",
    "Heartbeat",
    "check_there",
    "check_url",
    "default_url",
    "failing_as",
    "open_storage",
    "quiet_optuna",
    "require_optuna",
]

GRACE_SECONDS = 60  # without a sign of life, after which another machine's trial counts as lost
_BEAT_SECONDS = 10
_LOCK_SECONDS = 60  # that a process waits for another to let go of an SQLite file
_PAUSE_SECONDS = 0.02  # between two tries where SQLite does not wait by itself
_OPENINGS = 5  # two processes may make the same tables at the same time


def require_optuna() -> None:
    """Say in one line what to install.

    Raises:
        SettingsError: Optuna is not installed.
    """
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise SettingsError(
            "searching settings needs Optuna; install it with `pip install 'fudemoji[tune]'`"
        ) from None


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """While the block runs, Optuna says errors only: what is worth telling of a trial is told by us."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def check_url(url: str) -> None:
    """Refuse what is no URL of a database, before anything is written.

    Raises:
        SettingsError: no such form, no such kind of database, or its driver is not installed.
    """
    from sqlalchemy import exc, make_url

    told = without_passwords(url)
    try:
        parsed = make_url(url)
        dialect = parsed.get_dialect()
    except exc.NoSuchModuleError:
        raise SettingsError(
            f"--storage {told}: no such kind of database; use sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    except (exc.ArgumentError, ValueError):
        raise SettingsError(
            f"--storage {told} is no URL of a database; use sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    try:
        dialect.import_dbapi()
        dialect().create_connect_args(parsed)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"--storage {told}: what follows the ? cannot be read ({error})") from None
    except ImportError as error:
        extra = "fudemoji[postgres]" if parsed.get_backend_name() == "postgresql" else error.name
        raise SettingsError(
            f"--storage {told} needs the package {error.name}; install it with `pip install '{extra}'`"
        ) from None


def open_storage(url: str) -> Any:
    """The `optuna.storages.RDBStorage` behind a URL, its tables made where they are missing.

    SQLite knows no locks of rows, so that two processes could take the same trial; there each transaction takes the
    whole file when it begins.

    Raises:
        RunError: it cannot be opened.
    """
    from sqlalchemy import make_url

    check_url(url)
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database in (None, "", ":memory:"):
        raise SettingsError(
            f"--storage {url} is no file, and a study has to lie somewhere; use sqlite:///FILE"
        )
    with failing_as(RunError, url):
        if not is_sqlite:
            return _opened(url, {"pool_pre_ping": True})
        wait = float(str(parsed.query.get("timeout", _LOCK_SECONDS)))
        storage = _opened(url, {"connect_args": {"timeout": wait}})
        _write_ahead(storage.engine, wait)
        _lock_from_the_start(storage.engine)
        return storage


def _opened(url: str, engine: dict[str, Any]) -> Any:
    from optuna.exceptions import StorageInternalError
    from optuna.storages import RDBStorage
    from sqlalchemy import exc

    for attempt in range(_OPENINGS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # heartbeats are experimental, says Optuna
            try:
                return RDBStorage(
                    url, engine_kwargs=engine, heartbeat_interval=_BEAT_SECONDS, grace_period=GRACE_SECONDS
                )
            except (
                exc.OperationalError,
                exc.IntegrityError,
                exc.ProgrammingError,
                StorageInternalError,
            ) as error:
                if attempt == _OPENINGS - 1 or not _is_race(error):
                    raise
                time.sleep(0.2 * (attempt + 1))
    raise AssertionError("the last attempt returns or raises")


def _is_race(error: BaseException) -> bool:
    """Whether somebody else made the tables at the same time."""
    told = f"{error} {error.__cause__}".lower()
    return any(word in told for word in ("already exists", "unique constraint", "no such table: alembic"))


def _write_ahead(engine: Any, wait: float) -> None:
    """Have SQLite write its log ahead, so that it need not wait for the disk at each transaction.

    The file keeps this once it is set. While another process writes to a file that is not like this yet, such as one
    that makes its tables, SQLite refuses without waiting for the lock; so the waiting, in s, is done here.
    """
    from sqlalchemy import exc

    until = time.monotonic() + wait
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except exc.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_SECONDS)


def _lock_from_the_start(engine: Any) -> None:
    """Begin each transaction with the write lock (SQLAlchemy's documentation of pysqlite tells how)."""
    from sqlalchemy import event

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        # with the log written ahead, a killed process loses nothing by this
        connection.execute("PRAGMA synchronous=NORMAL")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    engine.dispose()  # the connections that were made before


@contextmanager
def failing_as(kind: type[FudemojiError], url: str) -> Iterator[None]:
    """Turn whatever a database answers into one line, without its password.

    Raises:
        RunError or TrainingFailed: as `kind` says.
    """
    from optuna.exceptions import StorageInternalError
    from sqlalchemy import exc

    try:
        yield
    except (StorageInternalError, exc.SQLAlchemyError) as error:
        cause = error.__cause__ if isinstance(error, StorageInternalError) else error
        told = str(getattr(cause, "orig", None) or cause or error)
        raise kind(_told(url, " ".join(told.split()), is_running=kind is TrainingFailed)) from None
    except RuntimeError as error:
        if "compatible with the table schema" not in str(error):
            raise
        told = "its tables were made by another version of Optuna; upgrade them with `optuna storage upgrade`"
        raise kind(f"--storage {without_passwords(url)}: {told}") from None


_GONE = "storage {} is gone: its file was removed while the study ran; put it back, or start another study"
_WAYS_OUT = {
    "locked": "another process holds it; wait for it, or stop it",
    "unable to open": "is its folder there, and may it be written to?",
    "readonly": "the file or its folder cannot be written to, or was removed",
    "no such table": "the file was removed or replaced while the study ran",
    "not a database": "the file holds something else; choose another",
    "disk is full": "make room, and run the same command again",
}


def _told(url: str, answer: str, *, is_running: bool) -> str:
    if is_running and not _is_there(url):
        return _GONE.format(without_passwords(url))
    otherwise = "is its disk in order?" if url.startswith("sqlite") else "is the server there?"
    hint = next((told for word, told in _WAYS_OUT.items() if word in answer), otherwise)
    told = f"storage {without_passwords(url)}: {_masked(answer, url)}; {hint}"
    return f"{told}; then go on with the same command" if is_running else told


def _masked(answer: str, url: str) -> str:
    """What a driver says, without the URL's password."""
    from sqlalchemy import make_url

    password = make_url(url).password
    return without_passwords(answer.replace(str(password), "***") if password else answer)


def check_there(url: str) -> None:
    """Refuse to go on with a file that is no more: an open one can be written to without its name.

    Raises:
        TrainingFailed: the file of an SQLite storage is gone.
    """
    if not _is_there(url):
        raise TrainingFailed(_GONE.format(without_passwords(url)))


def _is_there(url: str) -> bool:
    """Whether the file of an SQLite storage is there; of a server nobody knows before it is asked."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    path = str(parsed.database)
    return parsed.get_backend_name() != "sqlite" or path.startswith("file:") or Path(path).is_file()


class Heartbeat:
    """While the block runs, a thread tells the storage every few seconds that the trial is alive.

    A storage that does not answer is asked again; the trial itself will tell if it stays away.
    """

    def __init__(self, storage: Any, trial_id: int) -> None:
        self._storage, self._trial_id = storage, trial_id
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._storage.record_heartbeat(self._trial_id)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._is_over.wait(_BEAT_SECONDS):
            with suppress(Exception):
                self._storage.record_heartbeat(self._trial_id)
        with suppress(Exception):
            self._storage.remove_session()  # each thread has one


def default_url(folder: Path) -> str:
    """A database of a study's own, in its folder."""
    return f"sqlite:///{folder.resolve() / 'study.db'}"
