"""`fudemoji import-custom-vision`: a project of the cloud service, or of another fudemoji server, brought here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fudemoji.errors import SettingsError

if TYPE_CHECKING:
    from fudemoji.server.importing import Outcome

__all__ = ["import_custom_vision"]


def import_custom_vision(
    *,
    endpoint: Annotated[
        str, typer.Option(metavar="URL", help="of the training resource, or of another fudemoji server")
    ],
    project: Annotated[str, typer.Option(metavar="NAME", help="name or id of the project there")],
    data: Annotated[Path | None, typer.Option(metavar="STORE", help="folder of a fudemoji server")] = None,
    name: Annotated[
        str | None, typer.Option(help="of the project in the store; as there if not given")
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="of the store's database, where that is PostgreSQL")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="instead of a store: a folder with a listing, for `fudemoji train`")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(help="file with the training key; else $CUSTOM_VISION_TRAINING_KEY, or asked for"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")] = False,
) -> None:
    """Bring a Custom Vision project over: its tags, and all images as they were uploaded; called again, it goes on."""
    if (data is None) == (folder is None):
        raise SettingsError(
            "give either --data, the folder of a server, or --folder for images and a listing"
        )
    if folder is not None and (name or database):
        raise SettingsError("--name and --database are for a store (--data); a --folder has neither")
    from fudemoji.server import importing
    from fudemoji.trackers import decoding_bar

    key = importing.read_key(key_file, prompt=_ask if sys.stdin.isatty() else None)
    source = importing.Source(endpoint, key)
    with decoding_bar(word="importing") as bar:
        if folder is not None:
            outcome = importing.import_into_folder(source, folder, project=project, progress=bar)
        elif data is not None:
            outcome = importing.import_into_store(
                source, data, project=project, name=name, url=database, progress=bar
            )
    if as_json:
        print(json.dumps(outcome.to_dict(), ensure_ascii=False))
    else:
        _show(outcome)
    if not outcome.is_whole:
        raise typer.Exit(1)


def _ask() -> str:
    answer: str = typer.prompt("training key", hide_input=True, err=True)
    return answer


def _show(outcome: Outcome) -> None:
    from fudemoji.cli.show import table

    rows = [[one.name, f"{one.at_source:,}", f"{one.here:,}"] for one in (*outcome.tags, outcome.images)]
    rows[-1][0] = "all images"
    table("tag", ">there", ">here", rows=rows)
    for image, reason in outcome.missing.items():
        print(f"missing: {image}: {reason}", file=sys.stderr)
    print(f"{outcome.place}: {outcome.num_new:,} new")
    if not outcome.is_whole:
        print("not all of it is here; the same command fetches what is missing", file=sys.stderr)
