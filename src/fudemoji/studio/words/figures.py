"""Times and qualities in the visitor's words, on every page the same; shares and durations are those of reports."""

from __future__ import annotations

from datetime import datetime

from fudemoji.report.words import percent
from fudemoji.server.store.tables import ProjectKind
from fudemoji.studio.words import Words

__all__ = ["about", "clock", "moment", "quality"]


def about(say: Words, seconds: float) -> str:
    """A length of time that is only known roughly."""
    if seconds < 90:
        return say("about {count} seconds", count=max(10, 10 * round(seconds / 10)))
    if seconds < 5400:
        return say("about one minute|about {count} minutes", count=round(seconds / 60))
    hours = round(seconds / 1800) / 2
    return say("about one hour|about {count} hours", count=int(hours) if hours == int(hours) else hours)


def clock(seconds: float) -> str:
    """What is left of a time that runs: minutes and seconds, and hours where there are some.

    >>> clock(65), clock(3700)
    ('1:05', '1:01:40')
    """
    minutes, left = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def moment(when: datetime) -> str:
    """Day and minute on the clock of the machine that the studio runs on.

    >>> len(moment(datetime(2026, 11, 21, 1, 22)))
    16
    """
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def quality(say: Words, kind: ProjectKind, value: float | None) -> str:
    """How good an iteration is on the images that were held out.

    Args:
        say: the visitor's words.
        kind: of the project when it was trained.
        value: accuracy, or mean average precision where images have several tags, 0..1; None where none were held out.
    """
    if value is None:
        return say("not measured")
    if kind == "multilabel":
        return say("average precision {share}", share=percent(value))
    return say("accuracy {share}", share=percent(value))
