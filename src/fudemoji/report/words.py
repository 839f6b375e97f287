"""Numbers as a person reads them."""

from __future__ import annotations

import math
import re

from markupsafe import Markup, escape

__all__ = ["code", "confidence", "count", "duration", "memory", "number", "percent", "several", "wrappable"]

_ABSENT = "–"
_SPACE = "\u00a0"


def code(text: str) -> Markup:
    """The text as HTML, with what stands between backticks as code.

    >>> code("see `fudemoji <x>`")
    Markup('see <code>fudemoji &lt;x&gt;</code>')
    """
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped)


def percent(share: float | None, digits: int = 1) -> str:
    """A share in 0..1 as a percentage.

    >>> percent(0.9885, 2).replace(_SPACE, " ")
    '98.85 %'
    """
    if share is None or not math.isfinite(share):
        return _ABSENT
    return f"{100 * share:.{digits}f}{_SPACE}%"


def confidence(share: float) -> str:
    """A probability as a percentage that is never rounded up to certainty.

    >>> confidence(0.99996).replace(_SPACE, " "), confidence(0.00001).replace(_SPACE, " ")
    ('> 99.9 %', '< 0.1 %')
    """
    if share > 0.999:
        return f">{_SPACE}99.9{_SPACE}%"
    return f"<{_SPACE}0.1{_SPACE}%" if share < 0.001 else percent(share)


def count(value: float | None) -> str:
    """A whole number with thousands apart.

    >>> count(21283530)
    '21,283,530'
    """
    return _ABSENT if value is None or not math.isfinite(value) else f"{value:,.0f}"


def number(value: float | None, digits: int = 4) -> str:
    """A number to some digits after the point.

    >>> number(0.0371)
    '0.0371'
    """
    return _ABSENT if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def duration(seconds: float | None) -> str:
    r"""A time in the units that fit.

    >>> duration(7.83), duration(194), duration(7384)
    ('7.8\xa0s', '3\xa0min 14\xa0s', '2\xa0h 3\xa0min')
    """
    if seconds is None or not math.isfinite(seconds):
        return _ABSENT
    if seconds < 60:
        return f"{seconds:.1f}{_SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{_SPACE}min {rest}{_SPACE}s"
    return f"{minutes // 60}{_SPACE}h {minutes % 60}{_SPACE}min"


def memory(num_bytes: float | None) -> str:
    """An amount of memory in the unit that fits.

    >>> memory(3.1e8).replace(_SPACE, " "), memory(2.34e9).replace(_SPACE, " ")
    ('310 MB', '2.34 GB')
    """
    if num_bytes is None or not math.isfinite(num_bytes):
        return _ABSENT
    return f"{num_bytes / 1e6:.0f}{_SPACE}MB" if num_bytes < 1e9 else f"{num_bytes / 1e9:.2f}{_SPACE}GB"


def several(values: float | list[float]) -> str:
    """One number, or one for each channel.

    >>> several([0.19, 0.2])
    '0.1900, 0.2000'
    """
    return ", ".join(number(value) for value in (values if isinstance(values, list) else [values]))


def wrappable(path: str) -> Markup:
    """A path as HTML that may be broken behind its slashes.

    >>> wrappable("train/<b>.jpg")
    Markup('train/<wbr>&lt;b&gt;.jpg')
    """
    return Markup(str(escape(path)).replace("/", "/<wbr>"))  # noqa: S704 (escaped)
