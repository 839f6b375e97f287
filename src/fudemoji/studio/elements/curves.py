"""Curves in the colours of the page, which take new points without a flicker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from fudemoji.studio.elements.chart import chart_options

__all__ = ["Curve", "Curves"]

Points = Sequence[tuple[float, float]]
_LEGEND = {
    "itemGap": 24,
    "left": 0,
    "top": 0,
    "icon": "roundRect",
    "itemHeight": 3,
    "textStyle": {"color": "var(--ink)"},
}
_LEAST_SHARE = "range => Math.min(0.9, Math.floor(10 * range.min) / 10)"


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
        name: in the legend.
        color: a colour of CSS; a variable changes with the page.
        is_dashed: for what is there beside the main thing.
    """

    name: str
    color: str
    is_dashed: bool = False


class Curves:
    """A chart of some curves over a common axis, in the element that is being filled.

    Args:
        curves: of them.
        about: what a person who does not see it hears.
        x: what the axis at the bottom is.
        shares: values are shares of one, shown as percentages.
        logarithmic: the axis at the bottom is.
        most: what lies above it is cut off.
    """

    def __init__(
        self,
        curves: Sequence[Curve],
        *,
        about: str,
        x: str,
        shares: bool = False,
        logarithmic: bool = False,
        most: float | None = None,
    ) -> None:
        self._points: list[Points] = [[] for _ in curves]
        options = chart_options(x=x, shares=shares)
        options["series"] = [_series(curve) for curve in curves]
        if len(curves) > 1:
            options["grid"]["top"] = 36
            options["legend"] = _LEGEND
        options["xAxis"] |= {"min": "dataMin" if logarithmic else 0, "max": "dataMax"}
        options["xAxis"]["axisLabel"]["showMaxLabel"] = False
        if logarithmic:
            options["xAxis"]["type"] = "log"
            options["xAxis"]["axisLabel"][":formatter"] = "value => value.toExponential(0)"
        options["yAxis"] |= {"scale": True, "max": 1 if shares else most}
        if shares:
            options["yAxis"][":min"] = _LEAST_SHARE
        self._chart = ui.echart(options, renderer="svg").classes("chart")
        self._chart.props["role"] = "img"
        self._chart.props["aria-label"] = about

    def show(self, *points: Points, mark: float | None = None) -> None:
        """Draw these points, one list for each curve; nothing is sent where they are those from before.

        Args:
            *points: of each curve.
            mark: a place on the axis at the bottom that is marked.
        """
        told = [list(one) for one in points]
        if told == self._points:
            return
        self._points = list(told)
        for series, one in zip(self._chart.options["series"], told, strict=True):
            series["data"] = one
            series["showSymbol"] = len(one) == 1
        if mark is not None:
            self._chart.options["series"][0]["markLine"] = {
                "symbol": "none",
                "silent": True,
                "label": {"show": False},
                "lineStyle": {"color": "var(--accent)", "type": "solid", "width": 2},
                "data": [{"xAxis": mark}],
            }
        self._chart.update()


def _series(curve: Curve) -> dict[str, Any]:
    style = {"color": curve.color, "width": 1.5 if curve.is_dashed else 2}
    return {
        "type": "line",
        "name": curve.name,
        "data": [],
        "showSymbol": False,
        "color": curve.color,
        "lineStyle": {**style, "type": "dashed"} if curve.is_dashed else style,
        "emphasis": {"disabled": True},
    }
