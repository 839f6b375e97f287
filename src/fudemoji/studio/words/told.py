"""Messages of server, decoders and trainings, told in Japanese by templates.

They are made in English, often by another process, and reach the pages whole. A template names the values of one of
them; what no template fits stays English.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import cache

from fudemoji.studio.words.templates import TEMPLATES

__all__ = ["in_japanese"]

_MESSAGES = ("subject", "reason", "whose", "state")  # values that are told too; others are names and numbers


def in_japanese(message: str, *, say: Callable[[str], str]) -> str | None:
    """What the template that fits a message best makes of it; None where none fits.

    Args:
        message: in English.
        say: gives the words for a message within it, such as a reason.
    """
    for template, pattern in _patterns():
        if found := pattern.fullmatch(message):
            values = {name: say(one) if name in _MESSAGES else one for name, one in found.groupdict().items()}
            return TEMPLATES[template].format(**values)
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each template with what fits it; those that say the most themselves first."""
    most_said = sorted(TEMPLATES, key=lambda template: -sum(len(text) for text, *_ in _parts(template)))
    return [(template, re.compile(_expression(template), re.DOTALL)) for template in most_said]


def _expression(template: str) -> str:
    return "".join(
        re.escape(text) + (f"(?P<{name}>.*?)" if name else "") for text, name, _, _ in _parts(template)
    )


def _parts(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return list(string.Formatter().parse(template))
