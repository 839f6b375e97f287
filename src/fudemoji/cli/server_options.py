"""Options that the verbs of a server and of the studio share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Data", "Database", "Port", "SettingsFile"]

Data = Annotated[Path, typer.Option(metavar="FOLDER", help="the folder of the server")]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="FUDEMOJI_DATABASE",
        metavar="URL",
        help="PostgreSQL, as postgresql://USER@HOST/NAME; else SQLite, in the folder",
    ),
]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="8000; 0 takes a free one")]
SettingsFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TOML file with these and all other settings (docs/server.md)"),
]
