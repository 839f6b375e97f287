"""`fudemoji studio`: the web pages, on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from fudemoji.cli.server_options import Database, Port, SettingsFile

__all__ = ["studio"]


def studio(
    *,
    data: Annotated[
        Path, typer.Option(metavar="FOLDER", help="the folder of everything that is kept")
    ] = Path("store"),
    database: Database = None,
    host: Annotated[
        str | None,
        typer.Option(help="address to listen on, 127.0.0.1; others than this machine's need a password"),
    ] = None,
    port: Port = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="further name that the studio answers to; may be given several times"
        ),
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="folder of further runs to show; else `runs` beside the store, or here"
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="open the studio in the browser")] = True,
    settings: SettingsFile = None,
    set_password: Annotated[
        bool,
        typer.Option(
            "--set-password", help="ask for a password, or read a line from a pipe; keep its hash, and end"
        ),
    ] = False,
) -> None:
    """Open the studio: projects, images, trainings and their results as pages in the browser."""
    from fudemoji.cli.needs import check_studio_packages

    check_studio_packages()
    from fudemoji.server.settings import server_settings
    from fudemoji.studio.app import run
    from fudemoji.studio.secrets import set_password as keep_password

    if set_password:
        keep_password(data, _asked_for())
        typer.echo(f"the studio on {data} asks for this password from now on; sessions have ended")
        return
    run(
        server_settings(
            settings,
            data=data,
            database=database,
            host=host,
            port=port,
            runs=runs,
            allowed_hosts=tuple(allowed_host) if allowed_host else None,
        ),
        opens_browser=browser,
    )


def _asked_for() -> str:
    """The password: typed twice without being shown, or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")
