"""The members of a tar, read from the middle: in place where it is plain, else from an unpacked copy."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, cast

from fudemoji.data.readers.folders import stamp_of
from fudemoji.data.readers.layout import Entry
from fudemoji.data.readers.members import DAMAGED_TAR, check_count, check_tar_member, decoded_name
from fudemoji.errors import DataError

__all__ = ["tar_entries"]

_DAMAGED = (*DAMAGED_TAR, zlib.error, lzma.LZMAError)
_LEAST_UNPACKED = 1 << 30
_MAX_RATIO = (
    100  # images hardly shrink; what unpacks to more than this, and to a gigabyte, is taken for a bomb
)
_MAX_HEADER_BYTES = 16 << 20
_CHUNK = 1 << 20


def tar_entries(path: Path, *, scratch: Path, most: int | None = None) -> Iterator[Entry]:
    """The files in a tar, in its order.

    Args:
        path: the tar, plain or compressed with gzip, bzip2 or xz, which its first bytes tell.
        scratch: the folder for the unpacked copy of a compressed one.
        most: bytes that it may unpack to; None: a hundred times its size, and a gigabyte.

    Raises:
        DataError: no tar, cut off, too many members, links, paths that leave the folder, or too much in it.
    """
    status = path.stat()
    tar = _Unpacked(path, scratch=scratch, most=most)
    try:
        with tar.stream() as stream, tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r:") as opened:
            count = 0
            while (info := opened.next()) is not None:
                # tarfile remembers every member
                opened.members.clear()  # type: ignore[attr-defined]  # public in practice, missing in typeshed
                count += 1
                check_count(count, archive=path.name)
                if check_tar_member(info, archive=path.name, expected="CLASS/IMAGE"):
                    name = decoded_name(info.name.encode("utf-8", "surrogateescape"), otherwise=info.name)
                    read = partial(tar.read, info.offset_data, info.size, name)
                    stamp = (*stamp_of(status), info.offset_data)
                    yield Entry(PurePosixPath(name).parts, info.size, read, stamp)
    except _DAMAGED as error:
        raise DataError(f"{path.name}: is no whole tar file ({error}); get it again") from error


class _Unpacked:
    """A tar that can be read from any place, by several threads at once."""

    def __init__(self, path: Path, *, scratch: Path, most: int | None) -> None:
        self._path = path
        self._scratch = scratch
        self._most = most or max(_LEAST_UNPACKED, _MAX_RATIO * path.stat().st_size)
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    def stream(self) -> _Bounded:
        """The unpacked bytes from the first to the last."""
        return _Bounded(_opened(self._path), name=self._path.name, most=self._most)

    def read(self, start: int, num_bytes: int, name: str) -> bytes:
        """So many bytes from `start`; the first call of a compressed tar unpacks it."""
        with self._lock:
            if self._descriptor is None:
                self._descriptor = self._open()
                weakref.finalize(self, os.close, self._descriptor)
        content = os.pread(self._descriptor, num_bytes, start)
        if len(content) < num_bytes:
            raise DataError(
                f"{self._path.name}: ends inside '{name[:80]}'; the file is cut off, get it again"
            )
        return content

    def _open(self) -> int:
        with self._path.open("rb") as file:
            if not _compression(file):
                return os.dup(file.fileno())
        try:
            self._scratch.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._scratch) as copy, self.stream() as stream:
                while piece := stream.read(_CHUNK):
                    copy.write(piece)
                copy.flush()
                return os.dup(copy.fileno())
        except _DAMAGED as error:
            raise DataError(
                f"{self._path.name}: cannot be unpacked in {self._scratch} ({error}); "
                "free some space, choose another --data-dir, or unpack it yourself and give the folder"
            ) from error


def _compression(file: IO[bytes]) -> str:
    start = file.read(6)
    file.seek(0)
    signs = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
    return next((name for sign, name in signs.items() if start.startswith(sign)), "")


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        how = _compression(file)
    if how == "gzip":
        return gzip.open(path)  # type: ignore[return-value]
    if how == "bzip2":
        return bz2.open(path)
    return lzma.open(path) if how == "xz" else path.open("rb")


class _Bounded:
    """A stream that refuses to give more than `most` bytes, or many at once."""

    def __init__(self, file: IO[bytes], *, name: str, most: int) -> None:
        self._file = file
        self._name = name
        self._most = most

    def __enter__(self) -> _Bounded:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def tell(self) -> int:
        """The place in the unpacked bytes."""
        return self._file.tell()

    def seek(self, place: int) -> int:
        """Go to a place; in a compressed file all bytes before it are unpacked."""
        self._check(place)
        return self._file.seek(place)

    def read(self, num_bytes: int) -> bytes:
        """At most so many bytes."""
        if num_bytes > _MAX_HEADER_BYTES:
            raise DataError(f"{self._name}: has a header of {num_bytes:,} bytes; do not trust this file")
        self._check(self._file.tell() + num_bytes)
        return self._file.read(num_bytes)

    def _check(self, place: int) -> None:
        if place > self._most + _CHUNK:
            raise DataError(
                f"{self._name}: unpacks to more than {self._most:,} bytes; "
                "unpack it yourself and give the folder, if you trust the file"
            )
