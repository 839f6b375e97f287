"""Finished runs as variants: those with equal settings but for the seed belong together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fudemoji.comparison.variants import Candidate, flat
from fudemoji.config import FLAGS, RECIPES, Settings
from fudemoji.errors import RunError
from fudemoji.runs import Run

__all__ = ["group_runs"]

_NO_DIFFERENCE = ("seed", "device", "checkpoint_minutes", "cache_dir", "cache_gb", "data_dir", "data")
_MOST_IN_NAME = 3


def group_runs(runs: Sequence[Run]) -> list[tuple[Candidate, list[Run]]]:
    """The runs of each variant, one a seed, with a name that says what sets it apart.

    Raises:
        RunError: a run is there twice, or two of one variant have the same seed.
    """
    groups: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        if [other.path.resolve() for other in runs].count(run.path.resolve()) > 1:
            raise RunError(f"{run.path} is given twice; leave one out")
        groups.setdefault(_key(run), []).append(run)
    for group in groups.values():
        _check_seeds(group)
    names = _names(list(groups.values()))
    return [
        (Candidate(name, name, group[0].settings().recipe, {}, {}), group)
        for name, group in zip(names, groups.values(), strict=True)
    ]


def _key(run: Run) -> tuple[Any, ...]:
    sheet = run.sheet()
    values = _comparable(run.settings())
    return (str(sheet.get("name")), str(sheet.get("source")), *(str(value) for value in values.values()))


def _comparable(settings: Settings) -> dict[str, Any]:
    """What makes two runs variants of their own; a rate that was found for each run is `auto` again."""
    values = {name: value for name, value in flat(settings).items() if name not in _NO_DIFFERENCE}
    recipe = RECIPES.get(settings.recipe)
    if "lr" not in settings.given and recipe and recipe.optim.lr == "auto":
        values["lr"] = "auto"
    return values


def _check_seeds(group: Sequence[Run]) -> None:
    seen: dict[int, Run] = {}
    for run in group:
        seed = run.settings().loop.seed
        if seed in seen:
            raise RunError(
                f"{seen[seed].path} and {run.path} have the same settings and seed {seed}: "
                "there is nothing to compare; leave one out"
            )
        seen[seed] = run


def _names(groups: Sequence[Sequence[Run]]) -> list[str]:
    """The recipes if they tell the groups apart, else what differs, else the first run's name."""
    settings = [group[0].settings() for group in groups]
    if len(set(recipes := [one.recipe for one in settings])) == len(groups):
        return recipes
    values = [_comparable(one) for one in settings]
    differing = [name for name in FLAGS if len({str(of.get(name)) for of in values}) > 1]
    if differing and len(differing) <= _MOST_IN_NAME:
        return [" ".join(f"{name}={of[name]}" for name in differing) for of in values]
    names = [group[0].name for group in groups]
    return names if len(set(names)) == len(names) else [str(group[0].path) for group in groups]
