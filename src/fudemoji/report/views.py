"""The parts of the page as plain records: what the template shows, worked out."""

# N images, K classes

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.config import FLAGS, RECIPES, Settings, with_policy
from fudemoji.metrics import ConfusedPair, Metrics, Predictions, confusion, most_confused, worst
from fudemoji.report.content import Content, Name
from fudemoji.report.images import data_uri

__all__ = [
    "ClassRow",
    "MatrixView",
    "PairCard",
    "Picture",
    "SettingRow",
    "WorstCard",
    "class_rows",
    "command_of",
    "line_of_writing",
    "matrix_view",
    "pair_cards",
    "setting_rows",
    "worst_cards",
]

MOST_IN_MATRIX = 120
_FEWER_IN_MATRIX = 40


@dataclass(frozen=True)
class Picture:
    """An image for the page; `alt` is what a screen reader says."""

    uri: str
    alt: str


@dataclass(frozen=True)
class SettingRow:
    """One setting; `usual` is the recipe's value where this run has another."""

    section: str
    name: str
    value: str
    usual: str | None
    description: str


@dataclass(frozen=True)
class ClassRow:
    """One line of the per-class table; figures are None for a class without images."""

    name: Name
    num_train: int | None
    support: int
    precision: float | None
    recall: float | None
    f1: float | None
    f1_bounds: tuple[float, float] | None
    average_precision: float | None
    picture: Picture | None


@dataclass(frozen=True)
class PairCard:
    """One confused pair: clear images of both classes, and between them what was mistaken."""

    true: Name
    predicted: Name
    count: int
    share: float
    of_true: list[Picture]
    mistaken: list[Picture]
    of_predicted: list[Picture]


@dataclass(frozen=True)
class WorstCard:
    """One image with what it is, what it was taken for, and both probabilities."""

    picture: Picture
    true: Name
    predicted: Name
    is_wrong: bool
    predicted_prob: float
    true_prob: float


@dataclass(frozen=True)
class MatrixView:
    """The classes and counts that the confusion matrix shows; `num_errors` of `all_errors` lie in it."""

    counts_KK: NDArray[np.int64]
    support_K: NDArray[np.int64]
    names: list[Name]
    num_classes: int
    num_errors: int
    all_errors: int


class Gallery:
    """The kept images of the predicted split, found by what they are and what they were taken for."""

    def __init__(self, content: Content, predictions: Predictions) -> None:
        self._names = content.names
        self._predictions = predictions
        self._samples = content.samples
        self._uris: dict[int, str] = {}
        self._rows: dict[tuple[int, int], list[int]] = {}
        kept = np.isin(predictions.indices_N, list(content.samples.rows) if content.samples else [])
        rows = np.flatnonzero(kept)
        for row in rows[np.argsort(-predictions.top_probs_NT[rows, 0], kind="stable")]:
            key = int(predictions.labels_N[row]), int(predictions.predicted_N[row])
            self._rows.setdefault(key, []).append(int(row))

    def of_row(self, row: int) -> Picture | None:
        """The image of one row of the predictions."""
        image = self._samples.image(int(self._predictions.indices_N[row])) if self._samples else None
        if image is None:
            return None
        if row not in self._uris:
            self._uris[row] = data_uri(image)
        true, predicted = int(self._predictions.labels_N[row]), int(self._predictions.predicted_N[row])
        alt = self._names[true].long
        return Picture(
            self._uris[row], alt if true == predicted else f"{alt}, read as {self._names[predicted].long}"
        )

    def example(self, label: int) -> Picture | None:
        """A clear image of a class, or else one that was misread."""
        rows = [rows[0] for (true, _), rows in self._rows.items() if true == label]
        rows.sort(key=lambda row: not self._predictions.hits_N[row])
        return self.of_row(rows[0]) if rows else None

    def some(self, *, label: int, predicted: int, most: int) -> list[Picture]:
        """Images of class `label` that were read as `predicted`, the most confident first."""
        found = (self.of_row(row) for row in self._rows.get((label, predicted), [])[:most])
        return [picture for picture in found if picture]


def _values(settings: Settings) -> dict[str, Any]:
    """The value of every setting under its flat name."""
    return {flag.name: getattr(getattr(settings, flag.section), flag.field) for flag in FLAGS.values()}


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        return str(int(value))
    return str(value)


def setting_rows(settings: Settings) -> list[SettingRow]:
    """Every setting; those that differ from the recipe say what the recipe has."""
    values = _values(settings)
    usual = _values(_recipe_of(settings)) if settings.recipe in RECIPES else values
    return [
        SettingRow(
            section=FLAGS[name].section,
            name=name,
            value=_text(value),
            usual=_text(usual[name]) if usual[name] != value else None,
            description=FLAGS[name].description,
        )
        for name, value in values.items()
    ]


