"""The verbs of `fudemoji keys`: create, list, revoke; a server that runs on the store knows of it within a second."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fudemoji.cli.needs import check_server_packages
from fudemoji.cli.server_options import Data, Database
from fudemoji.errors import RunError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fudemoji.server.store.tables import Key, Project

__all__ = ["app"]

app = typer.Typer(help="Make, list and revoke the keys of a server.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")]


class Kind(StrEnum):
    """What a key opens."""

    training = "training"
    prediction = "prediction"


@app.command()
def create(
    *,
    data: Data,
    database: Database = None,
    kind: Annotated[
        Kind, typer.Option(help="what it opens: all that changes a project, or classifying")
    ] = Kind.training,
    project: Annotated[
        str | None, typer.Option(help="name or id of the one project that it opens; else all")
    ] = None,
    name: Annotated[str, typer.Option(help="by which you know it again")] = "key",
    as_json: Json = False,
) -> None:
    """Make a key; its secret is shown this once, alone on stdout."""
    check_server_packages()
    from fudemoji.server.store import keys

    with _session(data, database) as session:
        of = _project(session, project) if project is not None else None
        key, secret = keys.create(session, name=name, kind=kind.value, project=of)
    if as_json:
        print(json.dumps({**_described(key), "secret": secret}, ensure_ascii=False))
        return
    print(f"{key.kind} key '{key.name}' {key.id}; its secret is shown this once:", file=sys.stderr)
    print(secret)


@app.command("list")
def list_keys(*, data: Data, database: Database = None, as_json: Json = False) -> None:
    """The keys, without their secrets."""
    check_server_packages()
    from fudemoji.cli.show import table
    from fudemoji.server.store import keys, projects

    with _session(_there(data, database), database) as session:
        found = keys.every(session)
        names = {project.id: project.name for project in projects.every(session)}
    if as_json:
        print(json.dumps([_described(key) for key in found], ensure_ascii=False))
        return
    if not found:
        print("no keys: a server answers its own machine only; make one with `fudemoji keys create`")
        return
    rows = [
        (key.name, key.kind, names.get(key.project_id or "", "all"), f"…{key.hint}", f"{key.created:%Y-%m-%d %H:%M}",
         f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "-", key.id)
        for key in found
    ]  # fmt: skip
    table("name", "kind", "project", "secret", "made (UTC)", "revoked", "id", rows=rows)


@app.command()
def revoke(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="its id, or its name where only one is called so")
    ],
    *,
    data: Data,
    database: Database = None,
) -> None:
    """Let a key open nothing from now on."""
    check_server_packages()
    from fudemoji.server.store import keys

    with _session(_there(data, database), database) as session:
        named = [one for one in keys.every(session) if one.name == key and one.revoked_at is None]
        if len(named) > 1:
            raise RunError(
                f"{len(named)} keys are called '{key}'; name one by its id: {', '.join(k.id for k in named)}"
            )
        revoked = keys.revoke(session, named[0] if named else keys.find(session, key))
    print(f"revoked: {revoked.kind} key '{revoked.name}' …{revoked.hint}")


@contextlib.contextmanager
def _session(data: Path, database: str | None) -> Iterator[Session]:
    from fudemoji.server.store import Store

    with contextlib.closing(Store.open(data, url=database)) as store, store.session() as session:
        yield session


def _there(data: Path, database: str | None) -> Path:
    """The folder, if a server has been there."""
    if database is None and not (data / "fudemoji.db").is_file():
        raise RunError(f"there is no store in {data}; is it the --data of your server?")
    return data


def _project(session: Session, wanted: str) -> Project:
    from fudemoji.server.store import projects

    found = [one for one in projects.every(session) if wanted in (one.name, one.id)]
    return found[0] if found else projects.find(session, wanted)


def _described(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "kind": key.kind,
        "project_id": key.project_id,
        "hint": key.hint,
        "created": key.created.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
