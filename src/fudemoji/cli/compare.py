"""`fudemoji compare`: recipes, models, settings or finished runs side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from fudemoji.cli.flags import Trackers, named_trackers, settings_flags
from fudemoji.errors import SettingsError

__all__ = ["Lists", "compare"]

_LISTS = ("--recipes", "--models", "--vary")


class Lists(TyperCommand):
    """A command whose `--recipes A B C` takes all words up to the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words with the option before each: `--recipes A --recipes B --recipes C`."""
        words: list[str] = []
        option = ""
        for word in args:
            if word.startswith("-"):
                option = word if word in _LISTS else ""
                words += [] if option else [word]
            else:
                words += [option, word] if option else [word]
        return super().parse_args(ctx, words)


@settings_flags
def compare(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SET | RUN RUN...]",
            help="a set by name or path (kana where none is given), or the folders of finished runs",
        ),
    ] = None,
    *,
    recipes: Annotated[
        list[str] | None, typer.Option(metavar="NAME NAME...", help="recipes to compare")
    ] = None,
    models: Annotated[
        list[str] | None, typer.Option(metavar="NAME NAME...", help="models to compare")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=A,B...", help="settings to vary, all combined: opt=sgd,adam lr=0.01,0.001"
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="trainings of each, one a seed")] = 1,
    recipe: Annotated[str, typer.Option(help="the settings to start from, without --recipes")] = "quick",
    margin: Annotated[
        float, typer.Option(min=0, max=99, help="percentage points that are not worth a dearer model")
    ] = 0.2,
    name: Annotated[
        str | None, typer.Option(help="name of the comparison's folder; one that is there goes on")
    ] = None,
    output: Annotated[Path, typer.Option(help="the folder of all runs")] = Path("runs"),
    tracker: Trackers = None,
    as_json: Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")] = False,
    values: dict[str, Any],
) -> None:
    """Compare recipes, models or settings with several seeds, or finished runs: one page, with a recommendation."""
    sources = sources or []
    if not (recipes or models or vary) and len(sources) < 2:
        raise SettingsError(
            "nothing to compare; give --recipes A B, --models A B, --vary NAME=VALUE,VALUE, or several run folders"
        )
    if len(sources) < 2:
        _check(sources[0] if sources else "kana", recipes or [recipe], values)
    from fudemoji.cli.show import show_comparison
    from fudemoji.comparison import compare

    page = compare(
        *sources,
        recipes=recipes or (),
        models=models or (),
        vary=vary or (),
        seeds=seeds,
        recipe=recipe,
        margin=margin / 100,
        output=output,
        name=name,
        trackers=named_trackers(tracker),
        say=_say,
        **values,
    )
    show_comparison(page, as_json=as_json)


def _check(data: str, recipes: list[str], values: dict[str, Any]) -> None:
    """What can be told before torch is imported, which takes seconds."""
    from fudemoji.config import resolve
    from fudemoji.data import CATALOG, load

    for recipe in recipes:
        resolve(recipe, values)
    if data not in CATALOG and not Path(data).expanduser().exists():
        load(data)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
