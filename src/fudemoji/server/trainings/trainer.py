"""The trainings of a server: started in turn as processes of their own, watched, stopped, and found again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from fudemoji.errors import SettingsError
from fudemoji.server.store import Store, iterations, leftovers
from fudemoji.server.store.tables import Iteration
from fudemoji.server.trainings.child import Child
from fudemoji.server.trainings.commands import flags_of, fudemoji
from fudemoji.server.trainings.ending import Ending, ending_of
from fudemoji.server.trainings.exporting import Exporter
from fudemoji.server.trainings.finding import Finder
from fudemoji.server.trainings.progress import Progress, Watcher
from fudemoji.server.trainings.snapshot import listing_path, missing_images

__all__ = ["Trainer"]

_log = logging.getLogger(__name__)
_BUSY_SECONDS, _IDLE_SECONDS = 0.25, 5.0  # between two looks at the processes, and at an empty queue


class Trainer:
    """A thread that brings the iterations of a store from `queued` to what becomes of them.

    The database is the queue: what is committed there as `queued` is trained, and what is no longer `training` there
    is stopped, whoever wrote it and whenever. `wake` makes that happen at once instead of soon.

    A training is a process of its own, which neither takes the server down with it nor goes down with the server: it
    goes on when the server ends, and the next server on the same store adopts it. Exports go the same way, one at a
    time, beside the trainings. A search for a learning rate takes the place of a training, before those that wait.

    Attributes:
        finder: the searches.

    Args:
        store: whose iterations.
        at_a_time: trainings that run side by side.
        grace_seconds: that a training has to write a checkpoint when it is to stop.
    """

    def __init__(self, store: Store, *, at_a_time: int = 1, grace_seconds: float = 30.0) -> None:
        self._store = store
        self._at_a_time = at_a_time
        self._grace_seconds = grace_seconds
        self._exporter = Exporter(store, grace_seconds=grace_seconds)
        self.finder = Finder(store, grace_seconds=grace_seconds)
        self._running: dict[str, tuple[Child, Watcher]] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Adopt the trainings that an earlier server left behind, and begin; the store is this server's alone."""
        for name in Child.names(self._store.runs):
            self._running[name] = (Child(self._store.runs, name), Watcher(self._run(name)))
        self.finder.start()
        self._thread = threading.Thread(target=self._work, name="trainer", daemon=True)
        self._thread.start()

    def stop(self, *, end_trainings: bool = False) -> None:
        """Watch no longer; trainings go on for the next server, unless they are to end, each with a checkpoint."""
        self._stopping = True
        self.wake()
        if self._thread:
            self._thread.join()
        while end_trainings and self._end():
            time.sleep(0.05)

    def _end(self) -> bool:
        """Ask what runs to stop; whether something still does."""
        alive = [child for child, _ in self._running.values() if child.is_alive]
        for child in alive:
            child.end(grace_seconds=self._grace_seconds)
        return any([self._exporter.end(), self.finder.end(), alive])

    def wake(self) -> None:
        """Something was queued or cancelled."""
        self._wake.set()

    def progress(self, iteration_id: str) -> Progress:
        """How far a training is that waits or runs."""
        running = self._running.get(iteration_id)
        return running[1].progress if running else Progress()

    def _work(self) -> None:
        while not self._stopping:
            try:
                self._round()
                self._exporter.round()
            except Exception:  # a full disk or a database that is away must not end all trainings for good
                _log.exception("trainings could not be looked after; trying again")
            is_busy = self._running or self._exporter.is_busy or self.finder.is_busy
            self._wake.wait(_BUSY_SECONDS if is_busy else _IDLE_SECONDS)
            self._wake.clear()

    def _round(self) -> None:
        wanted = self._under_way()
        for name, (child, watcher) in list(self._running.items()):
            if not child.is_alive:
                self._settle(name, child)
                continue
            watcher.look()
            if name not in wanted or wanted[name].status != "training":
                child.end(grace_seconds=self._grace_seconds)
        self.finder.round(has_room=len(self._running) < self._at_a_time and not self._stopping)
        for name, iteration in wanted.items():
            if name in self._running:
                continue
            if iteration.status == "training":  # its end was missed: no server was there
                self._settle(name, Child(self._store.runs, name))
            elif self._has_room(wanted, iteration.project_id) and not self._stopping:
                self._begin(name)

    def _has_room(self, wanted: Mapping[str, Iteration], project_id: str) -> bool:
        """Whether a training of a project may run now: a project has one at a time."""
        busy = {wanted[name].project_id for name in self._running if name in wanted}
        return len(self._running) + self.finder.is_busy < self._at_a_time and project_id not in busy

    def _under_way(self) -> dict[str, Iteration]:
        """The iterations that wait or run, the oldest first."""
        with self._store.session(reads_only=True) as session:
            return {one.id: one for one in iterations.unfinished(session)}

    def _begin(self, name: str) -> None:
        """Start a training, if it still waits."""
        with self._store.session() as session:
            iteration = session.get(Iteration, name)
            if iteration is None or iteration.status != "queued":
                return
            iterations.mark(session, iteration, "training")
        child = Child(self._store.runs, name)
        try:
            if problem := self._problem(name):
                self._record(name, Ending("failed", problem))
                return
            child.start(self._command(iteration))
        except SettingsError as error:  # of an older version
            self._record(name, Ending("failed", str(error)))
            return
        except OSError as error:
            self._record(name, Ending("failed", f"the training could not be started: {error.strerror}"))
            return
        self._running[name] = (child, Watcher(self._run(name)))

    def _problem(self, name: str) -> str:
        """Why a training cannot begin, or nothing."""
        listing = listing_path(self._store, name)
        if not listing.is_file():
            return "the list of its images is gone; train again"
        gone = missing_images(listing)
        if not gone:
            return ""
        told = ", ".join(gone[:3]) + (f" and {len(gone) - 3} more" if len(gone) > 3 else "")
        return f"the files of {len(gone)} images are gone ({told}); delete these images, or restore the files"

    def _command(self, iteration: Iteration) -> list[str]:
        """As a person would type it; a run that broke off goes on."""
        if (self._run(iteration.id) / "config.json").is_file():
            return [*fudemoji("resume"), str(self._run(iteration.id))]
        folders = {"output": self._store.runs, "cache-dir": self._store.folder / "decoded"}
        return [
            *fudemoji("train"),
            str(listing_path(self._store, iteration.id).absolute()),
            f"--name={iteration.id}",
            f"--recipe={iteration.recipe}",
            *(f"--{flag}={folder.absolute()}" for flag, folder in folders.items()),
            *flags_of(iteration.recipe, iteration.settings),
        ]

    def _settle(self, name: str, child: Child) -> None:
        """Write down how a training ended; of one that was deleted meanwhile, nothing is kept."""
        ending = ending_of(self._run(name), child, folder=self._store.folder)
        self._record(name, ending)
        self._running.pop(name, None)
        child.forget()

    def _record(self, name: str, ending: Ending) -> None:
        with self._store.session() as session:
            iteration = session.get(Iteration, name)
            if iteration is None:  # it was deleted while its process ended
                leftovers.leave_iterations(session, [name])
            elif iteration.status == "training":
                iterations.mark(
                    session,
                    iteration,
                    ending.status,
                    note=ending.note,
                    tag_ids=ending.tag_ids,
                    seconds=ending.seconds,
                )

    def _run(self, name: str) -> Path:
        return self._store.runs / name
