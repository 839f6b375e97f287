"""That a folder and a database belong together: both know the same id.

To a database that knows nothing of a folder, all images in it would be needless, and be removed.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.errors import RunError
from fudemoji.runs import write_beside
from fudemoji.server.store.ids import new_id
from fudemoji.server.store.tables import Identity

__all__ = ["belong_together", "bring_together"]


def belong_together(session: Session, folder: Path) -> bool:
    """Whether they know the same id."""
    in_database = session.scalar(select(Identity.id))
    return in_database is not None and in_database == _read(folder)


def bring_together(session: Session, folder: Path) -> None:
    """Give a new database and a folder without images the same id.

    The file is written before the row, so that a kill between them leaves what is new.

    Raises:
        RunError: one of them is not new, and they do not belong together.
    """
    in_database, in_folder = session.scalar(select(Identity.id)), _read(folder)
    if in_database is not None and in_database == in_folder:
        return
    if in_database is not None or any((folder / "images").iterdir()):
        raise RunError(
            f"the store {folder} was used with another database; give that one, or start a store in a new folder"
        )
    if in_folder is None:
        in_folder = new_id()
        with write_beside(_path(folder)) as file:
            file.write(f"{in_folder}\n".encode())
    session.add(Identity(id=in_folder))


def _read(folder: Path) -> str | None:
    path = _path(folder)
    return path.read_text().strip() if path.exists() else None


def _path(folder: Path) -> Path:
    return folder / "store.id"
