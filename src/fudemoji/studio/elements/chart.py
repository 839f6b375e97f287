"""What all charts have in common."""

from __future__ import annotations

from typing import Any

__all__ = ["chart_options"]

_FONTS = '"fudemoji Japanese", system-ui, -apple-system, "Segoe UI", sans-serif'  # as in the style, --sans
_QUIET = {"color": "var(--faint)", "fontSize": 12}
_LINE = {"lineStyle": {"color": "var(--line)"}}
_PERCENT = "(value) => `${Number((100 * value).toFixed(2))}\u00a0%`"
_VALUE = "(value) => String(Number(Number(value).toPrecision(4)))"


def chart_options(*, x: str, shares: bool) -> dict[str, Any]:
    """Options of ECharts for a chart without curves yet, whose colours follow the look of the page.

    Args:
        x: what the axis at the bottom is.
        shares: values are shares of one, shown as percentages.
    """
    shown = _PERCENT if shares else _VALUE
    axis = {"type": "value", "axisLine": _LINE, "nameTextStyle": _QUIET}
    return {
        "animation": False,
        "textStyle": {"fontFamily": _FONTS},
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 28, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "backgroundColor": "var(--sheet)",
            "borderColor": "var(--line)",
            "textStyle": {"color": "var(--ink)", "fontSize": 12},
            "axisPointer": _LINE,
            ":valueFormatter": shown,
        },
        "xAxis": {
            **axis,
            "name": x,
            "nameLocation": "middle",
            "nameGap": 24,
            "min": 0,
            "splitLine": {"show": False},
            "axisLabel": {**_QUIET, "hideOverlap": True},
        },
        "yAxis": {
            **axis,
            "scale": shares,
            "splitLine": {"lineStyle": {"color": "var(--line)", "opacity": 0.6}},
            "axisLabel": {**_QUIET, ":formatter": shown},
        },
        "series": [],
    }
