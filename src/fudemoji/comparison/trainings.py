"""The trainings of a plan, one after the other; those that are done stay, one that was broken off goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fudemoji.comparison.plan import Plan, folder_name
from fudemoji.comparison.variants import Candidate
from fudemoji.data import ImageSet
from fudemoji.engine.memory import forget_peaks
from fudemoji.errors import Interrupted, TrainingFailed
from fudemoji.runs import Run
from fudemoji.trackers import Tracker
from fudemoji.training import fit, resume
from fudemoji.training.sources import Progress
from fudemoji.training.workbench import Workbench

__all__ = ["Training", "check_all", "train_all"]


@dataclass(frozen=True)
class Training:
    """One training of a plan; `failure` says why it did not end, and is empty where it did."""

    candidate: Candidate
    seed: int
    run: Run
    failure: str = ""


def check_all(plan: Plan, data: ImageSet | str, *, progress: Progress | None = None) -> None:
    """Tell what cannot be trained before anything is.

    Args:
        plan: the trainings.
        data: the set.
        progress: called with the files decoded so far, and all, where the set is decoded for the first time.

    Raises:
        SettingsError, DataError: as `fit`.
    """
    given = data if isinstance(data, ImageSet) else None
    for candidate in plan.candidates:
        settings = candidate.settings(seed=plan.seeds[0])
        if given is None:
            source = settings.data.model_copy(update={"source": data})
            settings = settings.model_copy(update={"data": source})
        bench = Workbench.of(settings, given, progress=progress)
        if isinstance(size := bench.settings.loop.batch_size, int):
            bench.batches(size)
        given = bench.data if given is None and _is_alike(plan) else given


def _is_alike(plan: Plan) -> bool:
    """Whether one look at the set serves all candidates: none decodes its images otherwise."""
    how = ("size", "fit", "frames", "clip_sampling", "weights", "pretrained")
    return not any(name in candidate.tried for candidate in plan.candidates for name in how)


def train_all(
    plan: Plan,
    folder: Path,
    data: ImageSet | str,
    *,
    trackers: Sequence[Tracker | str] | None,
    say: Callable[[str], None],
) -> list[Training]:
    """Train, go on, or keep, as each needs.

    Raises:
        SettingsError, DataError, RunError: as `fit`.
        Interrupted: what is done stays; the same call goes on.
    """
    done, total = [], len(plan.candidates) * len(plan.seeds)
    for number, (candidate, seed) in enumerate(plan.trainings(), start=1):
        run = Run(folder / folder_name(candidate, seed))
        told = f"{candidate.name}, seed {seed} ({number} of {total})"
        try:
            failure = _one(candidate, seed, run, data, trackers=trackers, say=_saying(say, told))
        except Interrupted as error:
            raise Interrupted(
                f"{error.args[0].partition(';')[0]} of {candidate.name}, seed {seed}; "
                f"go on with the same command and --name {folder.name}"
            ) from error
        done.append(Training(candidate, seed, run, failure))
    return done


def _saying(say: Callable[[str], None], start: str) -> Callable[[str], None]:
    return lambda rest: say(start + rest)


def _one(
    candidate: Candidate,
    seed: int,
    run: Run,
    data: ImageSet | str,
    *,
    trackers: Sequence[Tracker | str] | None,
    say: Callable[[str], None],
) -> str:
    """Why it failed, or nothing."""
    is_there = (run.path / "config.json").is_file()
    if is_there and run.read_json("status").get("state") == "finished":
        say(": is there")
        return ""
    say(": goes on" if is_there else "")
    forget_peaks()
    try:
        if is_there:
            resume(run.path, data=data if isinstance(data, ImageSet) else None, trackers=trackers)
        else:
            values = {**candidate.values, "seed": seed}
            fit(
                data,
                recipe=candidate.recipe,
                output=run.path.parent,
                name=run.name,
                trackers=trackers,
                **values,
            )
    except TrainingFailed as error:
        say(f": failed: {error}")
        return str(run.read_json("status").get("reason", error)) if run.path.exists() else str(error)
    return ""
