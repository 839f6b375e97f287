"""Class folders of images or videos on the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from fudemoji.data.listing import Listing, Problem
from fudemoji.data.readers.layout import EXPECTED, Entry, arrange, printable
from fudemoji.errors import DataError

__all__ = ["folder_entries", "list_folders", "read_file", "stamp_of"]

_DEEPEST = 6  # a split, a class and the file are 3: enough to tell that folders are nested too deep


def list_folders(folder: Path) -> Listing:
    """What lies in a folder of class folders, with train, valid and test around them or not.

    Links are followed, but not into a folder that they lie in. Nothing is opened.

    Raises:
        DataError: no images, no class folders, folders nested deeper, or a folder that cannot be read.
    """
    resolved = folder.resolve()
    entries, problems = folder_entries(folder)
    if not entries and not problems:
        raise DataError(f"{folder} is empty; {EXPECTED}")
    try:
        return arrange(entries, name=resolved.name or "folder", source=str(folder), problems=problems)
    except DataError as error:
        raise DataError(f"{error}{_table_hint(folder, entries)}") from error


def folder_entries(folder: Path) -> tuple[list[Entry], list[Problem]]:
    """The files in a folder and those below it, in the order of their names, and what was passed over.

    Links are followed, but not into a folder that they lie in. Nothing is opened.

    Raises:
        DataError: a folder cannot be read.
    """
    problems: list[Problem] = []
    resolved = folder.resolve()
    return list(_walk(resolved, (), (_identity(resolved.stat()),), problems)), problems


def _table_hint(folder: Path, entries: Iterable[Entry]) -> str:
    """What else may be meant by a folder that is no set, but has a table in it."""
    tables = [
        entry.name for entry in entries if len(entry.parts) == 1 and entry.name.lower().endswith(".csv")
    ]
    if not tables:
        return ""
    return f"; if {tables[0]} lists the images, `fudemoji train {folder / tables[0]}` reads it"


def read_file(path: Path) -> bytes:
    """The bytes of a file."""
    return path.read_bytes()


def stamp_of(status: os.stat_result) -> tuple[int, int]:
    """Size and time of change, which change when the content does."""
    return status.st_size, status.st_mtime_ns


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _walk(
    folder: Path, parts: tuple[str, ...], above: tuple[tuple[int, int], ...], problems: list[Problem]
) -> Iterator[Entry]:
    """All files below, in the order of their names; what is no file and no folder is a problem."""
    try:
        with os.scandir(folder) as scan:
            inside = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be read: {error.strerror}; make it readable or move it away"
        ) from error
    if parts and not inside:
        problems.append(Problem(printable("/".join(parts)), "empty", "is an empty folder"))
    for entry in inside:
        place = (*parts, entry.name)
        try:
            status = entry.stat()
        except OSError as error:
            reason = (
                "is a link that leads nowhere" if entry.is_symlink() else f"cannot be read: {error.strerror}"
            )
            problems.append(Problem(printable("/".join(place)), "missing", reason))
            continue
        if stat.S_ISREG(status.st_mode):
            path = Path(entry.path)
            yield Entry(place, status.st_size, partial(read_file, path), stamp_of(status), path)
        elif passed_over := _why_not_entered(entry.name, status, above):
            problems.append(Problem(printable("/".join(place)), "stray", passed_over))
        elif len(place) < _DEEPEST:
            yield from _walk(Path(entry.path), place, (*above, _identity(status)), problems)


def _why_not_entered(name: str, status: os.stat_result, above: tuple[tuple[int, int], ...]) -> str:
    if not stat.S_ISDIR(status.st_mode):
        return "is neither a file nor a folder"
    if name.startswith("."):
        return "is hidden, or made by the system"
    return "is a link to a folder it lies in" if _identity(status) in above else ""
