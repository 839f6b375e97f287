"""A study as a page: how the best score grew, which settings made it, every trial, and the command that follows."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fudemoji.config import FLAGS
from fudemoji.errors import RunError
from fudemoji.report.axes import Axis, Mark, marks_chart, parallel_chart
from fudemoji.report.rendering import render_page
from fudemoji.report.svg import nice_ticks
from fudemoji.runs import write_beside

__all__ = ["command_of", "flags_of", "rewrite_tuning", "write_tuning"]

Trial = Mapping[str, Any]


def command_of(source: str, *, recipe: str, values: Mapping[str, Any]) -> list[str]:
    """The words of a full training with these settings.

    >>> command_of("kmnist", recipe="quick", values={"model": "mlp", "mirror": False})
    ['fudemoji', 'train', 'kmnist', '--recipe', 'quick', '--model', 'mlp', '--no-mirror']
    """
    return ["fudemoji", "train", source, "--recipe", recipe, *flags_of(values)]


def flags_of(values: Mapping[str, Any]) -> list[str]:
    """Flat settings as the words of a command line."""
    words: list[str] = []
    for name, value in values.items():
        option = name.replace("_", "-")
        if FLAGS[name].is_switch:
            is_on = str(value).lower() in ("true", "yes", "on", "1")
            words.append(f"--{option}" if is_on else f"--no-{option}")
        elif isinstance(value, list | tuple):
            words += [word for one in value for word in (f"--{option}", str(one))]
        else:
            words += [f"--{option}", str(value)]
    return words


def write_tuning(folder: Path, content: Mapping[str, Any]) -> Path:
    """Write tune.json and tune.html into a study's folder; returns the path of the page."""
    with write_beside(folder / "tune.json") as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())
    page = render_page(
        "tune.html", _context(content), title=f"{content['study']}: settings searched",
        styles=["style.css", "tune.css"], script="page.js",
    )  # fmt: skip
    with write_beside(folder / "tune.html") as file:
        file.write(page.encode())
    return folder / "tune.html"


