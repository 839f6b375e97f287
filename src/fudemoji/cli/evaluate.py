"""The verb that measures a trained model."""

from __future__ import annotations

import json
import sys
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
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[SET]", help="another set, by name or path; the run's own where none is given"
        ),
    ] = None,
    *,
    split: Annotated[
        str | None, typer.Option(help="test, valid, train, or all of another SET; test where there is one")
    ] = None,
    test_shifts: Annotated[
        int | None,
        typer.Option(
            "--shifts", "--test-shifts", min=0, max=8, help="average over shifts of this many pixels"
        ),
    ] = None,
    cam: Annotated[
        int | None,
        typer.Option(
            min=0, max=200, help="Grad-CAM for so many of the worst images; 24 where there can be any"
        ),
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps; the run's own")] = None,
    output: Annotated[
        Path | None, typer.Option(help="folder for results that are not the run's own; in RUN/evaluations")
    ] = None,
    for_precision: ForPrecision = None,
    for_recall: ForRecall = None,
    for_accuracy: ForAccuracy = None,
    for_known: ForKnown = None,
    unknown: UnknownSet = None,
    as_json: Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")] = False,
) -> None:
    """Measure a run's best weights on its own set, or on another SET whose classes it knows; choose thresholds."""
    wish = wish_of(precision=for_precision, recall=for_recall, accuracy=for_accuracy, known=for_known)
    from fudemoji.calibration import calibrate
    from fudemoji.cli.show import show_metrics
    from fudemoji.evaluation import check_weights, measure
    from fudemoji.runs import open_run
    from fudemoji.trackers import decoding_bar
    from fudemoji.training.sources import stored_set

    check_weights(run)
    trust = None
    with decoding_bar() as bar:
        own = stored_set(open_run(run), progress=bar) if data is None or wish or unknown else None
        if own is not None:
            trust = calibrate(run, wish=wish, unknown=unknown, data=own, device=device, progress=bar)
        found = measure(
            run,
            data,
            data=own,
            split=split,
            shifts=test_shifts,
            device=device,
            output=output,
            num_cams=cam,
            progress=bar,
        )
    for note in found.notes:
        print(note, file=sys.stderr)
    if as_json:
        told = {"trust": trust.model_dump()} if trust else {}
        print(json.dumps({"run": str(run), **found.to_dict(), **told}, ensure_ascii=False))
        return
    show_metrics(found.metrics, found.intervals)
    if trust:
        show_trust(trust)
    print(f"report: {found.page}")