def _recipe_of(settings: Settings) -> Settings:
    """The recipe, with the changes of images that it has for the kind of the run's set."""
    recipe, policy = RECIPES[settings.recipe], settings.augment.policy
    return recipe if "policy" in settings.given or policy == "auto" else with_policy(recipe, kind=policy)


def command_of(settings: Settings) -> str:
    """The command line that trains with these settings.

    >>> from fudemoji.config import resolve
    >>> command_of(resolve("quick", {"data": "kmnist", "epochs": 3, "cycle_momentum": True}))
    'fudemoji train kmnist --recipe quick --cycle-momentum --epochs 3ep'
    """
    words = ["fudemoji", "train", settings.data.source, "--recipe", settings.recipe]
    values, rows = _values(settings), setting_rows(settings)
    changed = {row.name for row in rows if row.usual is not None} - {"data"}
    if "epochs" in changed and not settings.loop.least_steps:
        changed.discard("least_steps")  # epochs that are given switch it off
    for row in rows:
        flag, value = row.name.replace("_", "-"), values[row.name]
        if row.name not in changed:
            continue
        if FLAGS[row.name].is_switch:
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            for one in value if isinstance(value, tuple) else [value]:
                words += [f"--{flag}", _text(one)]
    return shlex.join(words)


def class_rows(content: Content, metrics: Metrics, gallery: Gallery) -> list[ClassRow]:
    """The classes in their order."""
    sheet = content.sheet.classes if content.sheet else []
    bounds_K2 = content.intervals.classes.get("f1") if content.intervals else None
    rows = []
    for k, name in enumerate(content.names):
        seen = metrics.support[k] > 0
        rows.append(
            ClassRow(
                name=name,
                num_train=sheet[k].counts.get("train") if sheet else None,
                support=metrics.support[k],
                precision=metrics.precision[k] if seen else None,
                recall=metrics.recall[k] if seen else None,
                f1=metrics.f1[k] if seen else None,
                f1_bounds=(float(bounds_K2[k, 0]), float(bounds_K2[k, 1]))
                if seen and bounds_K2 is not None
                else None,
                average_precision=metrics.average_precision[k]
                if seen and metrics.average_precision
                else None,
                picture=gallery.example(k),
            )
        )
    return rows


def pair_cards(
    content: Content, pairs: list[ConfusedPair], metrics: Metrics, gallery: Gallery
) -> list[PairCard]:
    """The confused pairs with their images."""
    return [
        PairCard(
            true=content.names[pair.label],
            predicted=content.names[pair.predicted],
            count=pair.count,
            share=pair.count / metrics.support[pair.label],
            of_true=gallery.some(label=pair.label, predicted=pair.label, most=2),
            mistaken=gallery.some(label=pair.label, predicted=pair.predicted, most=4),
            of_predicted=gallery.some(label=pair.predicted, predicted=pair.predicted, most=2),
        )
        for pair in pairs
    ]


def worst_cards(
    content: Content, predictions: Predictions, gallery: Gallery, *, count: int
) -> list[WorstCard]:
    """The worst images that were kept."""
    return [
        WorstCard(
            picture=picture,
            true=content.names[int(predictions.labels_N[row])],
            predicted=content.names[int(predictions.predicted_N[row])],
            is_wrong=not predictions.hits_N[row],
            predicted_prob=float(predictions.top_probs_NT[row, 0]),
            true_prob=float(predictions.label_probs_N[row]),
        )
        for row in worst(predictions, count=count).tolist()
        if (picture := gallery.of_row(row))
    ]


def line_of_writing(content: Content, gallery: Gallery, *, most: int) -> list[tuple[Name, Picture]]:
    """A clear image of each class that has one; of evenly chosen ones where there are too many."""
    found = [
        (name, picture)
        for k, name in enumerate(content.names)
        for picture in gallery.some(label=k, predicted=k, most=1)
    ]
    every = max(1, -(-len(found) // most))
    return found[::every]


def matrix_view(content: Content, predictions: Predictions) -> tuple[MatrixView, list[ConfusedPair]]:
    """What the matrix shows (all classes, or the most confused of very many), and the most confused pairs."""
    num = predictions.num_classes
    counts_KK = confusion(predictions.predicted_N, predictions.labels_N, num_classes=num)
    pairs = most_confused(counts_KK, count=200)
    shown = list(range(num))
    if num > MOST_IN_MATRIX:
        ranked = dict.fromkeys(k for pair in pairs for k in (pair.label, pair.predicted))
        shown = sorted(list(ranked)[:_FEWER_IN_MATRIX]) or shown[:_FEWER_IN_MATRIX]
    part_KK = counts_KK[np.ix_(shown, shown)]
    view = MatrixView(
        counts_KK=part_KK,
        support_K=counts_KK[shown].sum(axis=1),
        names=[content.names[k] for k in shown],
        num_classes=num,
        num_errors=int(part_KK.sum() - np.trace(part_KK)),
        all_errors=int(counts_KK.sum() - np.trace(counts_KK)),
    )
    return view, pairs
