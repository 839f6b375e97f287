"""The verb `tune`: search the settings with the best validation score."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fudemoji.cli.flags import settings_flags

if TYPE_CHECKING:
    from fudemoji.tuning import Found

__all__ = ["tune"]


@settings_flags
def tune(
    data: Annotated[
        str,
        typer.Argument(metavar="DATA", help="a set by name (`fudemoji data list`), or the path of your own"),
    ] = "kana",
    ranges: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=RANGE",
            help="settings to search, as lr=log:1e-4:0.1, smoothing=0:0.2 or batch_size=32,64,128; the ready space of "
            "the model where there are none (docs/tune.md)",
        ),
    ] = None,
    *,
    space: Annotated[
        list[str] | None,
        typer.Option(help="the same, or a .toml or .json file of names and ranges", metavar="RANGE"),
    ] = None,
    trials: Annotated[
        int, typer.Option(min=1, help="trials of the whole study, all processes together")
    ] = 30,
    timeout: Annotated[
        str | None, typer.Option(help="begin no further trial after this time, as 30m or 2h", metavar="TIME")
    ] = None,
    sampler: Annotated[str, typer.Option(help="how settings are drawn (tpe, random)")] = "tpe",
    pruner: Annotated[
        str, typer.Option(help="how poor trials are broken off (median, halving, none)")
    ] = "median",
    recipe: Annotated[str, typer.Option(help="the settings to start from (`fudemoji recipes`)")] = "quick",
    storage: Annotated[
        str | None,
        typer.Option(
            help="where the study lies, shared by all who work on it: sqlite:///FILE, postgresql://USER@HOST/NAME; "
            "a file in the study's folder if not given",
            metavar="URL",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="name of the study and its folder; one that is there goes on")
    ] = None,
    output: Annotated[Path, typer.Option(help="the folder of all runs")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")] = False,
    values: dict[str, Any],
) -> None:
    """Search the settings with the best validation score; poor trials end early, and a study that was cut goes on."""
    _check(data, recipe, values, [*(ranges or []), *(space or [])])
    from fudemoji.tuning import tune

    found = tune(
        data, space=[*(ranges or []), *(space or [])], trials=trials, timeout=timeout, sampler=sampler,
        pruner=pruner, recipe=recipe, storage=storage, output=output, name=name, say=_say, **values,
    )  # fmt: skip
    if as_json:
        print(json.dumps(_plain(found), ensure_ascii=False))
    else:
        _show(found)


def _check(data: str, recipe: str, values: dict[str, Any], ranges: list[str]) -> None:
    """What can be told before torch is imported, which takes seconds."""
    from fudemoji.config import resolve
    from fudemoji.tuning.space import check_space, read_space

    resolve(recipe, {**values, "data": data})
    if ranges:
        check_space(read_space(ranges), recipe=recipe, values=values)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _plain(found: Found) -> dict[str, Any]:
    return {
        "study": found.study,
        "folder": str(found.folder),
        "num_trials": dict(found.num_trials),
        "score": found.score,
        "settings": dict(found.settings),
        "run": found.run and str(found.run),
        "command": found.command,
        "page": str(found.page),
    }


def _show(found: Found) -> None:
    """The best settings, the command that follows from them, and the page."""
    told = ", ".join(f"{number} {state}" for state, number in found.num_trials.items())
    print(f"{found.study}: {told}")
    if found.score is not None:
        print(f"best validation score {found.score:.2%}; a full training with its settings:")
        print(found.command)
    print(found.page)
