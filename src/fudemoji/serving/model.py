"""What is known of a trained model without its weights, and its answers in words."""

# K classes

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import RunError
from fudemoji.runs import Run
from fudemoji.serving.pool import Answer
from fudemoji.trust import Trust, read_trust

__all__ = ["ServedModel"]

_IDS = uuid.UUID("0f0ddd5e-6d2f-5a27-9d11-66a53fd4a4ab")  # what the ids of runs and classes are made from
_FIGURES = (
    "split",
    "num_images",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "balanced_accuracy",
    "mean_average_precision",
    "macro_f1",
)


@dataclass(frozen=True)
class ServedModel:
    """A run's classes, thresholds and measured figures.

    Attributes:
        run: its folder.
        name: what it is called.
        sheet: the facts of its set, as data.json holds them.
        trust: the temperature and the thresholds by which it answers.
        metrics: the figures of metrics.json; empty where it was not measured.
        shifts: pixels that its images are averaged over.
        network: its name.
        can_be_unknown: whether improbable answers are told as unknown.
    """

    run: Run
    name: str
    sheet: Mapping[str, Any]
    trust: Trust
    metrics: Mapping[str, Any]
    network: str
    shifts: int
    can_be_unknown: bool = True

    @classmethod
    def of_run(cls, run: Run, *, shifts: int | None = None, reject: bool = True) -> ServedModel:
        """The model of a run that has been trained.

        Args:
            run: its folder.
            shifts: what images are averaged over, where that is not the run's own.
            reject: whether improbable answers are told as unknown.

        Raises:
            RunError: there are no weights yet, or a file is damaged.
        """
        if not run.checkpoint_path("best").exists():
            raise RunError(f"{run.path} has no weights yet; they come with the first epoch of its training")
        sheet, settings = run.sheet(), run.settings()
        multi_label = bool(sheet.get("multi_label"))
        trust = read_trust(run, num_classes=sheet["num_classes"], multi_label=multi_label)
        shifts = settings.loop.test_shifts if shifts is None else shifts
        return cls(
            run=run,
            name=run.path.resolve().name,
            sheet=sheet,
            trust=trust.at(shifts),
            metrics=run.read_json("metrics") if (run.path / "metrics.json").exists() else {},
            network=settings.model.name,
            shifts=shifts,
            can_be_unknown=reject and not multi_label,
        )

    @cached_property
    def classes(self) -> tuple[dict[str, str], ...]:
        """Id, glyph and romanisation of each class, in the order of the probabilities."""
        keys = ("id", "glyph", "romanisation")
        return tuple({key: one.get(key, "") for key in keys} for one in self.sheet["classes"])

    @cached_property
    def project_id(self) -> str:
        """A UUID that stays the same for the set."""
        return str(uuid.uuid5(_IDS, str(self.sheet["fingerprint"])))

    @cached_property
    def iteration_id(self) -> str:
        """A UUID that stays the same for the run."""
        return str(uuid.uuid5(_IDS, f"{self.sheet['fingerprint']}/{self.name}"))

    def told(self, answer: Answer, *, top: int) -> dict[str, Any]:
        """The prediction for an image, in the form of `fudemoji predict --json`."""
        probs_K = answer.probs_K
        ranked = [(self.classes[k], float(probs_K[k])) for k in _best(probs_K, max(1, top))]
        first, prob = ranked[0]
        told: dict[str, Any] = {}
        if self.trust.multi_label:
            given = np.flatnonzero(probs_K > self._thresholds_K)
            by_prob = given[np.argsort(-probs_K[given], kind="stable")].tolist()
            told["labels"] = [self.classes[k]["id"] for k in by_prob]
        return {
            **told,
            "id": first["id"],
            "glyph": first["glyph"],
            "prob": prob,
            "is_unknown": self._is_unknown(probs_K),
            "top": [{**one, "prob": prob} for one, prob in ranked],
            "inverted": answer.inverted,
        }

    def told_as_custom_vision(self, answer: Answer) -> dict[str, Any]:
        """The prediction for an image, in the form of a container that Custom Vision exports: every class."""
        probs = answer.probs_K.tolist()
        return {
            "id": str(uuid.uuid4()),
            "project": self.project_id,
            "iteration": self.iteration_id,
            "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "predictions": [
                {"probability": probs[k], **self._tags[k], "boundingBox": None}
                for k in _best(answer.probs_K, len(probs))
            ],
        }

    def facts(self) -> dict[str, Any]:
        """What the model is, what it takes, and how good it is."""
        height, width = self.sheet["image_size"]
        rule = self.trust.rule
        return {
            "name": self.name,
            "network": self.network,
            "set": {key: self.sheet.get(key, "") for key in ("name", "licence", "credit")},
            "input": {
                "channels": self.sheet["channels"],
                "height": height,
                "width": width,
                "shifts": self.shifts,
            },
            "several_labels": self.trust.multi_label,
            "classes": list(self.classes),
            "measured": {key: self.metrics[key] for key in _FIGURES if self.metrics.get(key) is not None},
            "trust": {
                "temperature": self.trust.temperature,
                "chosen_on": self.trust.chosen_on,
                "wanted": rule.wanted,
                "share": rule.share,
                "thresholds": [round(float(one), 6) for one in self._thresholds_K],
                "tells_unknown": self.can_be_unknown,
            },
        }

    @cached_property
    def _thresholds_K(self) -> NDArray[np.float64]:
        return self.trust.rule.thresholds(len(self.classes))

    @cached_property
    def _tags(self) -> tuple[dict[str, str], ...]:
        return tuple(
            {
                "tagId": str(uuid.uuid5(_IDS, f"{self.project_id}/{one['id']}")),
                "tagName": one["glyph"] or one["id"],
            }
            for one in self.classes
        )

    def _is_unknown(self, probs_K: NDArray[np.float32]) -> bool:
        first = probs_K.argmax()
        return self.can_be_unknown and not probs_K[first] > self._thresholds_K[first]


def _best(probs_K: NDArray[np.float32], count: int) -> list[int]:
    """The places of the greatest values, the greatest first; of equal ones the first comes first."""
    if count * 4 < len(probs_K):
        least = np.partition(probs_K, len(probs_K) - count)[len(probs_K) - count]
        among = np.flatnonzero(probs_K >= least)
        return [int(k) for k in among[np.argsort(-probs_K[among], kind="stable")[:count]]]
    return [int(k) for k in np.argsort(-probs_K, kind="stable")[:count]]
