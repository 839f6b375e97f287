"""One setting varied, everything else alike: the trainings, and the page that sets them side by side."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fudemoji.config import FLAGS, resolve
from fudemoji.data import ImageSet
from fudemoji.errors import RunError, SettingsError, did_you_mean
from fudemoji.report.comparison import Variant, read_variant, write_comparison
from fudemoji.runs import Run, free_path, open_run
from fudemoji.trackers import TerminalTracker, Tracker
from fudemoji.training import fit

__all__ = ["compare", "parse_vary"]

_BUDGET = (
    "epochs",
    "least_steps",
    "batch_size",
    "seed",
    "data",
)  # one for all variants, or nothing is compared


def parse_vary(vary: str) -> tuple[str, tuple[str, ...]]:
    """The setting and its values in `NAME=VALUE,VALUE`.

    Raises:
        SettingsError: no such form or setting, fewer than two values, one twice, or a setting that is the budget.

    >>> parse_vary("sched=constant,one-cycle")
    ('sched', ('constant', 'one-cycle'))
    """
    name, _, text = vary.partition("=")
    name = name.strip().replace("-", "_")
    values = tuple(value.strip() for value in text.split(",") if value.strip())
    if name not in FLAGS:
        raise SettingsError(
            f"--vary {vary}: unknown setting '{name}'{did_you_mean(name, FLAGS)}; write NAME=VALUE,VALUE"
        )
    if name in _BUDGET:
        raise SettingsError(
            f"--vary {vary}: {name} is the same for all that is compared; choose another setting"
        )
    if len(values) < 2 or len(set(values)) < len(values):
        raise SettingsError(
            f"--vary {vary}: two different values or more are compared; write NAME=VALUE,VALUE"
        )
    return name, values


def compare(
    data: ImageSet | str = "kana",
    *,
    vary: str,
    seeds: int = 1,
    recipe: str = "quick",
    output: str | Path = "runs",
    name: str | None = None,
    trackers: Sequence[Tracker] | None = None,
    say: Callable[[str], None] = lambda _: None,
    **values: Any,
) -> Path:
    """Train once for each value of a setting and each seed, and write compare.html and compare.json.

    The set is cut alike for all of a seed, and all have the same steps and images a step. The runs lie in the folder
    beside the page, each whole, under `SETTING=VALUE-SEED`.

    Args:
        data: a set, a name of the catalogue, or the path of one.
        vary: the setting and its values, `sched=constant,one-cycle`.
        seeds: how many; from the given `seed` on, 0 where there is none.
        recipe: the settings to start from.
        output: the folder around the comparison's own.
        name: of that folder; made up where None.
        trackers: called with every event; a table on stderr where None.
        say: called with a line before each training.
        values: settings by their flat names, for all variants alike.

    Returns:
        The path of compare.html.

    Raises:
        SettingsError: a wrong setting, in any variant; nothing was trained.
        DataError, RunError, TrainingFailed, Interrupted: as `fit`.
    """
    setting, choices = parse_vary(vary)
    if setting in {key for key, value in values.items() if value is not None}:
        raise SettingsError(f"--vary {vary}: {setting} is given as well; leave one of them out")
    first = int(values.pop("seed", None) or 0)
    for choice in choices:
        resolve(recipe, {**values, setting: choice})
    name = name or _made_up(data if isinstance(data, str) else data.name, setting)
    if (Path(output) / name).exists():
        raise RunError(f"{Path(output) / name} exists; choose another --name, or remove it")
    folder = free_path(Path(output), name)
    runs: dict[str, list[Run]] = {f"{setting}={choice}": [] for choice in choices}
    for seed in range(first, first + seeds):
        for choice in choices:
            variant = f"{setting}={choice}"
            say(f"{variant}, seed {seed}")
            finished = fit(
                data,
                recipe=recipe,
                output=folder,
                name=f"{variant.replace('/', '-')}-{seed}",
                trackers=[TerminalTracker()] if trackers is None else trackers,
                **{**values, setting: choice, "seed": seed},
            )
            runs[variant].append(open_run(finished.run))
    return _written(folder, [read_variant(variant, of) for variant, of in runs.items()], setting, first)


def _written(folder: Path, variants: Sequence[Variant], setting: str, first_seed: int) -> Path:
    one = open_run(variants[0].runs[0])
    sheet, settings = one.sheet(), one.settings()
    budgets = {(variant.total_steps, variant.images_per_step) for variant in variants}
    if len(budgets) > 1:
        raise RunError(
            f"{folder}: the variants had different budgets, {sorted(budgets)} steps and images a step"
        )
    ((steps, batch),) = budgets
    facts = {
        "data": sheet["name"],
        "varied": setting,
        "recipe": settings.recipe,
        "steps": steps,
        "images a step": batch,
        "seeds": f"{first_seed} to {first_seed + len(variants[0].runs) - 1}",
    }
    if setting != "model":
        facts["model"] = settings.model.name
    return write_comparison(folder, title=f"{setting} on {sheet['name']}", variants=variants, facts=facts)


def _made_up(data: str, setting: str) -> str:
    day = datetime.datetime.now().astimezone().date().isoformat()
    return f"{day}-{Path(data).name}-{setting}-{secrets.token_hex(2)[:3]}"
