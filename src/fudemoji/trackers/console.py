"""Where trackers write for a person."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console

__all__ = ["console_on"]


def console_on(stream: TextIO | None) -> Console:
    """A console on a text stream, which alone says whether it is a terminal; on stderr where None."""
    return Console(
        file=stream or sys.stderr,
        highlight=False,
        soft_wrap=True,
        force_terminal=stream.isatty() if stream else None,  # a notebook's environment says otherwise
        force_jupyter=False if stream else None,
    )
