"""The verbs. Nothing here imports torch before a verb needs it."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fudemoji.cli import compare as compare_verb
from fudemoji.cli import data as data_verbs
from fudemoji.cli import keys as key_verbs
from fudemoji.cli import models as model_verbs
from fudemoji.cli import tune as tune_verb
from fudemoji.cli.evaluate import evaluate
from fudemoji.cli.export import export
from fudemoji.cli.flags import Trackers, named_trackers, settings_flags
from fudemoji.cli.import_custom_vision import import_custom_vision
from fudemoji.cli.predict import predict
from fudemoji.cli.serve import serve
from fudemoji.cli.server import server
from fudemoji.cli.studio import studio
from fudemoji.cli.watch import watch
from fudemoji.errors import FudemojiError, RunError, SettingsError
from fudemoji.launch import read_launch

__all__ = ["app", "main"]

app = typer.Typer(
    name="fudemoji",
    help="Turn images into a trained, measured classifier; `fudemoji train` needs no download and no argument.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.add_typer(data_verbs.app, name="data")
app.add_typer(model_verbs.app, name="models")
app.add_typer(key_verbs.app, name="keys")
app.command(cls=compare_verb.Lists)(compare_verb.compare)
app.command()(watch)
app.command()(tune_verb.tune)
app.command()(server)
app.command()(studio)

_SHARED_VERBS = ("train", "resume")  # that several processes can do together

DataSource = Annotated[
    str, typer.Argument(metavar="DATA", help="a set by name (`fudemoji data list`), or the path of your own")
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")]
Recipe = Annotated[str, typer.Option(help="the settings to start from (`fudemoji recipes`)")]
Json = Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")]
Output = Annotated[Path, typer.Option(help="the folder of all runs")]


@app.command()
@settings_flags
def train(
    data: DataSource = "kana",
    *,
    recipe: Recipe = "quick",
    name: Annotated[str | None, typer.Option(help="name of the run folder")] = None,
    output: Output = Path("runs"),
    tracker: Trackers = None,
    as_json: Json = False,
    values: dict[str, Any],
) -> None:
    """Train a classifier on a set and measure it; everything about it lands in a run folder."""
    from fudemoji.runs import free_path

    launch = read_launch()
    if launch.size == 1:  # ranks tell each other, once they have met
        _check(data, recipe, values)
        if name is not None and not launch.restarts:
            free_path(output, name)
    trackers = named_trackers(tracker)
    from fudemoji.training import fit

    finished = fit(data, recipe=recipe, output=output, name=name, trackers=trackers, **values)
    _show_run(finished, as_json=as_json)


@app.command()
def resume(
    run: RunFolder,
    *,
    checkpoint: Annotated[str, typer.Option(help="last, or previous if the last is damaged")] = "last",
    tracker: Trackers = None,
    as_json: Json = False,
) -> None:
    """Go on with an interrupted run, exactly where its last checkpoint was written, and with the trackers it had."""
    trackers = named_trackers(tracker)
    from fudemoji.training import resume

    _show_run(resume(run, checkpoint=checkpoint, trackers=trackers), as_json=as_json)


@app.command()
@settings_flags
def lr(
    data: DataSource = "kana",
    *,
    recipe: Recipe = "quick",
    output: Annotated[
        Path | None, typer.Option(help="folder for lr.png, lr.csv, lr.json and, as it goes, tried.jsonl")
    ] = None,
    as_json: Json = False,
    values: dict[str, Any],
) -> None:
    """Run the LR range test: the rate of every rule, the recommended one, and a verdict on the curve."""
    _check(data, recipe, values)
    from fudemoji.cli.show import show_lr
    from fudemoji.trackers import decoding_bar
    from fudemoji.training import find_lr

    with decoding_bar() as bar:
        tried = output / "tried.jsonl" if output else None
        finding = find_lr(data, recipe=recipe, progress=bar, tried=tried, **values)
    files = finding.save(output) if output else []
    if as_json:
        print(finding.curve.to_json())
    else:
        show_lr(finding, files)
    if finding.recommended is None:
        raise RunError(f"no rate can be recommended: {finding.verdict.text}")


@app.command()
@settings_flags
def batch(
    data: DataSource = "kana",
    *,
    recipe: Recipe = "quick",
    output: Annotated[Path | None, typer.Option(help="folder for batch.png")] = None,
    as_json: Json = False,
    values: dict[str, Any],
) -> None:
    """Time training steps at rising batch sizes and recommend one."""
    _check(data, recipe, values)
    from fudemoji.cli.show import show_batch
    from fudemoji.trackers import decoding_bar
    from fudemoji.training import find_batch_size

    with decoding_bar() as bar:
        finding = find_batch_size(data, recipe=recipe, progress=bar, **values)
    files = finding.save(output) if output else []
    if as_json:
        print(json.dumps(finding.to_dict()))
    else:
        show_batch(finding, files)


app.command()(evaluate)
app.command()(import_custom_vision)
app.command()(predict)
app.command()(export)
app.command()(serve)


@app.command()
def report(run: RunFolder) -> None:
    """Write a run's report.html anew, or the page of a search (`tune`), from its folder alone."""
    from fudemoji.report.page import write_report
    from fudemoji.report.tuning import rewrite_tuning

    print(rewrite_tuning(run) if (run / "tune.json").exists() else write_report(run))


