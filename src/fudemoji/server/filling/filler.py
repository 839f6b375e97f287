"""The fillings of a server: a few at a time, in threads, kept over restarts."""

from __future__ import annotations

import logging
import queue
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from fudemoji.server.filling.filling import Filling, read_filling, write_filling
from fudemoji.server.filling.pouring import Bounds, pour
from fudemoji.server.filling.sources import Source, check_archive, safe_name
from fudemoji.server.store import Store, projects
from fudemoji.server.store.ids import canonical, new_id
from fudemoji.serving.errors import ApiError

__all__ = ["Filler"]

_log = logging.getLogger(__name__)
_AT_A_TIME = 2
_PATIENCE_SECONDS = 10.0  # for what is being read or drawn at a stop
_MOST_WAITING = 100


class Filler:
    """Threads that bring fillings from `queued` to what becomes of them.

    Each has a folder in the store, `fillings/PROJECT/FILLING`, with its state and, until it is over and cannot go on,
    the archive that was sent. One that was cut off by a stop or a kill goes on when the next server starts, one that
    failed when it is told to; images that it had added are not added again.

    Args:
        store: whose projects are filled.
        bounds: what may come in.
    """

    def __init__(self, store: Store, *, bounds: Bounds) -> None:
        self.bounds = bounds
        self._store = store
        self._folder = store.folder / "fillings"
        self._fillings: dict[str, Filling] = {}
        self._cancelled = set[str]()
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Go on with what an earlier server has left, and begin."""
        for folder in sorted(self._folder.glob("*/*"), key=lambda path: path.name):
            filling = read_filling(folder)
            if filling is None:  # a kill came while its archive was arriving
                shutil.rmtree(folder, ignore_errors=True)
                continue
            self._fillings[filling.id] = filling
            if not filling.is_over:
                self._waiting.put(filling.id)
        for number in range(_AT_A_TIME):
            thread = threading.Thread(target=self._work, name=f"filler-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End what runs after its present images; the next server goes on with it."""
        self._stopping.set()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    @asynccontextmanager
    async def arriving(
        self, project_id: str, name: str, *, has_tags: bool = True
    ) -> AsyncIterator[tuple[Path, Source]]:
        """A place for an archive that is being sent; it is gone when the block raises.

        Args:
            project_id: of the project that it is for.
            name: that the client gave it.
            has_tags: whether its images get tags by their folders or their table.

        Raises:
            ApiError: there is no such project, or too much waits.
        """
        source = Source("archive", safe_name(name), has_tags=has_tags)
        folder = await run_in_threadpool(self._new_folder, project_id)
        try:
            yield folder / source.name, source
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def begin(self, project_id: str, source: Source, *, archive: Path | None = None) -> Filling:
        """Let a project be filled from a source.

        Args:
            project_id: of the project.
            source: where the images come from.
            archive: where it lies, of one that has arrived.

        Raises:
            ApiError: there is no such project, too much waits, or what has arrived is no archive.
        """
        if archive:
            check_archive(archive)
        folder = archive.parent if archive else self._new_folder(project_id)
        filling = Filling(id=folder.name, project_id=folder.parent.name, source=source)
        write_filling(folder, filling)
        self._fillings[filling.id] = filling
        self._waiting.put(filling.id)
        return filling

    def every(self, project_id: str) -> list[Filling]:
        """The fillings of a project, the oldest first; of one that has ended until it is forgotten."""
        wanted = canonical(project_id)
        return [one for one in list(self._fillings.values()) if one.project_id == wanted]

    def find(self, project_id: str, filling_id: str) -> Filling:
        """The filling of an id.

        Raises:
            ApiError: the project has none such.
        """
        found = self._fillings.get(canonical(filling_id) or "")
        if found is None or found.project_id != canonical(project_id):
            raise ApiError(404, "NotFound", "the project has no such filling")
        return found

    def cancel(self, filling: Filling) -> None:
        """End it soon; images that it has added stay."""
        self._cancelled.add(filling.id)
        with self._lock:
            now = self._fillings.get(filling.id, filling)
            if now.status == "queued":
                self._keep(now.over("cancelled"))

    def resume(self, filling: Filling) -> Filling:
        """Let one that failed go on where it was, over what may have passed: a full disk, a source that was away.

        Raises:
            ApiError: it did not fail, will not be better another time, or too much waits.
        """
        self._check_room()
        with self._lock:
            now = self._fillings.get(filling.id, filling)
            if not now.can_go_on:
                told = "only a filling that failed over something that may pass can go on"
                raise ApiError(409, "Conflict", told)
            self._cancelled.discard(now.id)
            self._keep(again := now.again())
        self._waiting.put(again.id)
        return again

    def forget(self, filling: Filling) -> None:
        """Know no more of one that has ended.

        Raises:
            ApiError: it goes on.
        """
        if not self._fillings.get(filling.id, filling).is_over:
            raise ApiError(409, "Conflict", "it is still under way; cancel it first")
        self._fillings.pop(filling.id, None)
        shutil.rmtree(self._folder_of(filling), ignore_errors=True)

    def _new_folder(self, project_id: str) -> Path:
        with self._store.session(reads_only=True) as session:
            project = projects.find(session, project_id)
        self._check_room()
        folder = self._folder / project.id / new_id()
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise ApiError(507, "ErrorUnknown", f"the store cannot be written: {error.strerror}") from error
        return folder

    def _check_room(self) -> None:
        if sum(not one.is_over for one in list(self._fillings.values())) >= _MOST_WAITING:
            raise ApiError(
                503, "ServiceUnavailable", "too many fillings wait; ask again later", retry_after=60
            )

    def _folder_of(self, filling: Filling) -> Path:
        return self._folder / filling.project_id / filling.id

    def _work(self) -> None:
        while (filling_id := self._waiting.get()) is not None and not self._stopping.is_set():
            try:
                self._fill(self._fillings[filling_id])
            except KeyError:  # it was cancelled and forgotten
                continue
            except Exception:
                _log.exception("a filling could not be looked after")

    def _fill(self, filling: Filling) -> None:
        if filling.is_over:
            return
        folder = self._folder_of(filling)
        if not self._told(replace(filling, status="filling")):
            return
        filling = pour(self._store, filling, folder, bounds=self.bounds, tell=self._told)
        if filling.id in self._cancelled and not filling.is_over:
            filling = filling.over("cancelled")
        if not filling.is_over:  # the server stops
            return
        with self._lock:
            self._keep(filling)
        for path in () if filling.can_go_on else folder.glob("*"):
            if filling.source.kind == "archive" and path.name == filling.source.name:
                path.unlink(missing_ok=True)

    def _told(self, filling: Filling) -> bool:
        with self._lock:
            self._keep(filling)
        return not self._stopping.is_set() and filling.id not in self._cancelled

    def _keep(self, filling: Filling) -> None:
        """Write down how far it is; of a project that is deleted, nothing is kept."""
        self._fillings[filling.id] = filling
        try:
            write_filling(self._folder_of(filling), filling)
        except FileNotFoundError:
            self._fillings.pop(filling.id, None)
            self._cancelled.add(filling.id)
        except OSError as error:  # a full disk; the images that are there are found again
            _log.warning("how far a filling is could not be kept: %s", error.strerror)
