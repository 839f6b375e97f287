"""Exports of trained iterations: which there are, and how they are made, one at a time, as processes of their own."""

from __future__ import annotations

import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from fudemoji.runs import write_beside
from fudemoji.server.store import Store, exports, iterations
from fudemoji.server.store.tables import Export, ExportStatus, Iteration, Project
from fudemoji.server.trainings.child import Child
from fudemoji.server.trainings.ending import without_places
from fudemoji.serving.errors import ApiError

__all__ = ["FLAVORS", "Exporter", "packed", "request"]

_FORMATS: dict[tuple[str, str], tuple[str, ...]] = {  # platform and flavor, as flags of `fudemoji export`
    ("ONNX", ""): ("--to=onnx",),
    ("ONNX", "ONNX10"): ("--to=onnx",),
    ("ONNX", "ONNX12"): ("--to=onnx",),
    ("ONNX", "Int8"): ("--to=onnx", "--int8"),
    ("TorchScript", ""): ("--to=torchscript",),
    ("Safetensors", ""): ("--to=safetensors",),
}

FLAVORS: dict[str, tuple[str, ...]] = {
    platform: tuple(flavor for one, flavor in _FORMATS if one == platform and flavor)
    for platform in dict.fromkeys(platform for platform, _ in _FORMATS)
}
"""The platforms that models are exported for, each with its flavors."""


def request(session: Session, iteration: Iteration, *, platform: str, flavor: str = "") -> Export:
    """An export that waits for its turn.

    Args:
        session: a transaction.
        iteration: whose model.
        platform: one of `FLAVORS`, in any case.
        flavor: one of its flavors, or none.

    Raises:
        ApiError: there is no such platform or flavor here, the iteration is not trained, or it is exported already.
    """
    known = {(one.lower(), kind.lower()): (one, kind) for one, kind in _FORMATS}
    wanted = known.get((platform.lower(), flavor.lower()))
    if wanted is None:
        offered = ", ".join(f"{one} ({kind})" if kind else one for one, kind in _FORMATS)
        raise ApiError(
            400,
            "BadRequestExportValidationFailed",
            f"models are not exported for this platform and flavor; there are: {offered}",
        )
    return exports.create(session, iteration, platform=wanted[0], flavor=wanted[1])


def packed(session: Session, store: Store, project: Project, export_id: str) -> Path:
    """The zip file of an export.

    Raises:
        ApiError: the project has no such export, it is not done yet, or its file is gone.
    """
    export = exports.find(session, export_id)
    iterations.find(session, project, export.iteration_id)
    if export.status != "done":
        raise ApiError(409, "Conflict", f"the export is {export.status}, not done")
    path = _zip(_folder(store, export.id, export.iteration_id))
    if not path.is_file():
        raise ApiError(404, "NotFound", "the file of the export is gone; export the model again")
    return path


@dataclass(frozen=True)
class _Wish:
    """An export that is not done."""

    id: str
    iteration_id: str
    status: ExportStatus
    flags: tuple[str, ...]


class Exporter:
    """Brings the exports of a store from `queued` to a zip file, whenever `round` is called."""

    def __init__(self, store: Store, *, grace_seconds: float) -> None:
        self._store = store
        self._grace_seconds = grace_seconds
        self._running: dict[str, tuple[Child, Path]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a process runs."""
        return bool(self._running)

    def round(self) -> None:
        """Look after what runs, and start what waits."""
        wanted = self._wanted()
        for name, wish in wanted.items():
            if wish.status == "exporting" and name not in self._running:  # begun by an earlier server
                self._running[name] = self._child(wish)
        for name, (child, folder) in list(self._running.items()):
            if child.is_alive and name not in wanted:
                child.end(grace_seconds=self._grace_seconds)
            elif not child.is_alive:
                self._settle(name, child, folder)
                del self._running[name]
        waiting = [wish for name, wish in wanted.items() if wish.status == "queued"]
        if waiting and not self._running:
            self._begin(waiting[0])

    def end(self) -> bool:
        """Ask what runs to stop; whether something still does."""
        alive = [child for child, _ in self._running.values() if child.is_alive]
        for child in alive:
            child.end(grace_seconds=self._grace_seconds)
        return bool(alive)

    def _wanted(self) -> dict[str, _Wish]:
        with self._store.session(reads_only=True) as session:
            return {
                one.id: _Wish(
                    one.id, one.iteration_id, one.status, _FORMATS.get((one.platform, one.flavor), ())
                )
                for one in exports.unfinished(session)
            }

    def _child(self, wish: _Wish) -> tuple[Child, Path]:
        folder = _folder(self._store, wish.id, wish.iteration_id)
        return Child(folder.parent, wish.id), folder

    def _begin(self, wish: _Wish) -> None:
        if not wish.flags:
            self._mark(wish.id, "failed", note="this version makes no such export")
            return
        child, folder = self._child(wish)
        self._mark(wish.id, "exporting")
        run = self._store.runs / wish.iteration_id
        try:
            folder.parent.mkdir(exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            child.start(
                [
                    *(sys.executable, "-P", "-m", "fudemoji", "export", str(run.absolute())),
                    *wish.flags,
                    f"--output={folder.absolute()}",
                ]
            )
        except OSError as error:
            self._mark(wish.id, "failed", note=f"the export could not be started: {error.strerror}")
            return
        self._running[wish.id] = (child, folder)

    def _settle(self, name: str, child: Child, folder: Path) -> None:
        """Pack what the process has made: a folder that is there is whole."""
        words = without_places(child.last_words(), folder=self._store.folder)
        try:
            if folder.is_dir():
                _pack(folder)
                self._mark(name, "done")
            else:
                self._mark(
                    name, "failed", note=words or "the server stopped during this export; export again"
                )
        except OSError as error:
            self._mark(name, "failed", note=f"the export could not be packed: {error.strerror}")
        child.forget()

    def _mark(self, name: str, status: ExportStatus, *, note: str = "") -> None:
        with self._store.session() as session:
            export = session.get(Export, name)
            if export is not None:
                exports.mark(session, export, status, note=note)


def _folder(store: Store, export_id: str, iteration_id: str) -> Path:
    return store.exports / iteration_id / export_id


def _zip(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.zip")


def _pack(folder: Path) -> None:
    """Make the folder a zip file, whole or not at all."""
    with write_beside(_zip(folder)) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    shutil.rmtree(folder, ignore_errors=True)
