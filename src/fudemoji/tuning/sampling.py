"""How the next settings are drawn, and which trials are broken off: Optuna's samplers and pruners by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

__all__ = ["PRUNERS", "SAMPLERS", "SeededSampler"]

_SAMPLERS: dict[str, Callable[[int], BaseSampler]] = {
    "tpe": lambda seed: TPESampler(seed=seed),
    "random": lambda seed: RandomSampler(seed=seed),
}
SAMPLERS = tuple(_SAMPLERS)

# The steps of all reports are percent of a trial's course.
PRUNERS: dict[str, Callable[[], BasePruner]] = {
    "median": lambda: MedianPruner(n_startup_trials=5, n_warmup_steps=20, n_min_trials=3),
    "halving": lambda: SuccessiveHalvingPruner(min_resource=10, reduction_factor=3),
    "none": NopPruner,
}


class SeededSampler(BaseSampler):
    """Draws each trial with a seed of its own, made from the study's and the trial's number.

    So a study that was broken off goes on as an unbroken one would, and two processes never draw the same: samplers
    keep a random state, and two of them with one seed would propose the same settings over and over.
    """

    def __init__(self, name: str, *, seed: int) -> None:
        self._make, self._seed = _SAMPLERS[name], seed
        self._of_trial = self._make(seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """A new sampler for a new trial."""
        digest = hashlib.sha256(f"{self._seed}/{trial.number}".encode()).digest()
        self._of_trial = self._make(int.from_bytes(digest[:4], "little"))
        self._of_trial.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """What is drawn together."""
        return self._of_trial.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values drawn together."""
        return self._of_trial.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A value drawn alone."""
        return self._of_trial.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """The trial has ended."""
        self._of_trial.after_trial(study, trial, state, values)