def rewrite_tuning(folder: Path) -> Path:
    """Write a study's page anew, from its tune.json alone.

    Raises:
        RunError: the file is missing or damaged.
    """
    path = folder / "tune.json"
    try:
        return write_tuning(folder, json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise RunError(f"{path} is missing; {folder} is no study") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {error}") from error


@dataclass(frozen=True)
class _Scores:
    """The axis that all charts of a page share, and the trials on it."""

    axis: Axis
    scored: list[Trial]
    best: Trial | None

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> _Scores:
        """The axis reaches from well below the middle of the finished trials to the best: there the choice is made."""
        scored = [trial for trial in content["trials"] if trial["score"] is not None]
        done = (
            [t["score"] for t in scored if t["state"] == "done"] or [t["score"] for t in scored] or [0.0, 1.0]
        )
        best, middle = max(done), statistics.median(done)
        least = min((t["score"] for t in scored), default=0.0)
        low = max(0.0, min(best - 0.02, max(least, best - 4 * (best - middle))))
        ticks = nice_ticks(low, best, count=5)
        label = f"validation {content['score']}"
        axis = Axis(label, max(0.0, ticks[0]), min(1.0, ticks[-1]), is_share=True)
        return cls(axis, scored, content["best"])

    def kind(self, trial: Trial) -> str:
        """The class of a trial's mark."""
        return "best" if self.best and trial["number"] == self.best["number"] else str(trial["state"])


def _context(content: Mapping[str, Any]) -> dict[str, Any]:
    scores = _Scores.of(content)
    importances = sorted(content["importances"].items(), key=lambda item: -item[1])
    return {
        **content,
        "history": _history(scores) if scores.scored else None,
        "course": _course(scores) if scores.scored else None,
        "parallel": _parallel(scores, content["space"]) if scores.scored else None,
        "slices": list(_slices(scores, content["space"])),
        "importances": importances,
        "facts": {name: f"{x:,}" if isinstance(x, int) else x for name, x in content["facts"].items()},
        "most": importances[0][1] if importances else 1.0,
        "names": [dimension["name"] for dimension in content["space"]],
        "num_done": content["num_trials"].get("done", 0),
        "below": sum(trial["score"] < scores.axis.low for trial in scores.scored),
        "low": scores.axis.low,
        "train_seconds": sum(trial["seconds"] or 0.0 for trial in content["trials"]),
        "is_over": not {"running", "waiting"} & set(content["num_trials"])
        and sum(content["num_trials"].values()) >= content["total"],
    }


def _hint(trial: Trial) -> str:
    told = " ".join(f"{name}={value}" for name, value in trial["settings"].items())
    score = "" if trial["score"] is None else f", {trial['score']:.2%}"
    return f"trial {trial['number']}, {trial['state']}{score}: {told}"


def _history(scores: _Scores) -> Markup:
    """Score over number of the trial, and the best so far."""
    trials = scores.scored
    last = max(trial["number"] for trial in trials)
    points: list[tuple[float | str, float | str]] = []
    for trial in trials:
        if trial["state"] == "done" and (not points or trial["score"] > points[-1][1]):
            points += [(trial["number"], points[-1][1])] if points else []
            points.append((trial["number"], trial["score"]))
    if points:
        points.append((last, points[-1][1]))
    marks = [Mark(t["number"], t["score"], scores.kind(t), _hint(t)) for t in trials]
    x = Axis("trial", 0, nice_ticks(0, last)[-1])
    return marks_chart(
        "Score of each trial, and the best so far", marks, x=x, y=scores.axis, lines=[("valid", points)]
    )


def _course(scores: _Scores) -> Markup:
    """Score over the course of each trial; broken off where it was pruned."""
    points = sorted(score for trial in scores.scored for _, score in trial["course"])
    low = min(points[len(points) // 10], points[-1] - 0.02)
    ticks = nice_ticks(max(0.0, low), points[-1])
    y = replace(scores.axis, low=max(0.0, ticks[0]), high=min(1.0, ticks[-1]))
    ordered = sorted(scores.scored, key=lambda trial: scores.kind(trial) == "best")
    lines = [(f"trial {scores.kind(trial)}", trial["course"]) for trial in ordered]
    ends = [
        Mark(trial["course"][-1][0], trial["course"][-1][1], scores.kind(trial), _hint(trial))
        for trial in ordered
        if trial["state"] == "pruned"
    ]
    x = Axis("share of the course, %", 0, 100)
    return marks_chart("Score over the course of each trial", ends, x=x, y=y, lines=lines)


def _axis(dimension: Mapping[str, Any], *, label: str) -> Axis:
    if "choices" in dimension:
        return Axis(label, choices=tuple(dimension["choices"]))
    return Axis(label, **{key: dimension[key] for key in ("low", "high", "log", "unit", "whole")})


def _parallel(scores: _Scores, space: Sequence[Mapping[str, Any]]) -> Markup:
    """All settings of each trial; the best on top."""
    axes = [_axis(dimension, label=dimension["name"]) for dimension in space]
    ordered = sorted(
        (trial for trial in scores.scored if trial["settings"]),
        key=lambda trial: (scores.kind(trial) == "best", trial["state"] == "done", trial["score"]),
    )
    top = [trial["number"] for trial in ordered][-max(1, len(ordered) // 4) :]
    rows: list[tuple[str, Sequence[float | str], str]] = []
    for trial in ordered:
        kind = scores.kind(trial)
        kind = "top" if kind == "done" and trial["number"] in top else kind
        values = [trial["settings"][dimension["name"]] for dimension in space]
        rows.append((kind, [*values, trial["score"]], _hint(trial)))
    axes.append(replace(scores.axis, label="score"))
    return parallel_chart("Settings of each trial and its score", axes, rows)


def _slices(scores: _Scores, space: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Markup]]:
    """Score over each setting."""
    ordered = sorted(scores.scored, key=lambda trial: scores.kind(trial) in ("done", "best"))
    for dimension in space:
        name = dimension["name"]
        marks = [
            Mark(t["settings"][name], t["score"], scores.kind(t), _hint(t)) for t in ordered if t["settings"]
        ]
        if marks:
            yield name, marks_chart(f"Score over {name}", marks, x=_axis(dimension, label=""), y=scores.axis)
