"""Zip and tar files of class folders, read in place: nothing is unpacked to the disk.

Of a compressed tar, which cannot be read from the middle, an unpacked copy without a name serves while it is read.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from fudemoji.data.listing import Listing, Problem
from fudemoji.data.readers.folders import stamp_of
from fudemoji.data.readers.idx import MAX_DEFLATE_RATIO
from fudemoji.data.readers.layout import Entry, arrange, size_problem
from fudemoji.data.readers.members import check_count, check_path, decoded_name
from fudemoji.data.readers.tarball import tar_entries
from fudemoji.errors import DataError

__all__ = ["ARCHIVE_SUFFIXES", "EXPECTED_MEMBERS", "archive_entries", "list_archive"]

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
EXPECTED_MEMBERS = "CLASS/IMAGE"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)
_SIGNATURE = b"PK\x01\x02"  # of each entry of a zip's list of members
_END, _END_64, _LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"  # what lies after that list


def list_archive(path: Path, *, scratch: Path) -> Listing:
    """What lies in a zip or a tar (plain, gzip, bzip2 or xz) of class folders; a single folder around them is fine.

    Args:
        path: the archive.
        scratch: the folder for the unpacked copy of a compressed tar, made when it is needed.

    Raises:
        DataError: no archive, encrypted, too many members, a member that is a link or leaves its folder, one that
            unpacks to more than it can, or what `arrange` refuses.
    """
    entries, problems = archive_entries(path, scratch=scratch)
    name = path.name
    suffix = next((suffix for suffix in ARCHIVE_SUFFIXES[::-1] if name.lower().endswith(suffix)), path.suffix)
    stem = name[: len(name) - len(suffix)] or "archive"
    return arrange(entries, name=stem, source=str(path), problems=problems, unwrap=True)


def archive_entries(
    path: Path, *, scratch: Path, most: int | None = None
) -> tuple[list[Entry], list[Problem]]:
    """The files in a zip or a tar, in its order, and what was passed over.

    Args:
        path: the archive.
        scratch: the folder for the unpacked copy of a compressed tar.
        most: bytes that a compressed tar may unpack to; None: a hundred times its size, and a gigabyte.

    Raises:
        DataError: no archive, encrypted, too many members, a member that is a link or leaves its folder, or one that
            unpacks to more than it can.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    is_zip = start[:2] == b"PK"
    if not is_zip and path.suffix.lower() == ".zip":
        raise DataError(
            f"{path.name}: is no zip file: starts with {start.hex(' ') or 'nothing'}; get it again"
        )
    found: dict[tuple[str, ...], Entry] = {}
    problems: list[Problem] = []
    for entry in _zip_entries(path) if is_zip else tar_entries(path, scratch=scratch, most=most):
        if not entry.parts:
            continue
        if entry.parts in found:
            problems.append(Problem(entry.name, "stray", "is in the archive twice; the later one counts"))
        found[entry.parts] = entry
    return list(found.values()), problems


def _zip_entries(path: Path) -> Iterator[Entry]:
    stamp = stamp_of(path.stat())
    check_count(_count_members(path), archive=path.name)
    try:
        archive = zipfile.ZipFile(path)
        infos = archive.infolist()
    except _DAMAGED as error:
        raise DataError(f"{path.name}: is no whole zip file ({error}); get it again") from error
    if sum(info.file_size for info in infos) > MAX_DEFLATE_RATIO * stamp[0]:
        raise DataError(
            f"{path.name}: claims to unpack to more than {MAX_DEFLATE_RATIO} times its size, which no zip can; "
            "do not trust this file"
        )
    for info in infos:
        name = _name_of(info)
        check_path(name, archive=path.name, expected=EXPECTED_MEMBERS)
        if info.is_dir():
            continue
        _check_zip_member(info, path)
        parts = PurePosixPath(name).parts
        yield Entry(parts, info.file_size, partial(_read, archive, info, path.name), (*stamp, info.CRC))


def _count_members(path: Path) -> int:
    """An upper bound of the members, told before zipfile makes an object of each.

    Raises:
        DataError: no zip, or one that is cut off.
    """
    num_bytes = path.stat().st_size
    with path.open("rb") as file:
        tail_start = max(0, num_bytes - (1 << 16) - 22)
        file.seek(tail_start)
        tail = file.read()
        place = tail.rfind(_END)
        if place < 0 or len(tail) < place + 22:
            raise DataError(f"{path.name}: the list of members at a zip's end is missing; get the file again")
        length, end = struct.unpack_from("<I", tail, place + 12)[0], tail_start + place
        if (
            place >= 20 and tail[place - 20 : place - 16] == _LOCATOR
        ):  # more than 4 GiB, or than 65,535 members
            end = min(struct.unpack_from("<Q", tail, place - 12)[0], num_bytes)
            file.seek(end)
            record = file.read(56)
            if len(record) < 56 or record[:4] != _END_64:
                raise DataError(
                    f"{path.name}: the list of members at a zip's end is damaged; get the file again"
                )
            length = struct.unpack_from("<Q", record, 40)[0]
        file.seek(max(0, end - length))
        count, rest = 0, b""
        while piece := file.read(1 << 20):
            rest = rest[-3:] + piece
            count += rest.count(_SIGNATURE)
        return count


def _check_zip_member(info: zipfile.ZipInfo, path: Path) -> None:
    where = f"{path.name}: member '{info.filename[:80]}'"
    if info.flag_bits & 1:
        raise DataError(f"{where} is encrypted; unpack the archive with its password and give the folder")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise DataError(
            f"{where} is a link or special file; expected {EXPECTED_MEMBERS}; make it of plain files"
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(
            f"{where} is packed by method {info.compress_type}, expected deflate (8); pack it again"
        )
    if info.file_size > info.compress_size * MAX_DEFLATE_RATIO:
        sizes = f"{info.file_size:,} bytes out of {info.compress_size:,}"
        raise DataError(f"{where} claims {sizes}, which no zip can hold; do not trust this file")


def _name_of(info: zipfile.ZipInfo) -> str:
    """The name of a member; one that is not marked as Unicode may be UTF-8 all the same, or Japanese Windows'."""
    name = info.orig_filename  # `filename` ends at a null byte
    if info.flag_bits & 0x800 or name.isascii():
        return name
    return decoded_name(name.encode("cp437"), otherwise=name)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    """A member's bytes: never more than its length in the list of members."""
    if problem := size_problem(info.filename, info.file_size):
        raise DataError(f"{name}: {problem}")
    try:
        with archive.open(info) as member:
            content = member.read(info.file_size + 1)
    except _DAMAGED as error:
        raise DataError(f"{name}: {info.filename} cannot be unpacked ({error})") from error
    if len(content) != info.file_size:
        raise DataError(f"{name}: {info.filename} holds {len(content)} bytes, not {info.file_size}")
    return content
