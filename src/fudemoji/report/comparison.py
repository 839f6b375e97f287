"""Several trainings side by side: their curves in one page, and their figures in one table."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fudemoji.errors import RunError
from fudemoji.events import RunFinished, RunStarted
from fudemoji.report.charts import Chart, chart
from fudemoji.report.course import Course, Points, course_of
from fudemoji.report.rendering import render_page
from fudemoji.report.svg import Line
from fudemoji.runs import Run, write_beside

__all__ = ["Spread", "Variant", "read_variant", "write_comparison"]

_NUM_COLOURS = 6  # v0 to v5 in compare.css


@dataclass(frozen=True)
class Spread:
    """A figure over several seeds: mean, standard deviation (n - 1; None for a single one), and each value."""

    mean: float
    deviation: float | None
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float | None]) -> Spread | None:
        """The spread of values, or None where one is missing.

        >>> Spread.of([0.5, 1.0]).mean, Spread.of([0.5, None])
        (0.75, None)
        """
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        deviation = statistics.stdev(known) if len(known) > 1 else None
        return cls(statistics.fmean(known), deviation, tuple(known))


@dataclass(frozen=True)
class Variant:
    """One way to train, over its seeds.

    Attributes:
        name: what sets it apart.
        runs: folders of its runs, one a seed.
        figures: final figures by name; those that a set has no split for are missing.
        curves: by `SPLIT FIGURE`, the mean over the seeds at each epoch.
        single_curves: the same of each seed.
    """

    name: str
    runs: tuple[str, ...]
    total_steps: int
    images_per_step: int
    figures: dict[str, Spread]
    curves: dict[str, Points]
    single_curves: dict[str, list[Points]]


def read_variant(name: str, runs: Sequence[Run]) -> Variant:
    """What finished runs of one variant tell.

    Raises:
        RunError: a run is damaged or not finished.
    """
    events = [run.events() for run in runs]
    finished = [_last(run, RunFinished, of) for run, of in zip(runs, events, strict=True)]
    started = _last(runs[0], RunStarted, events[0])
    courses = [_curves(course_of(of)) for of in events]
    singles = {
        key: [course[key] for course in courses] for key in courses[0] if all(key in c for c in courses)
    }
    figures = {
        "best validation accuracy": Spread.of([end.valid_accuracy for end in finished]),
        "best validation balanced accuracy": Spread.of([end.valid_balanced_accuracy for end in finished]),
        "best validation mean average precision": Spread.of(
            [end.valid_mean_average_precision for end in finished]
        ),
        "test accuracy": Spread.of([end.test_accuracy for end in finished]),
        "test balanced accuracy": Spread.of([end.test_balanced_accuracy for end in finished]),
        "test mean average precision": Spread.of([end.test_mean_average_precision for end in finished]),
        "last validation loss": _last_points(singles.get("validation loss")),
        "training, s": Spread.of([end.train_seconds for end in finished]),
    }
    return Variant(
        name=name,
        runs=tuple(str(run.path) for run in runs),
        total_steps=started.total_steps,
        images_per_step=started.batch_size,
        figures={key: spread for key, spread in figures.items() if spread is not None},
        curves={key: _mean(points) for key, points in singles.items()},
        single_curves=singles,
    )


def _last(run: Run, kind: Any, events: Sequence[Any]) -> Any:
    found = [event for event in events if isinstance(event, kind)]
    if not found:
        raise RunError(f"run {run.path} is not finished; go on with `fudemoji resume {run.path}`")
    return found[-1]


def _curves(course: Course) -> dict[str, Points]:
    curves: dict[str, Points] = {
        "validation accuracy": course.figures["accuracy"].get("valid", []),
        "validation mean average precision": course.figures["mean_average_precision"].get("valid", []),
        "validation loss": course.loss.get("valid", []),
        "training loss": [(row.epoch, row.train_loss) for row in course.epochs if row.train_loss is not None],
    }
    return {key: points for key, points in curves.items() if points}


def _last_points(curves: list[Points] | None) -> Spread | None:
    return Spread.of([points[-1][1] for points in curves]) if curves else None


def _mean(curves: list[Points]) -> Points:
    """The mean curve; all have their points at the same epochs, since the budget is one."""
    return [(at[0][0], statistics.fmean(y for _, y in at)) for at in zip(*curves, strict=False)]


def write_comparison(
    folder: Path, *, title: str, variants: Sequence[Variant], facts: Mapping[str, Any]
) -> Path:
    """Write compare.json and compare.html into `folder`; returns the path of the page.

    Args:
        folder: of the comparison.
        title: what is compared, in words.
        variants: in the order to show them.
        facts: of all variants alike, for the page's head and the JSON.
    """
    content = {"title": title, **facts, "variants": [_plain(variant) for variant in variants]}
    with write_beside(folder / "compare.json") as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())
    names = list(dict.fromkeys(name for variant in variants for name in variant.figures))
    context = {
        "title": title,
        "facts": facts,
        "variants": variants,
        "colours": [_colour(index) for index in range(len(variants))],
        "names": names,
        "charts": _charts(variants),
        "num_seeds": max(len(variant.runs) for variant in variants),
    }
    page = render_page("compare.html", context, title=title, styles=["style.css", "compare.css"])
    with write_beside(folder / "compare.html") as file:
        file.write(page.encode())
    return folder / "compare.html"


def _plain(variant: Variant) -> dict[str, Any]:
    return {key: value for key, value in asdict(variant).items() if key != "single_curves"}


def _colour(index: int) -> str:
    return f"v{index % _NUM_COLOURS}"


def _charts(variants: Sequence[Variant]) -> list[Chart]:
    found = []
    for key in (
        "validation accuracy",
        "validation mean average precision",
        "validation loss",
        "training loss",
    ):
        means = [Line(v.name, v.curves.get(key, []), _colour(i), dots=True) for i, v in enumerate(variants)]
        singles = [
            Line(v.name, points, f"{_colour(i)} single")
            for i, v in enumerate(variants)
            for points in v.single_curves.get(key, [])
            if len(v.runs) > 1
        ]
        right = max((x for line in means for x, _ in line.points), default=0.0)
        is_share = key.endswith(("accuracy", "precision"))
        found += chart(
            key.capitalize(), [*singles, *means], right=right, shares=is_share, from_zero=not is_share
        )
    return found
