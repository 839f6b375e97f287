"""What a model sees in files and in folders of files, however many there are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from fudemoji.data.readers.layout import is_passed_over, media_kind, printable
from fudemoji.errors import DataError
from fudemoji.predictor.prediction import Prediction
from fudemoji.predictor.predictor import Predictor

__all__ = ["Seen", "find_files", "see_files"]

_TOGETHER = {"image": 256, "video": 8}  # that are in memory at a time


@dataclass(frozen=True)
class Seen:
    """What a model sees in a file, or why it sees nothing.

    Attributes:
        path: as it was given, or found; what is no Unicode in it is written as an escape.
        prediction: None where the file could not be read.
        error: None where it could.
    """

    path: str
    prediction: Prediction | None = None
    error: DataError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        told = self.prediction.to_dict() if self.prediction else {"error": str(self.error)}
        return {"image": self.path, **told}


def see_files(predictor: Predictor, paths: Iterable[Path], *, top: int = 5) -> Iterator[Seen]:
    """What a model sees in each file, one after the other, a few of them in memory at a time.

    Args:
        predictor: the model.
        paths: of image files (videos for a model of clips), and of folders, in which these are looked for.
        top: how many classes to name.
    """
    found = find_files(paths, kind=predictor.reads)
    while some := list(islice(found, _TOGETHER[predictor.reads])):
        readable = [path for path, error in some if error is None]
        told = iter(predictor.attempt(readable, top=top) if readable else [])
        for path, error in some:
            answer = error or next(told)
            if isinstance(answer, DataError):
                yield Seen(printable(path), error=answer)
            else:
                yield Seen(printable(path), prediction=answer)


def find_files(paths: Iterable[Path], *, kind: str) -> Iterator[tuple[str, DataError | None]]:
    """The files given, and those of a kind in the folders given, and why a folder has none or cannot be read.

    Folders come in the order of their names, with what lies in them. Hidden files and those of the system are passed
    over; links are followed, but not into a folder that they lie in.

    Args:
        paths: files, of whatever kind, and folders.
        kind: `image` or `video`, by the ending of a file's name.
    """
    for path in paths:
        if not path.is_dir():
            yield str(path), None
            continue
        is_empty = True
        for one in _in_folder(str(path), kind, (_identity(path),)):
            is_empty = False
            yield one
        if is_empty:
            yield str(path), DataError(f"{path} holds no {kind}")


def _in_folder(
    folder: str, kind: str, above: tuple[tuple[int, int], ...]
) -> Iterator[tuple[str, DataError | None]]:
    try:
        with os.scandir(folder) as scan:
            inside = sorted((entry for entry in scan if not is_passed_over(entry.name)), key=lambda e: e.name)
    except OSError as error:
        yield folder, DataError(f"{folder} cannot be read: {error.strerror}")
        return
    for entry in inside:
        if entry.is_dir():
            identity = _identity(entry)
            if identity not in above:
                yield from _in_folder(entry.path, kind, (*above, identity))
        elif media_kind(entry.name) == kind:
            yield entry.path, None


def _identity(place: Path | os.DirEntry[str]) -> tuple[int, int]:
    status = place.stat()
    return status.st_dev, status.st_ino
