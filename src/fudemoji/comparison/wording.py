"""What a comparison is called, and the command line that makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from fudemoji.comparison.plan import Plan
from fudemoji.comparison.recommendation import MARGIN
from fudemoji.comparison.variants import Candidate

__all__ = ["command_of_plan", "command_of_runs", "title_of"]


def command_of_plan(plan: Plan, folder: Path, margin: float) -> str:
    """The command line that goes on, or compares again."""
    first = plan.candidates[0]
    words = ["fudemoji", "compare", plan.data]
    recipes = list(dict.fromkeys(candidate.recipe for candidate in plan.candidates))
    models = list(dict.fromkeys(c.values["model"] for c in plan.candidates if "model" in c.values))
    common = {name: value for name, value in first.values.items() if name not in first.tried}
    words += ["--recipes", *recipes] if len(recipes) > 1 else ["--recipe", recipes[0]]
    if len(models) > 1 and "model" not in first.tried:
        words += ["--models", *models]
        common.pop("model")
    if first.tried:
        words += ["--vary"]
        for name in first.tried:
            values = dict.fromkeys(candidate.tried[name] for candidate in plan.candidates)
            words.append(f"{name}={','.join(values)}")
    words += ["--seeds", str(len(plan.seeds))]
    words += ["--seed", str(plan.seeds[0])] if plan.seeds[0] else []
    for name, value in common.items():
        flag = name.replace("_", "-")
        words += (
            [f"--{flag}" if value else f"--no-{flag}"]
            if isinstance(value, bool)
            else [f"--{flag}", str(value)]
        )
    return shlex.join([*words, *_ending(folder, margin)])


def command_of_runs(runs: Sequence[Path], folder: Path, margin: float) -> str:
    """The command line that looks at the same runs again."""
    words = ["fudemoji", "compare", *map(str, runs), *_ending(folder, margin)]
    return shlex.join(words)


def _ending(folder: Path, margin: float) -> list[str]:
    words = ["--margin", f"{100 * margin:g}"] if margin != MARGIN else []
    return [*words, "--output", str(folder.parent), "--name", folder.name]


def title_of(candidates: Sequence[Candidate], sets: Sequence[str]) -> str:
    """What is compared, on what."""
    contenders = list(dict.fromkeys(candidate.contender for candidate in candidates))
    where = " and ".join(sets)
    if len(contenders) == 1:
        return f"{' and '.join(candidates[0].tried) or contenders[0]} on {where}"
    names = (
        f"{', '.join(contenders[:-1])} and {contenders[-1]}"
        if len(contenders) < 4
        else f"{len(contenders)} ways"
    )
    return f"{names} on {where}"
