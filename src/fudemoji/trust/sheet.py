"""trust.json: what it holds, how it is read with care, and how it is applied to logits."""

# N images, K classes

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fudemoji.errors import RunError
from fudemoji.metrics import THRESHOLD, probabilities
from fudemoji.runs import Run

__all__ = [
    "Calibration",
    "ClassRule",
    "Kept",
    "Rule",
    "SplitTrust",
    "Trust",
    "Unknown",
    "Wanted",
    "read_trust",
    "write_trust",
]

Wanted = Literal["all", "half", "known", "accuracy", "precision", "recall"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Kept(_Part):
    """What thresholds keep of a split: how many claims, how many of those are right, how much of all is found."""

    num_kept: int
    precision: float
    recall: float


class ClassRule(_Part):
    """The threshold of one class.

    `is_own` is false where the class has too few validation images, and the threshold of all classes together is taken.
    """

    threshold: float
    is_own: bool
    is_reached: bool
    kept: dict[str, Kept] = Field(default_factory=dict)


class Rule(_Part):
    """Thresholds on calibrated probabilities, what they were chosen for, and what they keep of each split.

    `wanted` is `all` (nothing is rejected), `half` (labels above a half), or what `share` of is wanted: images of the
    set that are kept (`known`), `accuracy` of what is kept, `precision` or `recall` of each class. Where there are
    `classes`, each has a threshold of its own.
    """

    wanted: Wanted
    share: float | None = None
    threshold: float
    is_reached: bool = True
    kept: dict[str, Kept] = Field(default_factory=dict)
    classes: list[ClassRule] = Field(default_factory=list)

    def thresholds(self, num_classes: int) -> NDArray[np.float64]:
        """Float64 (K,): the threshold of each class."""
        return np.array([one.threshold for one in self.classes] or [self.threshold] * num_classes)


class Calibration(_Part):
    """How far probabilities are from what comes true; `bins` are count, mean confidence and accuracy of each."""

    log_loss: float
    brier: float
    expected_error: float
    equal_mass_error: float
    greatest_error: float
    bins: list[tuple[int, float, float]]


class SplitTrust(_Part):
    """What was found on a split: `num_used` of its `num_images`; `curve` holds coverage and accuracy."""

    num_images: int
    num_used: int
    accuracy: float
    before: Calibration
    after: Calibration
    aurc: float | None = None
    curve: list[tuple[float, float]] = Field(default_factory=list)


class Unknown(_Part):
    """How images that belong to no class fare: the share rejected, and how well scores tell them from known ones.

    `curve` is the coverage and accuracy of the test images and these together, none of which can be read rightly.
    """

    name: str
    num_images: int
    rejected: float
    auroc: float
    curve: list[tuple[float, float]]


class Trust(_Part):
    """The numbers that turn a model's logits into an answer, and what they rest on.

    Attributes:
        shifts: pixels of the shifts that the logits were averaged over, as the run's setting `test_shifts` says.
        temperature: what logits are divided by; 1 where `temperature_note` says why there is no other.
        chosen_on: the split that chose all numbers.
        rule: the thresholds in use.
        offers: further thresholds that could be asked for.
        unshifted: the same for the image as it is, which is nine times as fast; None where `shifts` is 0 anyway.
    """

    format: Literal["fudemoji-trust-1"] = "fudemoji-trust-1"
    num_classes: int = Field(ge=1)
    multi_label: bool
    shifts: int = 0
    temperature: float = Field(1.0, gt=0)
    temperature_note: str = ""
    chosen_on: str = ""
    rule: Rule
    offers: list[Rule] = Field(default_factory=list)
    splits: dict[str, SplitTrust] = Field(default_factory=dict)
    unknown: Unknown | None = None
    unshifted: Trust | None = None

    @model_validator(mode="after")
    def _thresholds_fit(self) -> Trust:
        for rule in (self.rule, *self.offers):
            if len(rule.classes) not in (0, self.num_classes):
                raise ValueError(f"{len(rule.classes)} thresholds for {self.num_classes} classes")
        if self.unshifted and (self.unshifted.num_classes, self.unshifted.shifts) != (self.num_classes, 0):
            raise ValueError("unshifted is for another model, or for shifts")
        return self

    @classmethod
    def plain(cls, *, num_classes: int, multi_label: bool) -> Trust:
        """What there is where nothing was chosen: probabilities as they come, nothing rejected, labels above a half."""
        wanted: Wanted = "half" if multi_label else "all"
        rule = Rule(wanted=wanted, threshold=THRESHOLD if multi_label else 0.0)
        return cls(num_classes=num_classes, multi_label=multi_label, rule=rule)

    @property
    def is_chosen(self) -> bool:
        """Whether a validation split chose the numbers."""
        return bool(self.chosen_on)

    def at(self, shifts: int) -> Trust:
        """The numbers for images averaged over this many pixels of shifts; these, where none were chosen for that."""
        return self.unshifted if self.unshifted and not shifts else self

    def probabilities(self, logits_NK: NDArray[np.floating]) -> NDArray[np.float64]:
        """Calibrated probabilities (N, K) of logits, or of logarithms of probabilities where they sum to 1."""
        return probabilities(logits_NK, temperature=self.temperature, multi_label=self.multi_label)

    def is_known(self, probs_NK: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Whether the most probable class of each image lies above its threshold; several labels are never unknown."""
        if self.multi_label:
            return np.ones(len(probs_NK), dtype=bool)
        top_N = probs_NK.argmax(axis=1)
        return np.asarray(probs_NK.max(axis=1) > self.rule.thresholds(self.num_classes)[top_N])

    def labels(self, probs_NK: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Which labels each image is given (N, K): those above their thresholds, or the most probable class."""
        if self.multi_label:
            return np.asarray(probs_NK > self.rule.thresholds(self.num_classes))
        return np.asarray(np.arange(probs_NK.shape[1]) == probs_NK.argmax(axis=1)[:, None])


def read_trust(run: Run, *, num_classes: int, multi_label: bool) -> Trust:
    """What trust.json says; the plain rules where a run has none, as one from before there was such a file.

    Raises:
        RunError: the file is damaged, or belongs to another model.
    """
    path = run.path / "trust.json"
    if not path.exists():
        return Trust.plain(num_classes=num_classes, multi_label=multi_label)
    way_out = f"write it anew with `fudemoji evaluate {run.path}`, or delete it"
    try:
        trust = Trust.model_validate(run.read_json("trust"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{path} is damaged: {f'{where}: ' if where else ''}{first['msg']}; {way_out}"
        ) from error
    except RunError as error:
        raise RunError(f"{error}; {way_out}") from error
    if (trust.num_classes, trust.multi_label) != (num_classes, multi_label):
        kind = "several labels" if trust.multi_label else "one label"
        raise RunError(
            f"{path} is for {trust.num_classes} classes and {kind} an image, the run has {num_classes} classes"
            f" and {'several labels' if multi_label else 'one label'}; {way_out}"
        )
    return trust


def write_trust(run: Run, trust: Trust) -> None:
    """Write trust.json, whole or not at all."""
    run.write_json("trust", trust.model_dump())
