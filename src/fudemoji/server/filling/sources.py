"""Where images come from: an archive that was sent, a path on this machine, a named set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from fudemoji.data import load
from fudemoji.data.loader import existing_path, list_source
from fudemoji.data.readers import (
    ARCHIVE_SUFFIXES,
    archive_entries,
    folder_entries,
    is_official,
    parquet_files,
)
from fudemoji.errors import DataError
from fudemoji.server.filling.contents import Contents, of_listing, of_set
from fudemoji.server.filling.gathering import gather
from fudemoji.serving.errors import ApiError

__all__ = ["Source", "SourceKind", "check_archive", "is_there", "read_source", "safe_name"]

SourceKind = Literal["archive", "path", "set"]
_LONGEST_NAME = 100
_SIGNS = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")  # of zip, gzip, bzip2 and xz
_TAR_SIGN = slice(257, 262)


@dataclass(frozen=True)
class Source:
    """Where images come from.

    Attributes:
        kind: an archive that was sent, a path on this machine, or a named set.
        name: of the archive, the path, or the set.
        has_tags: whether the images get tags by their folders or their table.
        per_class: of a named set, at most so many images of each class; None: all.
    """

    kind: SourceKind
    name: str
    has_tags: bool = True
    per_class: int | None = None


def read_source(source: Source, folder: Path, *, most_unpacked: int) -> Contents:
    """What lies in a source.

    Args:
        source: where it is.
        folder: where an archive lies that was sent, and for the unpacked copy of a compressed tar.
        most_unpacked: bytes that such a copy may have.

    Raises:
        DataError: it is not there, damaged, or no source of images.
    """
    if source.kind == "set":
        data = load(source.name)
        return of_set(data, data.indices("train"), per_class=source.per_class)
    path = folder / source.name if source.kind == "archive" else existing_path(Path(source.name))
    name = path.name.lower()
    if path.is_dir() and not is_official(path) and not parquet_files(path):
        entries, problems = folder_entries(path)
        return gather(entries, problems, name=path.resolve().name)
    if source.kind == "archive" or (name.endswith(ARCHIVE_SUFFIXES) and name != "kkanji.tar"):
        entries, problems = archive_entries(path, scratch=folder, most=most_unpacked)
        return gather(entries, problems, name=_stem(path.name))
    listing = list_source(path, scratch=folder)
    if listing is None:
        data = load(path)
        return of_set(data, np.arange(len(data)), per_class=None)
    if listing.kind == "clips":
        raise DataError(f"{path} holds videos; projects hold images")
    return of_listing(listing)


def is_there(source: Source) -> bool:
    """Whether a path on this machine still leads somewhere; a disk may be taken away meanwhile."""
    return source.kind != "path" or Path(source.name).exists()


def check_archive(path: Path) -> None:
    """See by its first bytes that a file may be an archive.

    Raises:
        ApiError: it is none.
    """
    with path.open("rb") as file:
        start = file.read(_TAR_SIGN.stop)
    if not start.startswith(_SIGNS) and start[_TAR_SIGN] != b"ustar":
        raise ApiError(
            400, "BadRequestArchive", "this is no zip and no tar; pack the folder again, as a zip for example"
        )


def safe_name(name: str) -> str:
    """A name for the file of an archive, as like the one that a client gave as any system takes it.

    >>> safe_name("../写真 1.zip"), safe_name(" ")
    ('写真 1.zip', 'archive')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if sign.isalnum() or sign in " .-_()" else "_" for sign in last).strip(" .")
    return kept.encode()[-_LONGEST_NAME:].decode(errors="ignore") or "archive"


def _stem(name: str) -> str:
    suffix = next((one for one in ARCHIVE_SUFFIXES[::-1] if name.lower().endswith(one)), Path(name).suffix)
    return name[: len(name) - len(suffix)]
