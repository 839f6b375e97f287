"""The curves of runs, laid over each other, growing while the runs do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from fudemoji.errors import RunError
from fudemoji.report.course import Course, Points, course_of
from fudemoji.report.words import percent
from fudemoji.studio.elements import text
from fudemoji.studio.elements.chart import chart_options
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.runs.shelf import Shelved
from fudemoji.trackers.watching import Watched

__all__ = ["MOST", "Overlay"]

MOST = 8  # runs that can be told apart by their colours
_TITLES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "mean_average_precision": "Mean average precision",
    "lr": "Learning rate",
}
_SHARES = ("accuracy", "balanced_accuracy", "macro_f1", "mean_average_precision")
_BOUNDS = {  # of shares: a little room on both sides, but none beyond 0 and 100 %
    ":min": "(range) => Math.max(0, Math.floor(20 * range.min - 0.5) / 20)",
    ":max": "(range) => Math.min(1, Math.ceil(20 * range.max + 0.5) / 20)",
}
_VISIBLE = 0.005  # shares that differ by more than this are drawn apart
_DASHES = {"train": [2, 3], "valid": "solid", "test": [8, 4]}
_SPLITS = {"train": "training", "valid": "validation", "test": "test"}


class Overlay:
    """The charts of a page; each run keeps its colour as long as it is shown.

    Args:
        here: the page.
    """

    def __init__(self, here: Here) -> None:
        self._here = here
        self._watched: dict[str, Watched] = {}
        self._runs: dict[str, Shelved] = {}
        self._colours: dict[str, int] = {}
        self._courses: dict[str, Course] = {}
        self._charts: dict[str, tuple[ui.element, ui.echart]] = {}
        with ui.element("div").classes("curves"):
            for name, title in _TITLES.items():
                self._charts[name] = _chart(here, name, here.say(title))
        with ui.element("div").classes("bar") as self._below:
            text("span", here.say("Dotted: training. Solid: validation. Dashed: test."), classes="faint")
            self._log = ui.checkbox(here.say("Loss on a logarithmic scale"), on_change=self._draw)
        self._below.set_visibility(False)

    def colour_of(self, key: str) -> int | None:
        """The number of the colour that a run has, from 1; None where it is not shown."""
        return self._colours.get(key)

    async def show(self, runs: Sequence[Shelved]) -> None:
        """Show these runs, and no others."""
        self._runs = {one.key: one for one in runs[:MOST]}
        for key in [key for key in self._watched if key not in self._runs]:
            del self._watched[key], self._colours[key]
            self._courses.pop(key, None)
        for key, one in self._runs.items():
            if key not in self._watched:
                self._watched[key] = Watched(one.run.path)
                self._colours[key] = min(set(range(1, MOST + 1)) - set(self._colours.values()))
        await run_in_threadpool(self._look)
        self._draw()

    async def follow(self) -> None:
        """Draw anew where a run has gone on."""
        if await run_in_threadpool(self._look):
            self._draw()

    def _look(self) -> bool:
        """Read what is new; a run that is gone or damaged keeps the curves that it had."""
        is_new = False
        for key, watched in list(self._watched.items()):
            before = len(watched.events)
            try:
                watched.look()
            except (RunError, OSError):
                continue
            if key not in self._courses or len(watched.events) != before:
                self._courses[key] = course_of(watched.events)
                is_new = True
        return is_new

    def _draw(self) -> None:
        self._below.set_visibility(bool(self._courses))
        right = math.ceil(max((points[-1][0] for points in self._all() if points), default=1.0))
        for name, (figure, chart) in self._charts.items():
            series = [one for key in self._runs for one in self._series(key, name)]
            figure.set_visibility(bool(series))
            if not series:
                continue
            chart.options["series"] = series
            chart.options["xAxis"]["max"] = right
            if name == "loss":
                chart.options["yAxis"]["type"] = "log" if self._log.value else "value"
                chart.options["yAxis"]["scale"] = bool(self._log.value)
            figure.props["aria-label"] = self._told(name)
            chart.update()
            figure.update()

    def _all(self) -> Iterator[Points]:
        for course in self._courses.values():
            for name in self._charts:
                yield from _lines(course, name).values()

    def _series(self, key: str, figure: str) -> list[dict[str, Any]]:
        course = self._courses.get(key)
        if course is None:
            return []
        lines = _lines(course, figure)
        colour = f"var(--series-{self._colours[key]})"
        return [
            {
                "id": f"{key} {split}",
                "name": f"{self._runs[key].name} ({self._here.say(_SPLITS[split])})"
                if figure != "lr"
                else self._runs[key].name,
                "type": "line",
                "data": points,
                "showSymbol": split != "train" and len(points) < 60,
                "symbolSize": 5,
                "itemStyle": {"color": colour},
                "lineStyle": {"color": colour, "width": 1.4 if split == "train" else 2, "type": dash},
                "emphasis": {"disabled": True},
            }
            for split, points in lines.items()
            if points
            for dash in [_DASHES[split] if figure != "lr" else "solid"]
        ]

    def _told(self, figure: str) -> str:
        """The chart for those who do not see it: where each curve is now."""
        ends = []
        for key, course in self._courses.items():
            for split, points in _lines(course, figure).items():
                if points:
                    value = percent(points[-1][1], 2) if figure in _SHARES else f"{points[-1][1]:.4g}"
                    name = self._here.say(_SPLITS[split])
                    ends.append(f"{self._runs[key].name} {name} {value}")
        return f"{self._here.say(_TITLES[figure])}: {'; '.join(ends)}"


def _lines(course: Course, figure: str) -> dict[str, Points]:
    if figure == "lr":
        return {"train": course.lr}
    if figure == "loss":
        return {"train": course.train_loss, **course.loss}
    if figure == "balanced_accuracy" and not _differ(course.figures[figure], course.figures["accuracy"]):
        return {}
    return course.figures[figure]


def _differ(one: dict[str, Points], other: dict[str, Points]) -> bool:
    """Whether two figures differ enough to be seen anywhere."""
    return any(
        abs(a - b) > _VISIBLE
        for split, points in one.items()
        for (_, a), (_, b) in zip(points, other[split], strict=False)
    )


def _chart(here: Here, name: str, title: str) -> tuple[ui.element, ui.echart]:
    """An empty chart with its title, not shown yet."""
    options = chart_options(x=here.say("Epoch"), shares=name in _SHARES)
    if name in _SHARES:
        options["yAxis"].update(_BOUNDS)
    with ui.element("figure").classes("curve").props("role=img") as figure:
        text("figcaption", title)
        chart = ui.echart(options, renderer="svg").classes("chart")
    figure.set_visibility(False)
    return figure, chart
