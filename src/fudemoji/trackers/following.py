"""events.jsonl read while another process writes it."""

from __future__ import annotations

import os
from pathlib import Path

from fudemoji.events import Event, from_json

__all__ = ["Follower"]


class Follower:
    """Hands out the events of a run as they come; a run that is resumed has its file written anew.

    Attributes:
        path: events.jsonl.
        file_number: counts the files that stood under that name; it grows when a run is resumed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file_number = 0
        self._identity: tuple[int, int] | None = None
        self._offset = 0

    def new(self) -> list[Event]:
        """The events since the last call; after a change of `file_number`, all of the new file.

        Raises:
            RunError: a line is no event of this version.
        """
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                identity = (status.st_dev, status.st_ino)
                if identity != self._identity or status.st_size < self._offset:
                    self._identity, self._offset = identity, 0
                    self.file_number += 1
                file.seek(self._offset)
                found = file.read()
        except FileNotFoundError:
            return []
        whole = found[: found.rfind(b"\n") + 1]  # the rest of a line may be still to come
        self._offset += len(whole)
        return [from_json(line.decode(errors="replace")) for line in whole.splitlines() if line.strip()]
