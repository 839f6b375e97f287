"""A study in its storage: its identity, its trials, and who may take the next one."""

from __future__ import annotations

import contextlib
import json
import socket
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from fudemoji.errors import SettingsError
from fudemoji.locks import hold_shared, is_held
from fudemoji.runs import without_passwords
from fudemoji.tuning.space import Choices, Dimension, Space
from fudemoji.tuning.storage import GRACE_SECONDS

__all__ = ["Member", "SharedStudy", "distribution_of", "join_study", "parameter_of"]

_MOST_ATTEMPTS = 3  # a trial that kills its process is not tried for ever
_PATIENCE_SECONDS = 10.0  # for whoever made the study to write down what it is about
_ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


@dataclass(frozen=True)
class Member:
    """This process as a worker of a study; its lock file is held as long as it lives."""

    name: str
    lock: Path

    @classmethod
    @contextlib.contextmanager
    def of(cls, folder: Path, name: str) -> Iterator[Member]:
        """A member whose lock file lies in `folder` while the block runs."""
        folder.mkdir(parents=True, exist_ok=True)
        lock = folder / f"{name}.lock"
        lock.touch()
        try:
            with hold_shared(lock):
                yield cls(name, lock.resolve())
        finally:
            lock.unlink(missing_ok=True)

    @property
    def attributes(self) -> dict[str, str]:
        """What a trial remembers of who ran it."""
        return {"host": socket.gethostname(), "lock": str(self.lock)}


def join_study(
    storage: Any,
    name: str,
    *,
    identity: Mapping[str, Any],
    sampler: Any,
    pruner: Any,
    first: Mapping[str, Any],
) -> tuple[Any, bool]:
    """The study called `name`, made where there is none, and whether it was there before.

    Args:
        storage: as opened by `open_storage`.
        name: of the study.
        identity: what must not change between processes, by its name in plain words.
        sampler: of this process.
        pruner: of this process.
        first: settings that the first trial of a new study tries; none where empty.

    Raises:
        SettingsError: the study is about something else; the message says what differs.
    """
    was_there = False
    try:
        study = optuna.create_study(
            study_name=name, storage=storage, direction="maximize", sampler=sampler, pruner=pruner
        )
    except DuplicatedStudyError:
        study = optuna.load_study(study_name=name, storage=storage, sampler=sampler, pruner=pruner)
        was_there = True
    known = _identity_of(study) if was_there else None
    if known is None:
        study.set_user_attr("fudemoji", json.dumps(identity))
        if first:
            study.enqueue_trial(dict(first), user_attrs={"start": True})
        return study, was_there
    if differs := _differences(known, identity):
        raise SettingsError(
            f"study {name} in {without_passwords(str(storage.url))} is another one: {'; '.join(differs)}; "
            "ask for the same again, or choose another --name"
        )
    return study, was_there


