"""The report: one page without any outside reference, written into the run folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from fudemoji.errors import RunError
from fudemoji.events import Evaluated, Note
from fudemoji.metrics import Metrics, MultiMetrics, MultiPredictions, Predictions
from fudemoji.report import words
from fudemoji.report.charts import charts_of
from fudemoji.report.content import Content
from fudemoji.report.course import FIGURES, course_of
from fudemoji.report.font import FONT_NAME
from fudemoji.report.images import tone
from fudemoji.report.measured import cam_cards, curve_cards, figure_rows, other_rows
from fudemoji.report.multilabel import LabelledGallery, label_rows, labelled_cards, labelled_line
from fudemoji.report.plots import write_plots
from fudemoji.report.reading import read_content
from fudemoji.report.rendering import render_page
from fudemoji.report.svg import matrix
from fudemoji.report.trust import trust_view
from fudemoji.report.views import (
    Gallery,
    class_rows,
    command_of,
    line_of_writing,
    matrix_view,
    pair_cards,
    setting_rows,
    worst_cards,
)
from fudemoji.runs import Run, open_run, write_beside

__all__ = ["write_report"]

_NUM_WORST, _NUM_PAIRS, _OPEN_ROWS = 36, 12, 120


def write_report(run: Run | str | Path, *, results: Path | None = None) -> Path:
    """Write `report.html` and `plots/*.png` into the run folder and return the page's path.

    Only the run folder is read. A run that goes on or was interrupted gets a page with what there is. `results` is the
    folder of an evaluation on another split or set: its page is written there.

    Raises:
        RunError: there is no such run, a file of it is damaged, or the folder cannot be written.
    """
    if not isinstance(run, Run):
        run = open_run(run)
    folder = results or run.path
    content = read_content(run, results=folder)
    page = _render(content)
    try:
        (folder / "plots").mkdir(exist_ok=True)
        write_plots(content)
        with write_beside(folder / "report.html") as file:
            file.write(page.encode())
    except OSError as error:
        raise RunError(f"cannot write the report of {folder}: {error.strerror}") from error
    return folder / "report.html"


def _render(content: Content) -> str:
    metrics = content.metrics
    found = f"{words.percent(metrics.score, 2)} · " if metrics else ""
    title = f"{found}{content.run.name} · {_set_name(content)}"
    return render_page("body.html", _context(content), title=title, styles=["style.css"], script="page.js")


def _set_name(content: Content) -> str:
    if content.evaluation:
        return content.evaluation.data
    return content.sheet.name if content.sheet else content.settings.data.source


def _context(content: Content) -> dict[str, Any]:
    course = course_of(content.events)
    rows = setting_rows(content.settings)
    return {
        "content": content,
        "evaluation": content.evaluation,
        "others": other_rows(content),
        "run": content.run,
        "settings": content.settings,
        "sheet": content.sheet,
        "state": str(content.status.get("state", "unknown")),
        "status": content.status,
        "command": command_of(content.settings),
        "head": _head(content),
        "metrics": content.metrics,
        "charts": charts_of(course, content.settings),
        "epochs": course.epochs,
        "epoch_figures": {
            name: told
            for name, told in FIGURES.items()
            if any(name in row.valid_figures for row in course.epochs)
        },
        "notes": list(dict.fromkeys((note.level, note.text) for note in content.of_kind(Note))),
        "setting_rows": rows,
        "setting_groups": {row.section: [one for one in rows if one.section == row.section] for row in rows},
        "environment": _environment(content.env),
        "trust": trust_view(content),
        "ink": tone(content.samples.images_MCHW) if content.samples else "photo",
        "font_name": FONT_NAME,
        **_of_predictions(content),
    }


def _environment(env: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value of what env.json tells, the versions one by one."""
    told = []
    for name, value in env.items():
        if name == "versions" and isinstance(value, dict):
            told += [(package, str(version)) for package, version in value.items() if version]
        elif name == "command" and isinstance(value, list):
            told.append(("started with", shlex.join(map(str, value))))
        elif value not in (None, ""):
            told.append((name, str(value)))
    return told


def _head(content: Content) -> dict[str, Any]:
    """The figure at the top, and the few beside it."""
    metrics, done, started = content.metrics, content.finished, content.started
    measured = [event for event in content.of_kind(Evaluated) if event.accuracy is not None]
    last = measured[-1] if measured else None
    seconds = (
        done.train_seconds if done else sum(row.seconds or 0.0 for row in course_of(content.events).epochs)
    )
    return {
        "split": metrics.split if metrics else last.split if last else None,
        "accuracy": metrics.accuracy if metrics else last.accuracy if last else None,
        "num_images": metrics.num_images if metrics else last.num_images if last else None,
        "num_wrong": round((1 - metrics.accuracy) * metrics.num_images) if metrics else None,
        "seconds": seconds or None,
        "images_per_second": done.images_per_second if done else None,
        "parameters": started.num_parameters if started else None,
        "started": started,
    }


def _of_predictions(content: Content) -> dict[str, Any]:
    """The parts that need predictions; empty ones without."""
    predictions, metrics = content.predictions, content.metrics
    if isinstance(predictions, MultiPredictions) and isinstance(metrics, MultiMetrics):
        return _of_labels(content, predictions, metrics)
    if isinstance(predictions, Predictions) and isinstance(metrics, Metrics):
        return _of_classes(content, predictions, metrics)
    return {"line": [], "is_multi_label": False}


def _of_labels(content: Content, predictions: MultiPredictions, metrics: MultiMetrics) -> dict[str, Any]:
    gallery = LabelledGallery(content, predictions)
    return {
        "is_multi_label": True,
        "figures": figure_rows(content, metrics),
        "cams": cam_cards(content, predictions, gallery.of_row),
        "curves": curve_cards(content, predictions),
        "line": labelled_line(content, gallery, most=100),
        "rows": label_rows(content, metrics, gallery),
        "cards": labelled_cards(content, predictions, gallery, count=_NUM_WORST),
        "open_rows": _OPEN_ROWS,
    }


def _of_classes(content: Content, predictions: Predictions, metrics: Metrics) -> dict[str, Any]:
    gallery = Gallery(content, predictions)
    view, pairs = matrix_view(content, predictions)
    title = (
        f"Confusion matrix of {len(view.names)} classes, {view.num_errors} errors; the pairs are listed above"
    )
    names = [(name.short, name.long) for name in view.names]
    return {
        "is_multi_label": False,
        "figures": figure_rows(content, metrics),
        "cams": cam_cards(content, predictions, gallery.of_row),
        "curves": curve_cards(content, predictions),
        "has_ranking": metrics.average_precision is not None,
        "has_bounds": content.intervals is not None,
        "line": line_of_writing(content, gallery, most=100),
        "rows": class_rows(content, metrics, gallery),
        "pairs": pair_cards(content, pairs[:_NUM_PAIRS], metrics, gallery),
        "worst": worst_cards(content, predictions, gallery, count=_NUM_WORST),
        "view": view,
        "matrix": matrix(view.counts_KK, names, support_K=view.support_K, title=title),
        "open_rows": _OPEN_ROWS,
    }
