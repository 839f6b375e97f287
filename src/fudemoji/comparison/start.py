"""Comparing recipes, models, settings or finished runs, from the question to the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from fudemoji.comparison.assembly import Group, assemble
from fudemoji.comparison.grouping import group_runs
from fudemoji.comparison.measuring import Measured, check_finished, measure
from fudemoji.comparison.plan import Plan, made_up_name, plan_folder
from fudemoji.comparison.recommendation import MARGIN
from fudemoji.comparison.samples import choose_images
from fudemoji.comparison.trainings import check_all, train_all
from fudemoji.comparison.variants import Candidate, Vary, candidates_of
from fudemoji.comparison.wording import command_of_plan, command_of_runs, title_of
from fudemoji.config import resolve
from fudemoji.data import CATALOG, ImageSet
from fudemoji.errors import RunError, SettingsError
from fudemoji.locks import folder_lock
from fudemoji.report.compared.page import write_comparison
from fudemoji.runs import Run, describe_environment, open_run
from fudemoji.trackers import DISPLAY, Tracker, decoding_bar

__all__ = ["compare"]


def compare(
    *sources: ImageSet | str | Path,
    recipes: Sequence[str] = (),
    models: Sequence[str] = (),
    vary: Vary = (),
    seeds: int = 1,
    recipe: str = "quick",
    margin: float = MARGIN,
    output: str | Path = "runs",
    name: str | None = None,
    trackers: Sequence[Tracker | str] | None = None,
    say: Callable[[str], None] = lambda _: None,
    **values: Any,
) -> Path:
    """Train several ways with several seeds, or take finished runs, and write compare.html and compare.json.

    A folder that is there goes on: what is trained is kept, what was interrupted is resumed, if the plan is the same.
    The runs lie in the folder beside the page, each whole.

    Args:
        sources: one set (itself, its name, or its path; kana where none is given), or several finished runs.
        recipes: to compare.
        models: to compare.
        vary: settings to vary and their values, all combined: `lr=0.01,0.001`, several such, or a dict.
        seeds: how many of each; from the given `seed` on, 0 where there is none.
        recipe: the settings to start from, without `recipes`.
        margin: a share; a smaller difference in accuracy is not worth a dearer model.
        output: the folder around the comparison's own.
        name: of that folder; made up where None.
        trackers: as for `fit`, of every training.
        say: called with a line before each training.
        values: settings by their flat names, for all alike.

    Returns:
        The path of compare.html.

    Raises:
        SettingsError: a wrong setting, in any of them; nothing was trained.
        RunError: the folder was planned otherwise; a run is not finished, damaged, or there twice.
        DataError, Interrupted: as `fit`. A training that fails is told of on the page.
    """
    if not 0 <= margin < 1:
        raise SettingsError(f"margin is {margin}, expected a share from 0 up to 1 (0.002 is 0.2 points)")
    if seeds < 1:
        raise SettingsError(f"seeds is {seeds}, expected 1 or more")
    given = {key: value for key, value in values.items() if value is not None}
    if _are_runs(sources):
        _refuse_settings(recipes, models, vary, given, trackers)
        runs = [open_run(source) for source in sources if isinstance(source, str | Path)]
        return _compare_runs(runs, output=Path(output), name=name, margin=margin, say=say)
    data = sources[0] if sources else "kana"
    data = str(data) if isinstance(data, Path) else data
    first = resolve(values={"seed": given.pop("seed", None)}).loop.seed
    candidates = candidates_of(recipes=recipes, models=models, vary=vary, recipe=recipe, values=given)
    plan = Plan(_identity(data), tuple(candidates), tuple(range(first, first + seeds)))
    what = "recipes" if recipes else "models" if models else "-".join(candidates[0].tried)
    if name is None:
        name = made_up_name(data if isinstance(data, str) else data.name, what)
    return _compare_trainings(
        plan, data, output=Path(output), name=name, margin=margin, trackers=trackers, say=say
    )


def _are_runs(sources: Sequence[ImageSet | str | Path]) -> bool:
    """Whether finished runs are to be compared.

    Raises:
        RunError, SettingsError: a single run, or a set among several sources.
    """
    paths = [Path(source) for source in sources if isinstance(source, str | Path)]
    are_runs = [(path / "config.json").is_file() for path in paths]
    if len(sources) == 1 and any(are_runs):
        raise RunError(f"{paths[0]} is one run; give another one to compare it with")
    if len(sources) < 2:
        return False
    if len(paths) < len(sources) or any(str(path) in CATALOG for path in paths):
        raise SettingsError(
            "one set is trained on, or several finished runs are compared; write SET before the options"
        )
    return True


def _refuse_settings(
    recipes: Sequence[str],
    models: Sequence[str],
    vary: Vary,
    values: Mapping[str, Any],
    trackers: Sequence[Tracker | str] | None,
) -> None:
    asked = {"recipes": recipes, "models": models, "vary": vary, "tracker": _names_one(trackers)}
    given = [name for name, one in asked.items() if one]
    if given := given + list(values):
        raise SettingsError(f"{given[0]} is for trainings; finished runs are compared as they are")


def _names_one(trackers: Sequence[Tracker | str] | None) -> bool:
    """Whether a tracker was asked for, beyond the display."""
    return any(one != DISPLAY for one in trackers or ())


def _identity(data: ImageSet | str) -> str:
    """What a plan calls the set: its name in the catalogue, its path, or its name and the start of its fingerprint."""
    if isinstance(data, ImageSet):
        return f"{data.name} ({data.fingerprint[:16]})"
    return data if data in CATALOG else str(Path(data).expanduser().resolve())


def _compare_trainings(
    plan: Plan,
    data: ImageSet | str,
    *,
    output: Path,
    name: str,
    margin: float,
    trackers: Sequence[Tracker | str] | None,
    say: Callable[[str], None],
) -> Path:
    if not (output / name / "plan.json").is_file():
        with decoding_bar() if trackers is None or DISPLAY in trackers else nullcontext() as bar:
            check_all(plan, data, progress=bar)
    folder, is_there = plan_folder(output, name, plan)
    with _alone_in(folder):
        total = f"{len(plan.candidates)} variants x {len(plan.seeds)} seeds"
        say(f"{folder}: {total}{', going on' if is_there else ''}")
        given = data if isinstance(data, ImageSet) else None
        done = train_all(plan, folder, data, trackers=trackers, say=say)
        groups = []
        for candidate in plan.candidates:
            ours = [training for training in done if training.candidate is candidate]
            measured = _measure_all(
                [training.run for training in ours if not training.failure], folder, data=given, say=say
            )
            failures = tuple(f"seed {t.seed}: {t.failure}" for t in ours if t.failure)
            groups.append(Group(_named(candidate), tuple(measured), failures))
        return _written(
            folder, groups, margin=margin, command=command_of_plan(plan, folder, margin), data=given
        )


def _named(candidate: Candidate) -> Candidate:
    """A lone contender is called by its recipe."""
    if candidate.contender:
        return candidate
    return Candidate(candidate.name, candidate.recipe, candidate.recipe, candidate.values, candidate.tried)


def _compare_runs(
    runs: Sequence[Run], *, output: Path, name: str | None, margin: float, say: Callable[[str], None]
) -> Path:
    grouped = group_runs(runs)
    for run in runs:
        check_finished(run)
    plan = Plan(runs=tuple(str(run.path.resolve()) for run in runs))
    folder, _ = plan_folder(output, name or made_up_name(str(grouped[0][1][0].name), "compared"), plan)
    with _alone_in(folder):
        groups = [
            Group(candidate, tuple(_measure_all(of, folder, data=None, say=say))) for candidate, of in grouped
        ]
        command = command_of_runs([run.path for run in runs], folder, margin)
        return _written(folder, groups, margin=margin, command=command, data=None)


def _measure_all(
    runs: Sequence[Run], folder: Path, *, data: ImageSet | None, say: Callable[[str], None]
) -> list[Measured]:
    return [
        measure(run, keep=folder / "measured" / f"{_key(run, folder)}.npz", data=data, say=say)
        for run in runs
    ]


def _key(run: Run, folder: Path) -> str:
    """A file name for what was measured of a run, also where two of the same name come from different folders."""
    if run.path.parent == folder:
        return run.name
    return f"{run.path.resolve().parent.name}-{run.name}"


def _alone_in(folder: Path) -> Any:
    return folder_lock(folder, refusal=RunError(f"{folder} is being compared in another process"))


def _written(
    folder: Path, groups: Sequence[Group], *, margin: float, command: str, data: ImageSet | None
) -> Path:
    first = next((run for group in groups for run in group.runs), None)
    if first is None:
        failures = "; ".join(f"{g.candidate.name}: {failure}" for g in groups for failure in g.failures)
        raise RunError(f"{folder}: every training failed ({failures})")
    found = assemble(
        groups,
        title=title_of(
            [group.candidate for group in groups],
            sorted({run.set_id.name for group in groups for run in group.runs}),
        ),
        command=command,
        margin=margin,
        versions={k: str(v) for k, v in describe_environment()["versions"].items() if v},
    )
    return write_comparison(folder, found, first=first.run, samples=choose_images(folder, first.run, data))