@app.command()
def runs(*, output: Output = Path("runs"), as_json: Json = False) -> None:
    """List the runs."""
    from fudemoji.cli.show import describe_run, show_runs
    from fudemoji.runs import list_runs

    described = [describe_run(run) for run in list_runs(output)]
    if as_json:
        print(json.dumps(described, ensure_ascii=False))
    else:
        show_runs(described, output)


@app.command()
def recipes(
    name: Annotated[str | None, typer.Argument(help="one recipe, with all its settings")] = None,
) -> None:
    """List the recipes, or print all settings of one."""
    from fudemoji.cli.show import show_recipe, show_recipes
    from fudemoji.config import RECIPES
    from fudemoji.errors import look_up

    if name:
        show_recipe(look_up(RECIPES, name, what="recipe"))
    else:
        show_recipes(RECIPES)


def _check(data: str, recipe: str, values: dict[str, Any]) -> None:
    """What can be told before torch is imported, which takes seconds."""
    from fudemoji.config import resolve
    from fudemoji.data import CATALOG, load

    resolve(recipe, {**values, "data": data})
    if data not in CATALOG and not Path(data).expanduser().exists():
        load(data)


def _show_run(finished: Any, *, as_json: bool) -> None:
    if read_launch().rank:
        return
    from fudemoji.cli.show import run_summary, show_finished

    if as_json:
        print(json.dumps(run_summary(finished), ensure_ascii=False))
    else:
        show_finished(finished)


def main() -> None:
    """Run the command line: one line on stderr and exit code 1, 2 or 130 where something is wrong."""
    # Threads that soon sleep when they wait: on a machine with other work, spinning ones cost three times as much.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    exit_code = 0
    try:
        _check_launch(arguments)
        exit_code = int(app(arguments, standalone_mode=False, prog_name="fudemoji") or 0)
        if exit_code == 130:  # what typer makes of Ctrl-C, without a word
            raise KeyboardInterrupt
    except typer.Exit as error:
        exit_code = error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        exit_code = _complain("interrupted; nothing was left half-written", 130)
    except FudemojiError as error:
        exit_code = error.exit_code if _is_silent() else _complain(str(error), error.exit_code)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        exit_code = _complain(f"{error.filename or 'a file'} cannot be written: {error.strerror}", 2)
    except Exception as error:
        if not hasattr(error, "format_message"):  # usage errors of typer, whichever click it brings
            raise
        exit_code = _complain(error.format_message(), 2)
    return exit_code


def _check_launch(arguments: list[str]) -> None:
    """Several processes would do the same side by side, except where they share the work."""
    verb = arguments[0] if arguments else ""
    if verb not in _SHARED_VERBS and not verb.startswith("-") and read_launch().size > 1:
        raise SettingsError(
            f"`fudemoji {verb}` works in one process; start it without torchrun, which is for "
            f"{' and '.join(_SHARED_VERBS)}"
        )


def _is_silent() -> bool:
    """Whether the first of several processes says the same: an error of one is an error of all."""
    return os.environ.get("RANK", "0") != "0"


def _complain(text: str, exit_code: int) -> int:
    print(f"fudemoji: {' '.join(text.split())}", file=sys.stderr)
    return exit_code
