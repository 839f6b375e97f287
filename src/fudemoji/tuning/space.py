"""What a search may change: for each setting a list of choices or an interval, checked before anything is trained."""

from __future__ import annotations

import itertools
import json
import math
import tomllib
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fudemoji.config import FLAGS, Duration, Settings, resolve
from fudemoji.errors import SettingsError, did_you_mean

__all__ = ["Choices", "Dimension", "Interval", "Space", "check_space", "read_space"]

# Trials that differ in these would not be comparable, or would not differ at all.
_FIXED: dict[str, str] = {
    **dict.fromkeys(
        (name for name, flag in FLAGS.items() if flag.section == "data" and name != "pixels"),
        "all trials are measured on the same images",
    ),
    "seed": "a seed is no setting to choose by its score",
    "weights": "all trials start from the same weights",
    "pretrained": "all trials start from the same weights",
    "test_shifts": "no trial is tested",
    "validate_every": "trials are compared at the same shares of their course",
    "device": "it does not change what is learnt",
    "compile": "it does not change what is learnt",
    "checkpoint_minutes": "it does not change what is learnt",
}
_FORMS = "A,B,C (choices), LOW:HIGH or log:LOW:HIGH"
_MOST_COMBINATIONS = 200  # of choices, in which a value is looked for a place


@dataclass(frozen=True)
class Choices:
    """A setting that takes one of several values, as the command line would write them."""

    name: str
    values: tuple[str, ...]

    @property
    def samples(self) -> tuple[str, ...]:
        """Values that show whether the dimension is allowed: all of them."""
        return self.values

    def __str__(self) -> str:
        return f"{self.name}={','.join(self.values)}"


@dataclass(frozen=True)
class Interval:
    """A setting between two ends, both included; whole numbers where the setting takes only these.

    Attributes:
        name: flat name of the setting.
        low, high: the ends.
        log: whether each power of ten is as likely as the next.
        whole: whether only whole numbers are meant.
        unit: of a duration: ep, st or %; empty for a number.
    """

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False
    unit: str = ""

    @property
    def samples(self) -> tuple[str, ...]:
        """Values that show whether the dimension is allowed: both ends."""
        return self.told(self.low), self.told(self.high)

    def told(self, value: float) -> str:
        """A value of the interval as the command line writes it; seven digits hold it for good.

        >>> Interval("epochs", 5, 20, whole=True, unit="ep").told(7)
        '7ep'
        """
        return f"{int(value) if self.whole else f'{value:.7g}'}{self.unit}"

    def __str__(self) -> str:
        return f"{self.name}={'log:' if self.log else ''}{self.told(self.low)}:{self.told(self.high)}"


Dimension = Choices | Interval
Space = Mapping[str, Dimension]


def read_space(entries: Iterable[str]) -> dict[str, Dimension]:
    """The space that `NAME=RANGE` entries describe, several of them in one text, or a .toml or .json file of them.

    Raises:
        SettingsError: no such setting, one that cannot be searched, one twice, or a range of another form; all of
            them together. Also a file that is missing or damaged.

    >>> [str(dimension) for dimension in read_space(["lr=log:1e-4:0.1 batch_size=32,64"]).values()]
    ['lr=log:0.0001:0.1', 'batch_size=32,64']
    """
    space: dict[str, Dimension] = {}
    wrong: list[str] = []
    for name, told in _pairs(entries):
        try:
            if name in space:
                raise SettingsError(f"{name} is in the space twice")
            space[name] = _dimension(name, told)
        except SettingsError as error:
            wrong.append(str(error))
    if wrong:
        raise SettingsError("; ".join(wrong))
    return space


