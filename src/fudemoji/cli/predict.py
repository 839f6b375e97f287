"""The verb that says what a model sees."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fudemoji.errors import PartlyFailed, SettingsError

if TYPE_CHECKING:
    from fudemoji.predictor import Predictor
    from fudemoji.predictor.files import Seen

__all__ = ["predict"]

Tell = Callable[["Seen"], None]


def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")],
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE...", help="image files, or folders of them; videos for a model of clips"
        ),
    ],
    *,
    top: Annotated[int, typer.Option(min=1, help="how many classes to name")] = 3,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="write a table, a line for each image, instead of lines"),
    ] = None,
    shifts: Annotated[
        int | None,
        typer.Option(
            min=0, max=8, help="average over shifts of this many pixels; the run's own if not given"
        ),
    ] = None,
    invert: Annotated[
        bool | None, typer.Option("--invert/--no-invert", help="decided by the background if not given")
    ] = None,
    reject: Annotated[
        bool, typer.Option(help="call an image unknown where no class is likely enough")
    ] = True,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps; the run's own")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")] = False,
) -> None:
    """Say what a run's model sees in image files and in folders of them, or in videos."""
    if csv:
        _check_table(csv)
    from fudemoji.predictor import Predictor
    from fudemoji.predictor.files import see_files

    predictor = Predictor(run, device=device, invert=invert, reject=reject, shifts=shifts)
    with _telling(predictor, images, top=top, csv=csv, as_json=as_json) as tell:
        total, failed = _tell_all(see_files(predictor, images, top=top), tell)
    if csv and not as_json:
        print(f"{csv}: {total - failed:,} predictions")
    if failed:
        raise PartlyFailed(f"{failed:,} of {total:,} could not be read")


def _check_table(path: Path) -> None:
    if path.is_dir():
        raise SettingsError(f"--csv {path} is a folder; give the name of a file")
    if not path.parent.is_dir():
        raise SettingsError(f"--csv {path}: there is no folder {path.parent}; make it, or give another name")


def _tell_all(seen: Iterator[Seen], tell: Tell) -> tuple[int, int]:
    """How many files were told, and how many of them could not be read; where it is one only, that is an error."""
    first, second = next(seen), next(seen, None)
    if first.error and second is None:
        raise first.error
    total = failed = 0
    for one in chain([first], [second] if second else [], seen):
        tell(one)
        total, failed = total + 1, failed + bool(one.error)
    return total, failed


@contextmanager
def _telling(
    predictor: Predictor, images: list[Path], *, top: int, csv: Path | None, as_json: bool
) -> Iterator[Tell]:
    """What to call with each file: a table, JSON or a line, and how far it is where no lines run over a terminal."""
    from fudemoji.cli.show import show_seen
    from fudemoji.predictor.table import writing_table

    with ExitStack() as stack:
        tells: list[Tell] = []
        if csv:
            multi_label = predictor.trust.multi_label
            tells.append(stack.enter_context(writing_table(csv, top=top, multi_label=multi_label)))
        if as_json:
            tells.append(stack.enter_context(_json_list()))
        if not tells:
            tells.append(show_seen)
        if csv or not sys.stdout.isatty():
            tells.append(stack.enter_context(_bar(predictor, images)))

        def tell_all(seen: Seen) -> None:
            for tell in tells:
                tell(seen)

        yield tell_all


@contextmanager
def _json_list() -> Iterator[Tell]:
    """One line on stdout, a list that grows with each file."""
    start = "["

    def tell(seen: Seen) -> None:
        nonlocal start
        sys.stdout.write(start + json.dumps(seen.to_dict(), ensure_ascii=False))
        start = ", "

    yield tell
    print("]" if start == ", " else "[]")


@contextmanager
def _bar(predictor: Predictor, images: list[Path]) -> Iterator[Tell]:
    from fudemoji.predictor.files import find_files
    from fudemoji.trackers import decoding_bar

    total = sum(1 for _ in find_files(images, kind=predictor.reads))
    numbers = count(1)
    with decoding_bar(word="predicting") as bar:
        yield lambda _: bar(next(numbers), total)
