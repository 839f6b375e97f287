"""What a line about a run tells, read from the ends of its files and kept until they change."""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fudemoji.errors import RunError
from fudemoji.events import Evaluated, Event, RunFinished, RunStarted, StepsDone, from_json
from fudemoji.locks import is_held
from fudemoji.report.course import FIGURES
from fudemoji.runs import Run

__all__ = ["Summary", "summary_of"]

_END = 1 << 16  # bytes of events.jsonl that are read from either end
_KEPT = 5000
_FILES = ("status.json", "events.jsonl", "config.json")
_known: OrderedDict[Path, tuple[tuple[Any, ...], Summary]] = OrderedDict()


@dataclass(frozen=True)
class Summary:
    """A run in a line.

    Attributes:
        state: `running`, `finished`, `interrupted`, `failed`, `stopped` (nobody trains it any more) or `damaged`.
        reason: why it failed or is damaged, in the words of the command line; else empty.
        data, model, recipe: of its settings.
        share: of the training that is done, 0..1; None before it has begun.
        figures: of the splits `valid` and `test`, those of `FIGURES` that were measured last.
        seconds: of training; None before its end.
    """

    state: str
    reason: str = ""
    data: str = ""
    model: str = ""
    recipe: str = ""
    share: float | None = None
    figures: dict[str, dict[str, float]] | None = None
    seconds: float | None = None

    def score(self, split: str) -> float | None:
        """The figure of a split that comes first: mean average precision where images have several labels."""
        found = (self.figures or {}).get(split, {})
        return found.get("mean_average_precision", found.get("accuracy"))


def summary_of(run: Run) -> Summary:
    """How a run stands now."""
    stamp = _stamp(run.path)
    kept, summary = _known.get(run.path, (None, None))
    if summary is None or kept != stamp:
        summary = _read(run)
        _known[run.path] = (stamp, summary)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    if summary.state == "running" and not is_held(run.path / ".fudemoji.lock"):
        return Summary(**{**vars(summary), "state": "stopped"})
    return summary


def _stamp(folder: Path) -> tuple[Any, ...]:
    found = []
    for name in _FILES:
        try:
            status = (folder / name).stat()
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
        except OSError:
            found.append((0, 0, 0))
    return tuple(found)


def _read(run: Run) -> Summary:
    try:
        settings, status = run.settings(), run.read_json("status")
        first, last = _ends(run.events_path)
    except (RunError, OSError) as error:
        return Summary("damaged", reason=str(error))
    started = next((one for one in first if isinstance(one, RunStarted)), None)
    ended = next((one for one in reversed(last) if isinstance(one, RunFinished)), None)
    state = str(status.get("state"))
    return Summary(
        state,
        reason=str(status.get("reason") or ""),
        data=settings.data.source,
        model=settings.model.name,
        recipe=settings.recipe,
        share=1.0 if ended else _share(started, last, status),
        figures=_of_end(ended) if ended else _of_course(last),
        seconds=ended.train_seconds if ended else None,
    )


def _ends(path: Path) -> tuple[list[Event], list[Event]]:
    """The first and the last events of a run."""
    try:
        with path.open("rb") as file:
            first = file.read(_END)
            size = os.fstat(file.fileno()).st_size
            last = first
            if size > _END:
                file.seek(size - _END)
                last = file.read(_END).partition(b"\n")[2]
    except FileNotFoundError:
        return [], []
    return _events(first), _events(last)


def _events(content: bytes) -> list[Event]:
    lines = content[: content.rfind(b"\n") + 1].splitlines()
    return [from_json(line.decode(errors="replace")) for line in lines if line.strip()]


def _share(started: RunStarted | None, last: list[Event], status: dict[str, Any]) -> float | None:
    if started is None or not started.total_steps:
        return None
    steps = [one.step for one in last if isinstance(one, StepsDone)]
    step = steps[-1] if steps else status.get("step") or 0
    return min(1.0, float(step) / started.total_steps)


def _of_end(ended: RunFinished) -> dict[str, dict[str, float]]:
    return {
        split: {
            name: value for name in FIGURES if (value := getattr(ended, f"{split}_{name}", None)) is not None
        }
        for split in ("valid", "test")
    }


def _of_course(last: list[Event]) -> dict[str, dict[str, float]]:
    """The last measurement of each split."""
    found: dict[str, dict[str, float]] = {}
    for event in last:
        if isinstance(event, Evaluated):
            named = {name: getattr(event, name) for name in FIGURES}
            found[event.split] = {name: value for name, value in named.items() if value is not None}
    return found
