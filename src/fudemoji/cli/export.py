"""The verb that exports a trained model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fudemoji.cli.show import percent

if TYPE_CHECKING:
    from fudemoji.export import Exported

__all__ = ["export"]


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")],
    *,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="onnx, torchscript or safetensors")] = "onnx",
    int8: Annotated[
        bool, typer.Option("--int8", help="quantise the ONNX file by training images: smaller, often faster")
    ] = False,
    most_lost: Annotated[
        float,
        typer.Option(metavar="SHARE", help="of int8: how much accuracy on validation images may be lost"),
    ] = 0.01,
    shifts: Annotated[
        int | None,
        typer.Option(
            min=0, max=8, help="average over shifts of this many pixels; the run's own if not given"
        ),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(min=1, help="compare on so many images at most; 1000, of large ones and clips fewer"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="the new folder; RUN/exports/FORMAT if not given")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")] = False,
) -> None:
    """Write a run's model as a folder for ONNX, TorchScript or safetensors; refused when its answers differ."""
    from fudemoji.export import export as export_run
    from fudemoji.trackers import decoding_bar

    with decoding_bar() as bar:
        exported = export_run(
            run,
            to=to,
            int8=int8,
            output=output,
            shifts=shifts,
            images=images,
            most_lost=most_lost,
            progress=bar,
        )
    for note in exported.notes:
        print(note, file=sys.stderr)
    if as_json:
        print(json.dumps(exported.to_dict(), ensure_ascii=False))
    else:
        _show(exported)


def _show(exported: Exported) -> None:
    parity, quantised = exported.parity, exported.quantised
    ties = f", {parity.num_ties} ties excepted" if parity.num_ties else ""
    print(
        f"the same answers as the run on {parity.num_images:,} {parity.images}{ties}; a probability is off by "
        f"{parity.greatest:.1e} at most"
    )
    if quantised:
        print(
            f"int8: {quantised.measure} {percent(quantised.after)} instead of {percent(quantised.before)} on "
            f"{quantised.num_valid:,} validation images; {quantised.bytes_after / 1e6:,.2f} MB instead of "
            f"{quantised.bytes_before / 1e6:,.2f}; an image of a batch of {quantised.batch} in "
            f"{quantised.batch_after:.2f} ms instead of {quantised.batch_before:.2f}"
        )
    print(f"exported: {exported.folder}")