def _identity_of(study: Any) -> dict[str, Any] | None:
    """What the study is about; None where whoever made it died before writing it down."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if told := study.user_attrs.get("fudemoji"):
            return dict(json.loads(told))
        if (
            study.get_trials(deepcopy=False) and "fudemoji" not in study.user_attrs
        ):  # that comes before any trial
            raise SettingsError(f"study {study.study_name} was not made by fudemoji; choose another --name")
        time.sleep(0.2)
    return None


def _differences(known: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    found = []
    for name in dict.fromkeys([*known, *asked]):
        was, now = known.get(name), asked.get(name)
        if isinstance(was, dict) and isinstance(now, dict):
            changed = {key for key in {**was, **now} if was.get(key) != now.get(key)}
            found += [
                f"{name} {key} was {was.get(key, 'not there')}, now {now.get(key, 'not there')}"
                for key in sorted(changed)
            ]
        elif was != now:
            found.append(f"{name} was {was}, now {now}")
    return found


@dataclass(frozen=True)
class SharedStudy:
    """A study that several processes take trials from; a trial's number is its own among all of them."""

    study: Any
    storage: Any
    member: Member
    space: Space
    total: int
    _distributions: dict[str, BaseDistribution] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        made = {name: distribution_of(dimension) for name, dimension in self.space.items()}
        object.__setattr__(self, "_distributions", made)

    def trials(self) -> list[FrozenTrial]:
        """All trials that count: not those given back, which are tried again under another number."""
        return [t for t in self.study.get_trials(deepcopy=False) if "given_back" not in t.user_attrs]

    def take(self) -> Trial | None:
        """The next trial, its settings drawn, or None where all are taken.

        A trial that was given back comes first. Two processes may see the last free place at the same time: each
        gets a number of its own, and the higher one makes room.
        """
        taken = [trial for trial in self.trials() if trial.state != TrialState.WAITING]
        if len(taken) >= self.total:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # heartbeats are sent by us, not by `optimize`
            trial: Trial = self.study.ask(self._distributions)
        for name, value in self.member.attributes.items():
            trial.set_user_attr(name, value)
        before = [other for other in self.trials() if other.number < trial.number]
        if len(before) >= self.total:
            trial.set_user_attr("given_back", "no place was left")
            self.study.tell(trial, state=TrialState.FAIL)
            return None
        return trial

    def settings_of(self, params: Mapping[str, Any]) -> dict[str, str]:
        """A trial's parameters as flat settings, each as the command line would write it."""
        return {
            name: params[name] if isinstance(dimension, Choices) else dimension.told(params[name])
            for name, dimension in self.space.items()
        }

    def best(self) -> FrozenTrial | None:
        """The finished trial with the highest score, the first of those alike."""
        done = [trial for trial in self.trials() if trial.state == TrialState.COMPLETE]
        return max(done, key=lambda trial: (trial.value, -trial.number), default=None)

    def is_unlucky(self) -> bool:
        """Whether the first trials ended, and all of them failed: the others would, too."""
        ended = [trial for trial in self.trials() if trial.state in _ENDED]
        return len(ended) >= min(5, self.total) and all(t.state == TrialState.FAIL for t in ended)

    def give_back(self, number: int, *, why: str, is_fault: bool) -> bool:
        """End a running trial without a result and queue its settings to be tried again; whether it was ours to end.

        Args:
            number: of the trial.
            why: kept with it.
            is_fault: whether it may have been the trial that killed its process; after three such it stays failed.
        """
        trial = self.study.get_trials(deepcopy=False)[number]
        attempt = int(trial.user_attrs.get("attempt", 1))
        ends_here = is_fault and attempt >= _MOST_ATTEMPTS
        try:
            if ends_here:
                self._note(trial, "reason", f"{why}, {attempt} times; not tried again")
            else:
                self._note(trial, "given_back", why)
            if not self.storage.set_trial_state_values(trial._trial_id, state=TrialState.FAIL):
                return False
        except UpdateFinishedTrialError:
            return False
        if not ends_here:
            marks = {"attempt": attempt + is_fault, "retry_of": number}
            marks |= {"start": True} if trial.user_attrs.get("start") else {}
            self.study.add_trial(
                optuna.trial.create_trial(
                    state=TrialState.WAITING,
                    params=trial.params,
                    distributions=trial.distributions,
                    user_attrs=marks,
                    system_attrs={k: v for k, v in trial.system_attrs.items() if k == "fixed_params"},
                )
            )
        return True

    def _note(self, trial: FrozenTrial, key: str, value: str) -> None:
        self.storage.set_trial_user_attr(trial._trial_id, key, value)

    def revive(self) -> list[int]:
        """Give back every trial whose process is dead; returns their numbers."""
        dead = [
            trial for trial in self.trials() if trial.state == TrialState.RUNNING and self._is_dead(trial)
        ]
        given = [t for t in dead if self.give_back(t.number, why="its process died", is_fault=True)]
        for trial in given:
            if trial.user_attrs.get("host") == socket.gethostname():
                Path(trial.user_attrs["lock"]).unlink(missing_ok=True)
        return [trial.number for trial in given]

    def _is_dead(self, trial: FrozenTrial) -> bool:
        """On this machine by the lock that a living process holds, elsewhere by signs of life."""
        lock = Path(trial.user_attrs.get("lock", ""))
        if trial.user_attrs.get("host") == socket.gethostname() and lock.is_file():
            return not is_held(lock)
        if trial._trial_id in self.storage._get_stale_trial_ids(self.study._study_id):
            return True
        silent = time.time() - trial.datetime_start.timestamp() if trial.datetime_start else 0.0
        return "host" not in trial.user_attrs and silent > GRACE_SECONDS


def distribution_of(dimension: Dimension) -> BaseDistribution:
    """A dimension as Optuna knows it."""
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.values)
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def parameter_of(dimension: Dimension, value: object) -> Any:
    """A setting's value as a parameter of the dimension, or None where it lies outside."""
    told = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(dimension, Choices):
        return told if told in dimension.values else None
    if not told.endswith(dimension.unit):
        return None
    try:
        number = float(told.removesuffix(dimension.unit))
    except ValueError:
        return None
    if not dimension.low <= number <= dimension.high or (dimension.whole and number != int(number)):
        return None
    return int(number) if dimension.whole else number
