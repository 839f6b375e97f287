"""The verb that measures a trained model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from fudemoji.cli.trust import (
    ForAccuracy,
    ForKnown,
    ForPrecision,
    ForRecall,
    UnknownSet,
    show_trust,
    wish_of,
)

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")],
    *,
    split: Annotated[str | None, typer.Option(help="test, valid or train; test where there is one")] = None,
    test_shifts: Annotated[
        int | None, typer.Option(min=0, max=8, help="average over shifts of this many pixels")
    ] = None,
    for_precision: ForPrecision = None,
    for_recall: ForRecall = None,
    for_accuracy: ForAccuracy = None,
    for_known: ForKnown = None,
    unknown: UnknownSet = None,
    as_json: Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")] = False,
) -> None:
    """Measure a run's best weights again, choose its thresholds, and write its report anew."""
    wish = wish_of(precision=for_precision, recall=for_recall, accuracy=for_accuracy, known=for_known)
    from fudemoji.calibration import calibrate
    from fudemoji.cli.show import show_metrics
    from fudemoji.evaluation import evaluate
    from fudemoji.trackers import decoding_bar

    with decoding_bar() as bar:
        trust = calibrate(run, wish=wish, unknown=unknown, progress=bar)
        metrics = evaluate(run, split=split, shifts=test_shifts, progress=bar)
    if as_json:
        told = {"trust": trust.model_dump()} if trust else {}
        print(json.dumps({"run": str(run), **metrics.to_dict(), **told}, ensure_ascii=False))
        return
    show_metrics(metrics)
    if trust:
        show_trust(trust)
