"""What is to be compared: recipes, models and values of settings, as one grid of ways to train."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fudemoji.config import FLAGS, Settings, resolve
from fudemoji.errors import SettingsError, did_you_mean

__all__ = ["Candidate", "Vary", "candidates_of", "flat", "parse_vary"]

Vary = str | Sequence[str] | Mapping[str, Sequence[Any]]

# what must be one for all that is compared: the images, and who draws what
_OF_ALL = {
    "data": "it is given before the options",
    "data_dir": "all are trained on the same images",
    "fonts": "all are trained on the same images",
    "valid": "all have the same cut",
    "seed": "--seeds says how many",
    "cache_dir": "it changes nothing",
    "cache_gb": "it changes nothing",
}


@dataclass(frozen=True)
class Candidate:
    """One way to train; all seeds share it.

    Attributes:
        name: what sets it apart.
        contender: the recipe or model it belongs to; what was tried for one contender is chosen among first.
        recipe: the settings to start from.
        values: settings over the recipe's, by flat name, without the seed.
        tried: those of them that are varied.
    """

    name: str
    contender: str
    recipe: str
    values: dict[str, Any]
    tried: dict[str, str]

    def settings(self, *, seed: int) -> Settings:
        """The settings of one training.

        Raises:
            SettingsError: they are wrong or exclude each other; the message says in which candidate.
        """
        try:
            return resolve(self.recipe, {**self.values, "seed": seed})
        except SettingsError as error:
            raise SettingsError(f"{self.name}: {error}" if self.tried else str(error)) from error


def parse_vary(vary: str) -> tuple[str, tuple[str, ...]]:
    """The setting and its values in `NAME=VALUE,VALUE`.

    Raises:
        SettingsError: no such form or setting, fewer than two values, one twice, or a setting that all share.

    >>> parse_vary("sched=constant,one-cycle")
    ('sched', ('constant', 'one-cycle'))
    """
    name, _, text = vary.partition("=")
    name = name.strip().replace("-", "_")
    values = tuple(value.strip() for value in text.split(",") if value.strip())
    _check_vary(name, values, told=f"--vary {vary}")
    return name, values


def _check_vary(name: str, values: Sequence[Any], *, told: str) -> None:
    if name not in FLAGS:
        raise SettingsError(
            f"{told}: unknown setting '{name}'{did_you_mean(name, FLAGS)}; write NAME=VALUE,VALUE"
        )
    if name in _OF_ALL:
        raise SettingsError(f"{told}: {name} cannot be varied: {_OF_ALL[name]}; choose another setting")
    if len(values) < 2 or len(set(values)) < len(values):
        raise SettingsError(f"{told}: two different values or more are compared; write NAME=VALUE,VALUE")


def _varied(vary: Vary) -> dict[str, tuple[Any, ...]]:
    """The varied settings with their values, in order."""
    if isinstance(vary, Mapping):
        for name, values in vary.items():
            _check_vary(name, values, told=f"vary {name}")
        return {name: tuple(values) for name, values in vary.items()}
    parsed = [parse_vary(one) for one in ([vary] if isinstance(vary, str) else vary)]
    if twice := [name for name, _ in parsed if [other for other, _ in parsed].count(name) > 1]:
        raise SettingsError(f"--vary {twice[0]} is given twice; write all its values behind one")
    return dict(parsed)


def candidates_of(
    *,
    recipes: Sequence[str] = (),
    models: Sequence[str] = (),
    vary: Vary = (),
    recipe: str = "quick",
    values: Mapping[str, Any] | None = None,
) -> list[Candidate]:
    """The whole grid: every recipe with every model and every value of each varied setting.

    Args:
        recipes: to compare; `recipe` alone where there are none.
        models: to compare; those of the recipes where there are none.
        vary: `NAME=VALUE,VALUE`, several of them, or a dict of values by name.
        recipe: the settings to start from where there are no `recipes`.
        values: settings for all alike, by flat name.

    Raises:
        SettingsError: nothing is varied, something is twice, or a setting is wrong in one of them.

    >>> [candidate.name for candidate in candidates_of(models=["mlp", "cnn"], vary="lr=0.01,0.001")]
    ['mlp lr=0.01', 'mlp lr=0.001', 'cnn lr=0.01', 'cnn lr=0.001']
    """
    given = {name: value for name, value in (values or {}).items() if value is not None}
    varied = _varied(vary)
    _check_names("recipe", recipes)
    _check_names("model", models)
    if recipes and recipe != "quick":
        raise SettingsError(
            f"--recipe {recipe} is the start where no --recipes are compared; leave one of them out"
        )
    if models and "model" in varied:
        raise SettingsError("--vary model and --models say the same; leave one of them out")
    for name in (*varied, *(["model"] if models else [])):
        if name in given:
            option = f"--vary {name}" if name in varied else "--models"
            raise SettingsError(f"{option}: {name} is given as well; leave one of them out")
    found = [
        Candidate(
            name=" ".join([*contender, *(f"{name}={value}" for name, value in tried.items())]),
            contender=" ".join(contender),
            recipe=start,
            values={**given, **({"model": model} if model else {}), **tried},
            tried={name: str(value) for name, value in tried.items()},
        )
        for start in recipes or [recipe]
        for model in models or [""]
        for tried in _grid(varied)
        for contender in [[*([start] if recipes else []), *([model] if model else [])]]
    ]
    if len(found) < 2:
        raise SettingsError(
            "nothing to compare; give --recipes A B, --models A B, --vary NAME=VALUE,VALUE, or several run folders"
        )
    for candidate in found:
        candidate.settings(seed=0)
    return found


def _check_names(what: str, names: Sequence[str]) -> None:
    if twice := [name for name in names if list(names).count(name) > 1]:
        raise SettingsError(f"--{what}s: {what} '{twice[0]}' is there twice")


def _grid(varied: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [
        dict(zip(varied, combination, strict=True)) for combination in itertools.product(*varied.values())
    ]


def flat(settings: Settings) -> dict[str, Any]:
    """Every setting by its flat name, as JSON has it."""
    content = settings.model_dump(mode="json")
    return {name: content[flag.section][flag.field] for name, flag in FLAGS.items()}
