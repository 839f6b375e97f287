"""Files named by what is in them: the same content is kept once, and what is acknowledged is on the disk."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from fudemoji.serving.errors import ApiError

__all__ = ["Blobs"]


class Blobs:
    """A folder of files `ab/cdef…`, named by the SHA-256 of their content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep the content; it is synced to the disk, folder included, when this returns.

        Returns:
            Its SHA-256, hexadecimal.

        Raises:
            ApiError: the disk is full, or cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if path.exists():
            _sync_folder(path.parent)  # another thread may have named it just now
            return sha256
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                _sync_folder(self.folder)
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
            raise ApiError(507, "ErrorUnknown", f"the image could not be kept: {reason}") from error
        return sha256

    def path(self, sha256: str) -> Path:
        """Where the content lies, or would lie."""
        return self.folder / sha256[:2] / sha256[2:]

    def read(self, sha256: str) -> bytes:
        """The content.

        Raises:
            ApiError: it is gone, or cannot be read.
        """
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise ApiError(404, "NotFoundImage", f"image {sha256[:12]} has been deleted") from None
        except OSError as error:
            raise ApiError(500, "ErrorUnknown", f"the file of image {sha256[:12]} cannot be read") from error

    def delete(self, sha256: str) -> None:
        """Remove the content, if it is there."""
        self.path(sha256).unlink(missing_ok=True)

    def every(self) -> Iterator[str]:
        """The names of all that is kept."""
        for shard in sorted(self.folder.glob("??")):
            for path in sorted(shard.iterdir()):
                if not path.name.startswith("."):
                    yield shard.name + path.name


def _sync_folder(folder: Path) -> None:
    """Make sure that the names in the folder are on the disk, where the system can do that."""
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
