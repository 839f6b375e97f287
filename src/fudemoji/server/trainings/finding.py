"""Searches for a learning rate: `fudemoji lr` on the images of a project, as a process of its own, and its curve."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from fudemoji.errors import SettingsError
from fudemoji.runs import write_beside
from fudemoji.server.store import Store
from fudemoji.server.store.ids import new_id
from fudemoji.server.trainings.child import Child
from fudemoji.server.trainings.commands import flags_of, fudemoji
from fudemoji.server.trainings.ending import without_places
from fudemoji.server.trainings.rates import RateCurve, Tried, read_curve, read_tried
from fudemoji.server.trainings.snapshot import write_tables
from fudemoji.server.trainings.starting import Prospect
from fudemoji.serving.errors import ApiError

__all__ = ["Finder", "Finding", "FindingStatus"]

FindingStatus = Literal["queued", "finding", "done", "failed", "cancelled"]
_OF_NO_MATTER = ("lr", "lr_rule", "epochs", "least_steps")  # the test has rates and steps of its own
_MOST_WAITING = 100
_FOUND = "found"  # folder of what the command writes
_CUT_OFF = "the server stopped during this search; look again"


@dataclass(frozen=True)
class Finding:
    """A search, from the wish to the curve; a project has one, the last.

    Attributes:
        recipe: that the rate is looked for with.
        settings: on top of the recipe.
        note: why it failed.
    """

    id: str
    project_id: str
    recipe: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    status: FindingStatus = "queued"
    note: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.status not in ("queued", "finding")

    def fits(self, prospect: Prospect) -> bool:
        """Whether it was made with what a training would be trained with."""
        return (self.recipe, dict(self.settings)) == (prospect.plan.recipe, _settings(prospect))


class Finder:
    """Brings searches from `queued` to a curve, one at a time, whenever `round` is called.

    Each has a folder in the store, `finders/PROJECT/FINDING`. A search outlives the server as a training does.

    Args:
        store: of the projects.
        grace_seconds: that a process has to end.
    """

    def __init__(self, store: Store, *, grace_seconds: float) -> None:
        self._store = store
        self._folder = store.folder / "finders"
        self._grace_seconds = grace_seconds
        self._findings: dict[str, Finding] = {}  # by project
        self._running: tuple[Child, Finding] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Adopt what an earlier server has left."""
        for folder in sorted(self._folder.glob("*/*"), key=lambda path: path.name):
            if finding := _read(folder):
                self._findings[finding.project_id] = finding
                if finding.status == "finding":
                    self._running = (Child(folder, "finder"), finding)

    @property
    def is_busy(self) -> bool:
        """Whether a process runs."""
        return self._running is not None

    def ask(self, project_id: str, prospect: Prospect) -> Finding:
        """A search that waits for its turn, in place of the project's last.

        Raises:
            ApiError: there are not enough images, too many wait, or the store cannot be written.
        """
        if prospect.shortage:
            told = f"not enough images for training: {prospect.shortage}"
            raise ApiError(400, "BadRequestTrainingValidationFailed", told)
        if sum(not one.is_over for one in list(self._findings.values())) >= _MOST_WAITING:
            raise ApiError(
                503, "ServiceUnavailable", "too many searches wait; ask again later", retry_after=60
            )
        finding = Finding(new_id(), project_id, prospect.plan.recipe, _settings(prospect))
        try:
            self._place(finding).mkdir(parents=True)
            write_tables(self._place(finding) / "set.csv", prospect.snapshot, blobs=self._store.blobs.folder)
            with self._lock:
                self._keep(finding)
        except OSError as error:
            raise ApiError(507, "ErrorStorage", f"the store cannot be written: {error.strerror}") from error
        return finding

    def last(self, project_id: str) -> Finding | None:
        """The last search of a project."""
        return self._findings.get(project_id)

    def cancel(self, project_id: str) -> None:
        """End the search of a project, if one goes on."""
        with self._lock:
            finding = self._findings.get(project_id)
            if finding and not finding.is_over:
                self._keep(replace(finding, status="cancelled"))

    def curve(self, finding: Finding) -> RateCurve | None:
        """What was found; None where nothing was."""
        return read_curve(self._place(finding) / _FOUND)

    def tried(self, finding: Finding) -> Tried | None:
        """How far a search is; None before the first rate."""
        return read_tried(self._place(finding) / _FOUND)

    def round(self, *, has_room: bool) -> None:
        """Look after what runs, and start what waits.

        Args:
            has_room: whether another process may run.
        """
        if self._running:
            child, finding = self._running
            if not child.is_alive:
                self._settle(child, finding)
                self._running = None
            elif self._findings.get(finding.project_id) != finding or not self._place(finding).is_dir():
                child.end(grace_seconds=self._grace_seconds)
            return
        waiting = sorted(
            (one for one in list(self._findings.values()) if one.status == "queued"), key=lambda one: one.id
        )
        if waiting and has_room:
            self._begin(waiting[0])

    def end(self) -> bool:
        """Ask what runs to stop; whether it still does."""
        if self._running and self._running[0].is_alive:
            self._running[0].end(grace_seconds=self._grace_seconds)
            return True
        return False

    def _begin(self, finding: Finding) -> None:
        folder = self._place(finding)
        running = replace(finding, status="finding")
        child = Child(folder, "finder")
        try:
            flags = flags_of(finding.recipe, finding.settings)
            if not self._become(finding, running):
                return
            child.start(
                [
                    *fudemoji("lr"),
                    str((folder / "set.csv").absolute()),
                    f"--recipe={finding.recipe}",
                    f"--output={(folder / _FOUND).absolute()}",
                    f"--cache-dir={(self._store.folder / 'decoded').absolute()}",
                    *flags,
                ]
            )
        except SettingsError as error:  # of an older version
            self._become(finding, replace(finding, status="failed", note=str(error)))
        except OSError as error:
            note = f"the search could not be started: {error.strerror}"
            self._become(running, replace(finding, status="failed", note=note))
        else:
            self._running = (child, running)

    def _settle(self, child: Child, finding: Finding) -> None:
        words = without_places(child.last_words(), folder=self._store.folder)
        child.forget()
        if self.curve(finding):
            self._become(finding, replace(finding, status="done"))
        else:
            self._become(finding, replace(finding, status="failed", note=words or _CUT_OFF))
        if self._findings.get(finding.project_id, finding).id != finding.id:
            shutil.rmtree(self._place(finding), ignore_errors=True)

    def _become(self, finding: Finding, other: Finding) -> bool:
        """Let a search go on to another state, if it has not been cancelled or replaced meanwhile."""
        with self._lock:
            if self._findings.get(finding.project_id) != finding:
                return False
            self._keep(other)
            return True

    def _keep(self, finding: Finding) -> None:
        """Write it down, and remove the one before; of a project that is deleted, nothing is kept."""
        before = self._findings.get(finding.project_id)
        try:
            with write_beside(self._place(finding) / "finding.json") as file:
                file.write(json.dumps({**vars(finding), "settings": dict(finding.settings)}).encode())
        except FileNotFoundError:
            self._findings.pop(finding.project_id, None)
            return
        self._findings[finding.project_id] = finding
        is_running = self._running is not None and before is not None and self._running[1].id == before.id
        if before and before.id != finding.id and not is_running:
            shutil.rmtree(self._place(before), ignore_errors=True)

    def _place(self, finding: Finding) -> Path:
        return self._folder / finding.project_id / finding.id


def _settings(prospect: Prospect) -> dict[str, Any]:
    return {name: value for name, value in prospect.plan.values.items() if name not in _OF_NO_MATTER}


def _read(folder: Path) -> Finding | None:
    try:
        return Finding(**json.loads((folder / "finding.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
