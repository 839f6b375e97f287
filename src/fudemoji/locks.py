"""One process at a time in a folder."""

from __future__ import annotations

import contextlib
import errno
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fudemoji.errors import FudemojiError

__all__ = ["folder_lock"]

_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
