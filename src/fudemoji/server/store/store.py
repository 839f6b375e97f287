"""The folder of a server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine, exc
from sqlalchemy.orm import Session

from fudemoji.errors import RunError
from fudemoji.server.store import leftovers
from fudemoji.server.store.blobs import Blobs
from fudemoji.server.store.database import explained, open_database
from fudemoji.server.store.identity import belong_together, bring_together
from fudemoji.server.store.thumbnails import Thumbnails
from fudemoji.serving.errors import ApiError

__all__ = ["Store"]

_changes = itertools.count()


class Store:
    """A folder with the database `fudemoji.db` (or one elsewhere, by its URL) and all files of a server.

    Attributes:
        folder: the folder.
        blobs: the images, by the SHA-256 of their files.
        thumbnails: small versions of them.
        changes: another number after each transaction that was committed here; what was read stays true while it is
            the same.
    """

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self.blobs = Blobs(folder / "images")
        self.thumbnails = Thumbnails(folder / "thumbnails", self.blobs)
        self.changes = next(_changes)
        self._engine = engine

    @classmethod
    def open(cls, folder: Path | str, *, url: str | None = None) -> Store:
        """The store in a folder, made where there is none.

        Args:
            folder: the folder.
            url: of a PostgreSQL database; None is the embedded SQLite.

        Raises:
            SettingsError: the URL is none.
            RunError: the folder or the database cannot be opened, it is of a newer fudemoji, or they do not belong
                together.
        """
        folder = Path(folder)
        try:
            for name in ("images", "thumbnails", "runs", "sets", "exports", "fillings", "finders"):
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"the store {folder} cannot be written: {error.strerror}") from error
        store = cls(folder, open_database(url or f"sqlite:///{folder.absolute() / 'fudemoji.db'}"))
        try:
            store._see_that_it_is_one()
        except BaseException:
            store.close()
            raise
        return store

    def _see_that_it_is_one(self) -> None:
        """The folder and the database belong together.

        Raises:
            RunError: they do not, or cannot be asked.
        """
        try:
            with self.session(reads_only=True) as session:
                if belong_together(session, self.folder):
                    return
            with self.session() as session:
                leftovers.hold_blobs(session, alone=True)
                bring_together(session, self.folder)
        except (ApiError, OSError) as error:
            raise RunError(f"the store {self.folder} cannot be opened: {error}") from error

    @contextmanager
    def session(self, *, reads_only: bool = False) -> Iterator[Session]:
        """A transaction: committed at the end of the block, rolled back when it raises.

        Files that it made needless are removed after the commit.

        Args:
            reads_only: nothing will be changed; such a transaction never waits for a writer.

        Raises:
            ApiError: the database cannot be reached, others write for too long, or the disk is full.
        """
        turn = ExitStack()
        engine = self._engine.execution_options(reads_only=reads_only, turn=turn)
        try:
            with turn, Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except (exc.OperationalError, exc.TimeoutError) as error:
            raise explained(error) from error
        if not reads_only:
            self.changes = next(_changes)  # no number comes twice, whichever thread is the first to write it
        leftovers.clear(self, leftovers.leftovers_of(session))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @property
    def runs(self) -> Path:
        """The run folders of its trainings, named by iteration."""
        return self.folder / "runs"

    @property
    def sets(self) -> Path:
        """The listings that its trainings read, named by iteration."""
        return self.folder / "sets"

    @property
    def exports(self) -> Path:
        """Folders of exported models, named by iteration."""
        return self.folder / "exports"
