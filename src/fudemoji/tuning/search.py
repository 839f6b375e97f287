"""The search for settings as one call: a study joined or made, worked on, and what it has found."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fudemoji.data import ImageSet
from fudemoji.errors import RunError, SettingsError
from fudemoji.events import Event
from fudemoji.tuning.storage import (
    check_url,
    default_url,
    failing_as,
    open_storage,
    quiet_optuna,
    require_optuna,
)

if TYPE_CHECKING:
    from fudemoji.tuning.plan import Plan

__all__ = ["Found", "seconds_of", "tune"]


@dataclass(frozen=True)
class Found:
    """What a search has found so far.

    Attributes:
        study: its name.
        folder: with the page, the trials, and the best run.
        num_trials: by state: done, pruned, diverged, failed, running, waiting.
        score: the best, in 0..1; None where no trial was finished.
        settings: of the best trial, by their flat names.
        run: folder of the best trial, where it lies on this machine.
        command: that trains in full with the best settings.
        page: tune.html.
    """

    study: str
    folder: Path
    num_trials: Mapping[str, int]
    score: float | None
    settings: Mapping[str, str]
    run: Path | None
    command: str
    page: Path


def seconds_of(text: str | float) -> float:
    """A time in seconds, from `90s`, `30m`, `1.5h`, `1h30m`, or a number of seconds.

    Raises:
        SettingsError: another form, or no time at all.

    >>> seconds_of("1h30m"), seconds_of(20)
    (5400.0, 20.0)
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms]?)", str(text))
    if "".join(amount + unit for amount, unit in parts) != str(text).strip() or not parts:
        raise SettingsError(f"timeout {text} is no time; write 90s, 30m, 2h or 1h30m")
    seconds = sum(float(amount) * {"h": 3600, "m": 60, "s": 1, "": 1}[unit] for amount, unit in parts)
    if not seconds:
        raise SettingsError(f"timeout {text} leaves no time; write 90s, 30m, 2h or 1h30m")
    return seconds


def tune(
    data: ImageSet | str = "kana",
    *,
    space: Sequence[str] = (),
    trials: int = 30,
    timeout: str | float | None = None,
    sampler: str = "tpe",
    pruner: str = "median",
    recipe: str = "quick",
    storage: str | None = None,
    output: str | Path = "runs",
    name: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    on_event: Callable[[Event], None] = lambda _: None,
    **values: Any,
) -> Found:
    """Search the settings with the best validation score; a study that is there goes on where it stands.

    The first trial of a study is the recipe as it is, where it lies in the space. The test split is in no trial.

    Args:
        data: a set, a name of the catalogue, or the path of one.
        space: `NAME=RANGE` entries, or files of them; the ready space of the model's family where there are none.
        trials: how many the study shall have in the end, those of other processes and of earlier calls included.
        timeout: after which no further trial begins, as `30m`.
        sampler: tpe or random.
        pruner: median, halving or none.
        recipe: the settings to start from.
        storage: URL of a database; a file in the study's folder where None.
        output: the folder around the study's own.
        name: of the study and its folder; after the set and the model where None.
        say: called with a line for each trial.
        on_event: called with every event of every trial.
        values: settings by their flat names, for all trials alike.

    Raises:
        SettingsError: a wrong setting, range or storage URL, or a study about something else; nothing was trained.
        DataError, RunError: the set, the folder or the storage cannot be had.
        TrainingFailed: the first trials all failed, or the storage went away.
        Interrupted: Ctrl-C or SIGTERM; the trial that ran is tried again by whoever goes on.
    """
    require_optuna()
    from fudemoji.tuning.plan import Plan

    seconds = None if timeout is None else seconds_of(timeout)
    if storage is not None:
        check_url(storage)
    plan = Plan.of(data, space, recipe=recipe, values=values, total=trials, sampler=sampler, pruner=pruner)
    name = name or f"tune-{plan.data.name}-{plan.base.model.name}".replace("/", "-")
    folder = _study_folder(Path(output), name)
    url = storage or default_url(_made(folder))
    opened = open_storage(url)
    try:
        with quiet_optuna():
            return _search(
                plan, opened, url=url, folder=folder, name=name, seconds=seconds, say=say, on_event=on_event
            )
    finally:
        with suppress(Exception):  # a storage that is gone
            opened.remove_session()
            opened.engine.dispose()


def _search(
    plan: Plan,
    storage: Any,
    *,
    url: str,
    folder: Path,
    name: str,
    seconds: float | None,
    say: Callable[[str], None],
    on_event: Callable[[Event], None],
) -> Found:
    from fudemoji.tuning.sampling import PRUNERS, SeededSampler
    from fudemoji.tuning.study import Member, SharedStudy, join_study
    from fudemoji.tuning.worker import Worker

    with failing_as(RunError, url):
        study, was_there = join_study(
            storage,
            name,
            identity=plan.identity,
            sampler=SeededSampler(plan.sampler, seed=plan.base.loop.seed),
            pruner=PRUNERS[plan.pruner](),
            first=plan.recipe_in_space,
        )
    with Member.of(_made(folder) / "workers", secrets.token_hex(4)) as member:
        shared = SharedStudy(study, storage, member, plan.space, plan.total)
        worker = Worker(plan, shared, url, folder, say, on_event)
        if was_there:
            say(f"study {name} goes on: {worker.num_ended()} of {plan.total} trials are done")
        worker.write()
        return _found(worker.run(None if seconds is None else time.monotonic() + seconds), folder)


def _found(content: Mapping[str, Any], folder: Path) -> Found:
    best = content["best"]
    return Found(
        study=content["study"],
        folder=folder,
        num_trials=content["num_trials"],
        score=best["score"] if best else None,
        settings=best["settings"] if best else {},
        run=Path(best["run"]) if best and best["run"] else None,
        command=content["command"],
        page=folder / "tune.html",
    )


def _study_folder(output: Path, name: str) -> Path:
    """Where a study called `name` lies, or will.

    Raises:
        RunError: the name is none for a folder, or something else lies there.
    """
    if name in ("", ".", "..") or Path(name).name != name or "\0" in name or len(name.encode()) > 200:
        raise RunError(f"'{name}' is no name for a study; use --output for the folder around it")
    folder = output / name
    is_study = any((folder / file).exists() for file in ("tune.json", "study.db"))
    if folder.exists() and not is_study and not (folder.is_dir() and not any(folder.iterdir())):
        raise RunError(f"{folder} exists and is no study; choose another --name")
    return folder


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot make the folder {folder}: {error.strerror}") from error
    return folder
