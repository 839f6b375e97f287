"""A curve drawn with characters, for those who have no window."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["sketch_curve"]

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def sketch_curve(
    rates: Sequence[float],
    losses: Sequence[float],
    *,
    mark: float | None = None,
    width: int = 72,
    height: int = 8,
) -> list[str]:
    """Lines of text: the smoothed loss over the rate on a logarithmic axis, with an arrow under the marked rate.

    >>> for line in sketch_curve([1e-3, 1e-2, 1e-1], [2.0, 1.0, 2.0], mark=1e-2, width=3, height=1):
    ...     print(line)
      2.000 █▁█
            0.001 to 0.1
             ▲ 0.01
    """
    low, high = min(losses), min(max(losses), 2 * losses[0])
    spread = (high - low) or 1.0
    width = min(width, len(losses))
    columns = [losses[round(i * (len(losses) - 1) / max(1, width - 1))] for i in range(width)]
    eighths = [1 + round((min(loss, high) - low) / spread * (8 * height - 1)) for loss in columns]
    lines = []
    for row in reversed(range(height)):
        label = f"{high:7.3f}" if row == height - 1 else f"{low:7.3f}" if row == 0 else " " * 7
        lines.append(f"{label} " + "".join(_EIGHTHS[min(8, max(0, e - 8 * row))] for e in eighths).rstrip())
    lines.append(f"{'':8}{rates[0]:.3g} to {rates[-1]:.3g}")
    if mark is not None:
        reach = math.log(rates[-1] / rates[0]) or 1.0
        place = round(math.log(mark / rates[0]) / reach * (width - 1))
        lines.append(f"{'':8}{'':{min(max(place, 0), width - 1)}}▲ {mark:.2g}")
    return lines
