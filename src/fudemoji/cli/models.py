"""The verbs of `fudemoji models`: list, get."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from fudemoji.cli.fetching import DataDir, Mirror, Timeout, fetching, state_of

__all__ = ["app"]

app = typer.Typer(help="List the models, and download published weights.", no_args_is_help=True)

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
    mirror: Mirror = None,
    timeout: Timeout = 20.0,
) -> None:
    """Download a model's published weights, going on where an earlier download was cut."""
    from fudemoji.training.transfer import fetch_weights

    with fetching(name, total=None) as (progress, say):
        found, fetched = fetch_weights(
            name, data_dir=data_dir, mirror=mirror, timeout=timeout, progress=progress, note=say
        )
    print(f"{fetched.path}: {found.title}, {state_of(fetched)}")
