"""The verbs of `fudemoji models`: list, get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="List the models, and download published weights.", no_args_is_help=True)

DataDir = Annotated[
    Path | None, typer.Option(help="folder of the named sets; else $FUDEMOJI_DATA or the user's cache")
]
Json = Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")]


@app.command("list")
def list_models(*, data_dir: DataDir = None, as_json: Json = False) -> None:
    """The models, and whether their published weights are on this machine."""
    from fudemoji.cli.show import table
    from fudemoji.models import CLIP_MODELS, MODELS
    from fudemoji.training.transfer import weights_state

    described = [
        {"name": name, "reads": "clips" if name in CLIP_MODELS else "images",
         "weights": weights_state(name, data_dir=data_dir)}
        for name in MODELS
    ]  # fmt: skip
    if as_json:
        print(json.dumps(described))
        return
    table("model", "reads", "published weights", rows=[list(one.values()) for one in described])
    print("and any of timm's as timm/NAME, where timm is installed")


@app.command()
def get(
    name: Annotated[str, typer.Argument(help="a model with published weights, also timm/NAME")],
    *,
    data_dir: DataDir = None,
    mirror: Annotated[
        list[str] | None, typer.Option(help="address or folder with copies of the files, tried first")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="seconds without an answer before the next try")
    ] = 20.0,
) -> None:
    """Download a model's published weights, going on where an earlier download was cut."""
    from fudemoji.cli.bars import fetching
    from fudemoji.training.transfer import fetch_weights

    with fetching(name, total=None) as (progress, say):
        found, fetched = fetch_weights(
            name, data_dir=data_dir, mirror=mirror, timeout=timeout, progress=progress, note=say
        )
    state = "verified" if fetched.verified else f"unverified, SHA-256 {fetched.sha256}"
    print(f"{fetched.path}: {found.title}, {state}{'' if fetched.fetched else ', was there'}")
