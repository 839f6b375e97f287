"""An import as a call: the service on one side, a store or a folder on the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from fudemoji.server.importing.course import bring_over
from fudemoji.server.importing.into_folder import FolderDestination
from fudemoji.server.importing.outcome import Outcome
from fudemoji.server.importing.source import Source

__all__ = ["import_into_folder", "import_into_store"]

Progress = Callable[[int, int | None], None]


def _silent(_done: int, _total: int | None) -> None:
    """Nobody watches."""


def import_into_folder(
    source: Source, folder: Path, *, project: str, progress: Progress = _silent
) -> Outcome:
    """Write a project's images and a listing of them; what an earlier call has brought is not fetched again.

    Args:
        source: the service.
        folder: gets the files and a listing.
        project: name or id of the project there.
        progress: called with the images that are there, and all.

    Raises:
        SettingsError: the key, the project or the folder is none that can be used.
        ImportFailed: the network is gone, or the disk is full; what was brought stays.
    """
    found = source.find(project)
    destination = FolderDestination(folder, endpoint=source.endpoint)
    with destination.alone():
        return bring_over(source, found, destination, progress=progress)


def import_into_store(
    source: Source,
    folder: Path,
    *,
    project: str,
    name: str | None = None,
    url: str | None = None,
    progress: Progress = _silent,
) -> Outcome:
    """Make a project in a server's store; what an earlier call has brought is not fetched again.

    Args:
        source: the service.
        folder: of the store, made where there is none.
        project: name or id of the project there.
        name: of the project here; as there where None.
        url: of the store's database, as `Store.open` takes it.
        progress: called with the images that are there, and all.

    Raises:
        SettingsError: the key, the project or the name is none that can be used, or the store's packages are missing.
        RunError: the store cannot be opened.
        ImportFailed: the network is gone, or the disk is full; what was brought stays.
    """
    from fudemoji.server.importing.into_store import StoreDestination
    from fudemoji.server.store import Store

    found = source.find(project)
    with closing(Store.open(folder, url=url)) as store:
        destination = StoreDestination(store, endpoint=source.endpoint, name=name)
        with destination.alone():
            return bring_over(source, found, destination, progress=progress)
