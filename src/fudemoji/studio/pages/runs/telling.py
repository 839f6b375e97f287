"""How a run is told of in words."""

from __future__ import annotations

from pathlib import Path

from fudemoji.report.words import percent
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.runs.shelf import Shelved
from fudemoji.studio.pages.runs.summary import Summary

__all__ = ["data_of", "state_of"]

_STATES = {
    "running": "running",
    "finished": "finished",
    "interrupted": "interrupted",
    "stopped": "stopped",
    "failed": "failed",
    "damaged": "damaged",
}


def state_of(here: Here, summary: Summary) -> str:
    """The state in a word; how much is done of what goes on, or could."""
    told = here.say(_STATES.get(summary.state, summary.state))
    if summary.share is None or summary.state in ("finished", "damaged"):
        return told
    return f"{told} · {percent(summary.share, 0)}"


def data_of(here: Here, summary: Summary, shelved: Shelved) -> str:
    """What the run learned from: a named set, the last part of a path, or its project's images."""
    return here.say("the project's images") if shelved.project_id else Path(summary.data).name
