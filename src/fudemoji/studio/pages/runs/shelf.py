"""Which runs there are on this machine: those of the store, and those below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.runs import Run
from fudemoji.server.context import Context
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.serving.errors import ApiError

__all__ = ["Shelved", "every", "find", "find_in_folder"]

_DEPTH = 4  # a comparison and a search have folders of runs in theirs


@dataclass(frozen=True)
class Shelved:
    """A run on this machine.

    Attributes:
        key: names it in addresses: the id of an iteration, or the path below the folder of runs.
        name: for people.
        run: its folder.
        project_id: of the project that it is a training of; empty where it is none.
        began: when it began.
    """

    key: str
    name: str
    run: Run
    project_id: str
    began: datetime


def every(session: Session, context: Context) -> list[Shelved]:
    """All runs, the last begun first."""
    found = [*_of_store(session, context), *_of_folder(context.settings.runs_folder)]
    return sorted(found, key=lambda one: (-one.began.timestamp(), one.key))


def find(session: Session, context: Context, key: str) -> Shelved:
    """The run of a key.

    Raises:
        ApiError: there is none.
    """
    iteration = session.get(Iteration, key)
    if iteration is None:
        return find_in_folder(context, key)
    project = session.get(Project, iteration.project_id)
    found = _shelved(context.store.runs / key, key, _name_of(project, iteration), iteration.project_id)
    return found or _nothing()


def find_in_folder(context: Context, key: str) -> Shelved:
    """The run at a path below the folder of runs.

    Raises:
        ApiError: there is none.
    """
    is_inside = key and "\0" not in key and ".." not in Path(key).parts and not Path(key).is_absolute()
    found = _shelved(context.settings.runs_folder / key, key, key, "") if is_inside else None
    return found or _nothing()


def _nothing() -> NoReturn:
    raise ApiError(404, "NotFoundRun", "there is no such run")


def _of_store(session: Session, context: Context) -> Iterator[Shelved]:
    rows = session.execute(select(Iteration, Project).join(Project, Project.id == Iteration.project_id))
    for iteration, project in rows:
        name = _name_of(project, iteration)
        if found := _shelved(context.store.runs / iteration.id, iteration.id, name, project.id):
            yield found


def _name_of(project: Project | None, iteration: Iteration) -> str:
    return f"{project.name}, {iteration.name}" if project else iteration.name


def _of_folder(folder: Path) -> Iterator[Shelved]:
    """The runs below a folder; what cannot be looked into holds none."""
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            inside = [Path(entry.path) for entry in os.scandir(place) if _may_hold_runs(entry)]
        except OSError:
            continue
        for path in inside:
            key = path.relative_to(folder).as_posix()
            if found := _shelved(path, key, key, ""):
                yield found
            elif depth < _DEPTH:
                waiting.append((path, depth + 1))


def _may_hold_runs(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


def _shelved(path: Path, key: str, name: str, project_id: str) -> Shelved | None:
    """The run at a path, if there is one."""
    try:
        began = datetime.fromtimestamp((path / "config.json").stat().st_mtime, UTC)
    except (OSError, ValueError):
        return None
    return Shelved(key, name, Run(path), project_id, began)
