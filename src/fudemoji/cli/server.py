"""`fudemoji server`: projects, trainings and predictions over HTTP, for many."""

from __future__ import annotations

from typing import Annotated

import typer

from fudemoji.cli.server_options import Data, Database, Port, SettingsFile

__all__ = ["server"]


def server(
    *,
    data: Data,
    database: Database = None,
    host: Annotated[
        str | None,
        typer.Option(help="address to listen on, 127.0.0.1; others than this machine's need a key"),
    ] = None,
    port: Port = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="name that requests may ask for; may be given several times; else any"
        ),
    ] = None,
    trainings: Annotated[int | None, typer.Option(min=1, max=64, help="trainings at a time, 1")] = None,
    settings: SettingsFile = None,
    log_requests: Annotated[
        bool, typer.Option("--log-requests", help="a line on stderr for each request")
    ] = False,
) -> None:
    """Serve projects, tags, images, trainings and predictions over two APIs: our own, and that of Custom Vision."""
    from fudemoji.cli.needs import check_server_packages

    check_server_packages()
    from fudemoji.server.app import run
    from fudemoji.server.settings import server_settings

    run(
        server_settings(
            settings,
            data=data,
            database=database,
            host=host,
            port=port,
            allowed_hosts=tuple(allowed_host) if allowed_host else None,
            trainings=trainings,
            log_requests=log_requests or None,
        )
    )
