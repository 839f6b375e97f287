"""What a study has found so far, as plain values: what tune.json holds and the page shows."""

from __future__ import annotations

import shlex
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from fudemoji.report.tuning import flags_of
from fudemoji.tuning.space import Choices, Dimension
from fudemoji.tuning.study import SharedStudy

__all__ = ["outcome_of"]

_LEAST_DONE = 12  # finished trials for importances: a quarter of them is set against the rest
_BEST_QUARTER = 0.25
_STATES = {
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


def outcome_of(
    shared: SharedStudy, *, folder: Path, facts: Mapping[str, Any], asked: Sequence[str], is_multi_label: bool
) -> dict[str, Any]:
    """The study's trials, the best, how much each setting matters, and the command for a full training.

    Args:
        shared: the study.
        folder: of the study on this machine.
        facts: for the head of the page.
        asked: the words of a full training that all trials have in common.
        is_multi_label: whether the score is mean average precision, and not accuracy.
    """
    trials = [_plain(trial, shared, folder) for trial in shared.trials()]
    found = shared.best()
    best = next((trial for trial in trials if found and trial["number"] == found.number + 1), None)
    words = [*asked, *flags_of(best["settings"])] if best else []
    return {
        "study": shared.study.study_name,
        "score": "mean average precision" if is_multi_label else "accuracy",
        "total": shared.total,
        "facts": dict(facts),
        "space": [_described(dimension) for dimension in shared.space.values()],
        "num_trials": dict(Counter(trial["state"] for trial in trials)),
        "best": best,
        "command": shlex.join(words),
        "importances": _importances(shared),
        "trials": trials,
    }


def _plain(trial: FrozenTrial, shared: SharedStudy, folder: Path) -> dict[str, Any]:
    attributes, number = trial.user_attrs, trial.number + 1
    state = str(attributes.get("outcome", _STATES[trial.state])) if trial.state.is_finished() else None
    steps = sorted(trial.intermediate_values.items())
    course = [[share, score] for share, score in steps if attributes.get("outcome") != "diverged" or score]
    scores = [score for _, score in course]
    run = folder / "trials" / f"{number:04d}"
    return {
        "number": number,
        "state": state or _STATES[trial.state],
        "score": trial.value if trial.state == TrialState.COMPLETE else max(scores, default=None),
        "settings": shared.settings_of(trial.params) if len(trial.params) == len(shared.space) else {},
        "course": course,
        "seconds": attributes.get("seconds"),
        "reason": attributes.get("reason", ""),
        "is_start": bool(attributes.get("start")),
        "run": str(run) if run.is_dir() else "",
    }


def _described(dimension: Dimension) -> dict[str, Any]:
    told = {"name": dimension.name, "range": str(dimension).partition("=")[2]}
    if isinstance(dimension, Choices):
        return {**told, "choices": list(dimension.values)}
    ends = {"low": dimension.low, "high": dimension.high, "log": dimension.log}
    return {**told, **ends, "unit": dimension.unit, "whole": dimension.whole}


def _importances(shared: SharedStudy) -> dict[str, float]:
    """By PED-ANOVA, each setting's share in what sets the best quarter of the finished trials apart; sums to 1.

    Empty where fewer than twelve are finished, or all scored alike.
    """
    done = [trial for trial in shared.trials() if trial.state == TrialState.COMPLETE]
    if len(done) < _LEAST_DONE or len({trial.value for trial in done}) < 2:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # says that it is experimental
        found = get_param_importances(
            shared.study, evaluator=PedAnovaImportanceEvaluator(target_quantile=_BEST_QUARTER)
        )
    return {name: float(share) for name, share in found.items()}
