"""The curves of a training that grow in a notebook's cell while it runs, and stay there when it has ended."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import Any

from fudemoji.config import Settings
from fudemoji.errors import RunError
from fudemoji.events import Event, FilesDecoded, Note, RunFinished, RunStarted, StepsDone
from fudemoji.report.charts import charts_of
from fudemoji.report.course import FIGURES, course_of
from fudemoji.report.pace import pace_of
from fudemoji.report.rendering import render_part
from fudemoji.runs import Run
from fudemoji.trackers import TerminalTracker

__all__ = ["NotebookTracker", "in_notebook"]

_SHARE = 100  # drawing takes a hundredth of the time at most
_LEAST_SECONDS = 1.0  # between two drawings
_SHOWN = ("Loss", "Mean average precision", "Accuracy")


def in_notebook() -> bool:
    """Whether this runs in the kernel of a notebook."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell else None
    return hasattr(running, "kernel")


class NotebookTracker:
    """Draws loss and accuracy as SVG and the table of epochs in one output, which it replaces as the run goes on.

    A front end that shows no HTML gets the table as text.
    """

    in_place = True  # an output belongs to the cell that runs

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._text = io.StringIO()
        self._table = TerminalTracker(self._text)
        self._settings = Settings()
        self._output: Any = None
        self._next = 0.0

    def __call__(self, event: Event) -> None:
        """Draw anew, unless it was a moment ago."""
        self._events.append(event)
        self._table(event)
        if isinstance(event, RunStarted):
            self._settings = _settings_of(event)
        if isinstance(event, RunFinished) or time.monotonic() >= self._next:
            self._draw()

    def close(self) -> None:
        """Draw what has come since."""
        self._draw()

    def _draw(self) -> None:
        from IPython.display import display

        start = time.monotonic()
        shown = {"text/html": self._html(), "text/plain": self._text.getvalue()}
        if self._output is None:
            self._output = display(shown, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._output.update(shown, raw=True)
        now = time.monotonic()
        self._next = now + max(_LEAST_SECONDS, _SHARE * (now - start))

    def _html(self) -> str:
        course = course_of(self._events)
        return render_part(
            "live.html",
            {
                "started": _last(self._events, RunStarted),
                "decoded": _last(self._events, FilesDecoded),
                "pace": pace_of(self._events),
                "steps": _last(self._events, StepsDone),
                "finished": _last(self._events, RunFinished),
                "notes": [event for event in self._events if isinstance(event, Note)],
                "charts": [one for one in charts_of(course, self._settings) if one.title in _SHOWN],
                "epochs": course.epochs,
                "figures": {
                    name: told
                    for name, told in FIGURES.items()
                    if any(name in row.valid_figures for row in course.epochs)
                },
            },
            styles=["live.css"],
        )


def _last(events: list[Event], kind: type[Event]) -> Any:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)


def _settings_of(event: RunStarted) -> Settings:
    try:
        return Run(Path(event.run)).settings()
    except RunError:
        return Settings()