def _pairs(entries: Iterable[str]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        if "=" not in entry and entry.endswith((".toml", ".json")):
            yield from _pairs_of_file(Path(entry).expanduser())
            continue
        for part in entry.split():
            name, equals, told = part.partition("=")
            if not equals:
                raise SettingsError(f"'{part}' is no range of a setting; write NAME={_FORMS}, or give a file")
            yield name.strip().replace("-", "_"), told.strip()


def _pairs_of_file(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise SettingsError(f"the space {path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"the space {path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"the space {path} is no table of settings and ranges")
    for name, told in content.items():
        text = ",".join(_plain(value) for value in told) if isinstance(told, list) else _plain(told)
        yield name.replace("-", "_"), text


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _dimension(name: str, told: str) -> Dimension:
    if name not in FLAGS:
        raise SettingsError(f"unknown setting '{name}' in the space{did_you_mean(name, FLAGS)}")
    if name in _FIXED:
        raise SettingsError(f"{name} cannot be searched: {_FIXED[name]}")
    kind = _kind(name)
    parts = told.removeprefix("log:").split(":")
    if len(parts) == 2 and kind != "other":
        return _interval(name, parts, kind=kind, log=told.startswith("log:"))
    choices = tuple(value.strip() for value in told.split(",") if value.strip())
    if ":" in told or not choices:
        raise SettingsError(f"{name}={told} is no range; write {name}={_FORMS}")
    if len(choices) < 2 or len(set(choices)) < len(choices):
        raise SettingsError(
            f"{name}={told}: two different choices or more are needed; to fix it, give its flag"
        )
    return Choices(name, choices)


def _kind(name: str) -> Literal["whole", "real", "duration", "other"]:
    """What a setting's field takes."""
    flag = FLAGS[name]
    section = Settings.model_fields[flag.section].annotation
    assert section is not None
    taken = set(_types(section.model_fields[flag.field].annotation))
    if Duration in taken:
        return "duration"
    if bool in taken or str in taken:
        return "other"
    return "real" if float in taken else "whole" if int in taken else "other"


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in typing.get_args(annotation):
        yield from _types(inner)


def _interval(name: str, parts: list[str], *, kind: str, log: bool) -> Interval:
    low, high, unit = _ends(name, parts, kind=kind)
    told = f"{name}={'log:' if log else ''}{':'.join(parts)}"
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise SettingsError(f"{told}: the first end must lie below the second")
    if log and low <= 0:
        raise SettingsError(f"{told}: a logarithmic range starts above 0")
    if kind == "whole" and (low != int(low) or high != int(high)):
        raise SettingsError(f"{told}: {name} takes whole numbers only")
    whole = kind == "whole" or (kind == "duration" and low == int(low) and high == int(high))
    return Interval(name, low, high, log=log, whole=whole, unit=unit)


def _ends(name: str, parts: list[str], *, kind: str) -> tuple[float, float, str]:
    try:
        if kind != "duration":
            return float(parts[0]), float(parts[1]), ""
        low, high = Duration.parse(parts[0]), Duration.parse(parts[1])
    except ValueError as error:
        raise SettingsError(f"{name}={':'.join(parts)} is no range: {error}") from None
    if low.unit != high.unit:
        raise SettingsError(f"{name}={':'.join(parts)}: both ends must have the same unit")
    return low.amount, high.amount, low.unit


def check_space(space: Space, *, recipe: str, values: Mapping[str, Any]) -> None:
    """Check every choice and both ends of every interval with the settings' own checks.

    A value that clashes with some choices of other dimensions is allowed, as long as there are others with which it
    does not; such trials fail one by one.

    Raises:
        SettingsError: a setting both given and searched; values that are wrong whatever the others are; an empty space.
    """
    if not space:
        raise SettingsError(
            "there is nothing to search; give a range, as `fudemoji tune kana lr=log:1e-4:0.1`"
        )
    if both := [name for name in space if values.get(name) is not None]:
        raise SettingsError(f"{', '.join(both)}: given and searched as well; leave one of them out")
    resolve(recipe, values)
    wrong: dict[str, None] = {}
    for dimension in space.values():
        for value in dimension.samples:
            if reason := _refusal(dimension.name, value, space, recipe=recipe, values=values):
                wrong[reason] = None
    if wrong:
        raise SettingsError("; ".join(wrong))


def _refusal(name: str, value: str, space: Space, *, recipe: str, values: Mapping[str, Any]) -> str | None:
    """Why a value is wrong, or None where it is right with some choices of the other dimensions."""
    others = [dimension for dimension in space.values() if dimension.name != name]
    names = [dimension.name for dimension in others]
    reasons = []
    tried = itertools.product(*(dimension.samples for dimension in others))
    for combination in itertools.chain([()], itertools.islice(tried, _MOST_COMBINATIONS)):
        chosen = dict(zip(names, combination, strict=False))
        try:
            resolve(recipe, {**values, **chosen, name: value})
        except SettingsError as error:
            reasons.append(str(error))
        else:
            return None
    return reasons[0]
