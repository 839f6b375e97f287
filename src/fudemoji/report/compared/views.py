"""The parts of a comparison's page as plain records: what the template shows, worked out."""

# M images, C channels, H x W pixels

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.config import FLAGS
from fudemoji.metrics.spread import Spread
from fudemoji.report.compared.records import Comparison, Pair, Variant
from fudemoji.report.content import DataSheet, Name
from fudemoji.report.images import data_uri
from fudemoji.report.svg import nice_ticks
from fudemoji.report.views import Picture

__all__ = [
    "ClassView",
    "Differing",
    "IntervalRow",
    "Scale",
    "TriedRow",
    "accuracy_rows",
    "class_views",
    "colours_of",
    "difference_rows",
    "differing_settings",
    "ranked",
    "tried_rows",
]

_NUM_COLOURS = 6  # v0 to v5 in compare.css; v6 is for all others


@dataclass(frozen=True)
class ClassView:
    """A class with some of its training images and the number of its images in each split."""

    name: Name
    counts: dict[str, int]
    pictures: list[Picture]


@dataclass(frozen=True)
class Differing:
    """A setting that is not the same for all, with the value of each variant."""

    name: str
    values: list[str]
    description: str


@dataclass(frozen=True)
class Scale:
    """An axis from left to right, in percent of its width: (place, text) of each tick, and the place of zero."""

    ticks: list[tuple[float, str]]
    zero: float | None


@dataclass(frozen=True)
class IntervalRow:
    """A line of a chart of intervals; places in percent of the axis, None where there is no interval."""

    name: str
    colour: str
    value: str
    note: str
    place: float
    left: float | None
    width: float
    dots: list[float]
    is_marked: bool = False


@dataclass(frozen=True)
class TriedRow:
    """A tried variant: its validation figures, and how far behind the chosen one it is."""

    variant: Variant
    valid: Spread | None
    test: Spread | None
    pair: Pair | None
    difference: float | None


def ranked(comparison: Comparison) -> list[Variant]:
    """The variants that have runs: the chosen ones first, then the best on the validation images."""
    valid = comparison.score.replace("test", "validation")

    def place(variant: Variant) -> tuple[bool, float]:
        return not variant.is_chosen, -variant.figures[valid].mean if valid in variant.figures else 0.0

    return sorted((variant for variant in comparison.variants if variant.runs), key=place)


def colours_of(comparison: Comparison) -> dict[str, str]:
    """A class of the style sheet for each variant; those beyond the sixth share one."""
    return {v.name: f"v{min(index, _NUM_COLOURS)}" for index, v in enumerate(ranked(comparison))}


def class_views(
    names: Sequence[Name],
    sheet: DataSheet | None,
    images_MCHW: NDArray[np.uint8],
    labels_M: NDArray[np.int64],
) -> list[ClassView]:
    """The classes that there are images of."""
    found = []
    for k in dict.fromkeys(labels_M.tolist()):
        pictures = [Picture(data_uri(image_CHW), names[k].long) for image_CHW in images_MCHW[labels_M == k]]
        counts = sheet.classes[k].counts if sheet and sheet.classes else {}
        found.append(ClassView(names[k], counts, pictures))
    return found


def differing_settings(variants: Sequence[Variant]) -> list[Differing]:
    """The settings that are not the same for all, in their usual order."""
    known = [variant for variant in variants if variant.settings]
    return [
        Differing(name, [v.settings.get(name, "") for v in known], FLAGS[name].description)
        for name in FLAGS
        if len({v.settings.get(name) for v in known}) > 1 and name != "seed"
    ]


def accuracy_rows(
    variants: Sequence[Variant], colours: Mapping[str, str], *, score: str, choice: str | None
) -> tuple[list[IntervalRow], Scale]:
    """The figure that decides of each variant, with the interval over images and a dot for each seed."""
    shown = [variant for variant in variants if score in variant.figures]
    if not shown:
        return [], Scale([], None)
    ends = [x for v in shown for x in (*v.figures[score].values, *(v.test_interval or ()))]
    ticks = nice_ticks(min(ends), max(ends), count=4)
    place = _placing(ticks)
    rows = []
    for variant in shown:
        figure, interval = variant.figures[score], variant.test_interval
        rows.append(
            IntervalRow(
                name=variant.name,
                colour=colours[variant.name],
                value=f"{100 * figure.mean:.2f} %",
                note=f"± {100 * figure.deviation:.2f}" if figure.deviation is not None else "one seed",
                place=place(figure.mean),
                left=place(interval[0]) if interval else None,
                width=place(interval[1]) - place(interval[0]) if interval else 0.0,
                dots=[place(value) for value in figure.values] if len(figure.values) > 1 else [],
                is_marked=variant.name == choice,
            )
        )
    return rows, Scale([(place(tick), f"{round(100 * tick, 6):g} %") for tick in ticks], None)


def difference_rows(pairs: Sequence[Pair]) -> tuple[list[IntervalRow], Scale]:
    """Every tested difference with its interval, around zero."""
    shown = [(pair, pair.test) for pair in pairs if pair.test]
    if not shown:
        return [], Scale([], None)
    ends = [0.0, *(x for _, test in shown for x in (test.low, test.high))]
    ticks = nice_ticks(min(ends), max(ends), count=4)
    place = _placing(ticks)
    rows = [
        IntervalRow(
            name=f"{pair.one} less {pair.other}",
            colour="v0",
            value=f"{100 * test.difference:+.2f}",
            note=f"{100 * test.low:+.2f} to {100 * test.high:+.2f}",
            place=place(test.difference),
            left=place(test.low),
            width=place(test.high) - place(test.low),
            dots=[],
            is_marked=test.low > 0 or test.high < 0,
        )
        for pair, test in shown
    ]
    return rows, Scale([(place(tick), f"{round(100 * tick, 6):g}") for tick in ticks], place(0.0))


def tried_rows(comparison: Comparison, contender: str) -> list[TriedRow]:
    """What was tried for a contender, the best on the validation images first."""
    pairs = comparison.grid_pairs.get(contender, ())
    choice = comparison.grids[contender].choice
    valid = comparison.score.replace("test", "validation")
    rows = []
    for variant in comparison.of(contender):
        pair = next((p for p in pairs if {p.one, p.other} == {variant.name, choice}), None)
        difference = None
        if pair and pair.test:
            difference = pair.test.difference if pair.one == variant.name else -pair.test.difference
        test = variant.figures.get(valid.replace("validation", "test"))
        rows.append(TriedRow(variant, variant.figures.get(valid), test, pair, difference))
    return sorted(rows, key=lambda row: -row.valid.mean if row.valid else 1.0)


def _placing(ticks: Sequence[float]) -> Placing:
    return Placing(ticks[0], ticks[-1])


@dataclass(frozen=True)
class Placing:
    """From a value to percent of an axis."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        return round(100 * (value - self.low) / (self.high - self.low), 3)
