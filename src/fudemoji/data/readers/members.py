"""What no member of an archive may be: a path that leaves the archive's folder, a link, a special file."""

from __future__ import annotations

import contextlib
import re
import tarfile

from fudemoji.errors import DataError

__all__ = ["DAMAGED_TAR", "MAX_MEMBERS", "check_count", "check_path", "check_tar_member", "decoded_name"]

MAX_MEMBERS = 500_000
_TRICKS = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|\\|\0")
# what tarfile raises on damaged files
DAMAGED_TAR = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, MemoryError, RecursionError)


def check_count(count: int, *, archive: str) -> None:
    """Refuse an archive of more than half a million members.

    Raises:
        DataError: there are more.
    """
    if count > MAX_MEMBERS:
        raise DataError(
            f"{archive}: has more than {MAX_MEMBERS:,} members; unpack it and give the folder, if you trust the file"
        )


def decoded_name(raw: bytes, *, otherwise: str) -> str:
    """A name of unknown encoding: UTF-8, else Japanese Windows' (cp932), else as it was.

    >>> decoded_name("犬".encode("cp932"), otherwise="?"), decoded_name("犬".encode(), otherwise="?")
    ('犬', '犬')
    """
    for encoding in ("utf-8", "cp932"):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return otherwise


def check_path(name: str, *, archive: str, expected: str) -> None:
    """Refuse a member's name that would lead out of the folder it is unpacked to.

    Raises:
        DataError: `..`, an absolute path, a drive letter, a backslash or a null byte.
    """
    if _TRICKS.search(name):
        raise DataError(
            f"{archive}: member '{name[:80]}' points outside its folder; expected {expected}; do not trust this file"
        )


def check_tar_member(info: tarfile.TarInfo, *, archive: str, expected: str) -> bool:
    """Whether a member is a file: folders are not.

    Raises:
        DataError: it has a negative size, leaves its folder, or is a link or special file.
    """
    where = f"{archive}: member '{info.name[:80]}'"
    if info.size < 0:
        # tarfile would walk backwards and read the same member for ever
        raise DataError(f"{where} has size {info.size}; the file is damaged, get it again")
    check_path(info.name, archive=archive, expected=expected)
    if info.isdir():
        return False
    if not info.isreg() or info.issparse():
        raise DataError(f"{where} is a link or special file; expected {expected}; make it of plain files")
    return True
