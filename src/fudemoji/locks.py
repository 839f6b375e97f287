"""One process at a time in a folder, and files that say that somebody is using them."""

from __future__ import annotations

import contextlib
import errno
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from fudemoji.errors import FudemojiError

__all__ = ["folder_lock", "hold_shared", "is_held"]

_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _lock_shared(handle: int) -> None:
        """Nothing to do: an open file cannot be removed there."""
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _lock_shared(handle: int) -> None:
        with contextlib.suppress(OSError):  # a file system without locks, or somebody about to remove it
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)


@contextlib.contextmanager
def folder_lock(
    folder: Path, *, refusal: FudemojiError, wait: float = 0.0, on_wait: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold the folder's lock for the block; the system frees it when the process dies, however it dies.

    Args:
        folder: where the lock file lies; it must exist.
        refusal: raised when another process holds the lock for longer than `wait`.
        wait: seconds to wait for another process.
        on_wait: called once when there is something to wait for.
    """
    path = folder / ".fudemoji.lock"
    with path.open("ab") as file:
        deadline, told = time.monotonic() + wait, False
        while not _try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise refusal
            if not told:
                on_wait()
                told = True
            time.sleep(0.1)
        yield


def _try_lock(handle: int) -> bool:
    try:
        _lock(handle)
    except OSError as error:
        # a file system without locks (some network drives) is no reason to refuse: checksums guard the files
        return error.errno not in _TAKEN
    return True


def hold_shared(path: Path) -> IO[bytes]:
    """The open file, locked together with whoever else holds it, until it is closed or the process dies.

    Raises:
        OSError: the file is not there.
    """
    file = path.open("rb")
    _lock_shared(file.fileno())
    return file


def is_held(path: Path) -> bool:
    """Whether a living process holds the file (see `hold_shared`); one that is not there is held by nobody."""
    try:
        with path.open("r+b") as file:
            return not _try_lock(file.fileno())
    except OSError:
        return False
