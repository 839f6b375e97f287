"""Times and figures in the visitor's words."""

from __future__ import annotations

from datetime import datetime

from fudemoji.studio.words import Words

__all__ = ["about", "clock", "day", "percent"]


def about(say: Words, seconds: float) -> str:
    """A length of time that is only known roughly."""
    if seconds < 90:
        return say("about {count} seconds", count=max(10, 10 * round(seconds / 10)))
    if seconds < 5400:
        return say("about one minute|about {count} minutes", count=round(seconds / 60))
    hours = round(seconds / 1800) / 2
    return say("about one hour|about {count} hours", count=int(hours) if hours == int(hours) else hours)


def clock(seconds: float) -> str:
    """Minutes and seconds, and hours where there are some.

    >>> clock(65), clock(3700)
    ('1:05', '1:01:40')
    """
    minutes, left = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def percent(share: float) -> str:
    """A share with one place.

    >>> percent(0.9731)
    '97.3 %'
    """
    return f"{100 * share:.1f} %"


def day(moment: datetime) -> str:
    """Day and minute on the clock of the machine that the studio runs on."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
