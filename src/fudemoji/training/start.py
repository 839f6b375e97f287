"""Starting a training, or going on with one; as a call that ends with the run, or one event at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fudemoji.config import resolve
from fudemoji.data import ImageSet, sample_sheet
from fudemoji.engine.state import State, load_state, save_state
from fudemoji.errors import RunError
from fudemoji.events import Event, FilesDecoded, Note, RunFinished
from fudemoji.launch import read_launch
from fudemoji.locks import folder_lock
from fudemoji.ranks import Ranks, join_ranks
from fudemoji.report.notebook import NotebookTracker, in_notebook
from fudemoji.report.page import write_report
from fudemoji.runs import Run, create_run, describe_environment, open_run
from fudemoji.trackers import DISPLAY, Audience, TerminalTracker, Tracker, remembered
from fudemoji.training.finding import LRFinding, settle
from fudemoji.training.notes import notes_before
from fudemoji.training.restart import own_run
from fudemoji.training.session import Session
from fudemoji.training.sources import Progress, stored_set
from fudemoji.training.workbench import Workbench

__all__ = ["fit", "fit_events", "resume", "resume_events"]

_LOCK_SECONDS = 0.5
_RESTART_SECONDS = 60.0  # torchrun waits half as long before it kills


def fit(
    data: ImageSet | str = "kana",
    *,
    recipe: str = "quick",
    output: str | Path = "runs",
    name: str | None = None,
    trackers: Sequence[Tracker | str] | None = None,
    **values: Any,
) -> RunFinished:
    """Train a classifier and fill a run folder; returns what the last event says.

    Args:
        data: a set, a name of the catalogue, or the path of your own images.
        recipe: the settings to start from.
        output: the folder of all runs.
        name: of the run folder; made up where None.
        trackers: objects that are called with every event, and names (`wandb`, `tensorboard`, `mlflow`, and `display`
            for the growing curve of a notebook, or a table on stderr); the display alone where None.
        values: settings by their flat names, as in `fudemoji train --help`.

    Raises:
        SettingsError, DataError, RunError: something that was asked for cannot be had; nothing was written.
        TrainingFailed: the loss is no number any more.
        Interrupted: Ctrl-C or SIGTERM; a checkpoint is on the disk.
    """
    audience = _audience(trackers)
    events = fit_events(data, recipe=recipe, output=output, name=name, progress=_telling(audience), **values)
    return _drive(events, audience)


def fit_events(
    data: ImageSet | str = "kana",
    *,
    recipe: str = "quick",
    output: str | Path = "runs",
    name: str | None = None,
    progress: Progress | None = None,
    **values: Any,
) -> Iterator[Event]:
    """The same as `fit`, one event at a time; leaving the `for` writes a checkpoint and stops the training.

    `progress` is called with the files decoded so far, and all, while the set is loaded for the first time.
    """
    given = data if isinstance(data, ImageSet) else None
    settings = resolve(recipe, values if given is not None else {**values, "data": data})
    ranks = join_ranks(settings.loop.device)
    if own := ranks.by_first(lambda: own_run(Path(output), name, ranks.launch)):
        yield from _going_on(Path(own), checkpoint="last", data=given, ranks=ranks, progress=progress)
        return
    bench = ranks.prepared(lambda: Workbench.of(settings, given, progress=progress, ranks=ranks))
    before: list[Note | LRFinding] = []
    for found in settle(bench):
        if isinstance(found, Workbench):
            bench = found
        else:
            before.append(found)
    bench = bench.settled("loop", precision=bench.runtime.precision)
    assert bench.settings.loop.batch_size != "auto"
    bench.batches(bench.settings.loop.batch_size)  # what cannot be trained on is told before a folder is made
    state = bench.state()

    launches = sorted({*ranks.texts(ranks.launch.id)} - {""})

    def make() -> str:
        return str(_folder(bench, state, found=before, output=Path(output), name=name, launches=launches))

    run = Run(Path(ranks.by_first(make)))
    notes = [*notes_before(bench), *(note for note in before if isinstance(note, Note))]
    bench = bench.without_weights()
    with _alone_in(run, ranks):
        yield from Session(run, bench, state).events(notes)


def _folder(
    bench: Workbench,
    state: State,
    *,
    found: list[Note | LRFinding],
    output: Path,
    name: str | None,
    launches: list[str],
) -> Path:
    """A new run folder with everything that is known before the first step."""

    def fill(run: Run) -> None:
        started = {"ranks": bench.ranks.size, "launches": launches}
        run.write_json("env", {**describe_environment(), **bench.runtime.describe(), **started})
        run.write_json("data", bench.sheet)
        run.write_arrays("split", bench.data.splits)
        if bench.data.names:
            run.write_arrays("names", {"names": np.array(bench.data.names)})
        (run.path / "plots").mkdir()
        sample_sheet(bench.data, max_classes=48).save(run.path / "plots" / "samples.png")
        for finding in found:
            if isinstance(finding, LRFinding):
                finding.save(run.path / "plots")
        if bench.weights:  # a run killed before its first step must not need them again
            save_state(run.checkpoint_path("last"), state)

    label = f"{bench.data.name}-{bench.settings.model.name.replace('/', '-')}"
    return create_run(bench.settings, output=output, name=name, label=label, fill=fill).path


def resume(
    run: str | Path,
    *,
    checkpoint: str = "last",
    data: ImageSet | None = None,
    trackers: Sequence[Tracker | str] | None = None,
) -> RunFinished:
    """Go on with an interrupted run; on the CPU it ends bit for bit where the unbroken one does.

    Args:
        run: the run folder.
        checkpoint: `last` or `previous`.
        data: the set, where it was handed to `fit` from Python and cannot be loaded by its name.
        trackers: as for `fit`; those by name that the run had so far go on in any case, in the same tracked run.

    Raises:
        RunError: no such run, it is finished, or its checkpoint is damaged.
        DataError: the set is missing or is not the one the run was started with.
    """
    audience = _audience(trackers, before=remembered(open_run(run)))
    events = resume_events(run, checkpoint=checkpoint, data=data, progress=_telling(audience))
    return _drive(events, audience)


def resume_events(
    run: str | Path,
    *,
    checkpoint: str = "last",
    data: ImageSet | None = None,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """The same as `resume`, one event at a time."""
    ranks = join_ranks(_device_of(Path(run)))
    yield from _going_on(Path(run), checkpoint=checkpoint, data=data, ranks=ranks, progress=progress)


def _device_of(run: Path) -> str:
    """The device that a run's settings name; where there is no such run, all ranks are told of it by the CPU."""
    with contextlib.suppress(RunError):
        return open_run(run).settings().loop.device
    return "cpu"


def _going_on(
    path: Path,
    *,
    checkpoint: str,
    data: ImageSet | None,
    ranks: Ranks,
    progress: Progress | None,
) -> Iterator[Event]:
    opened = ranks.together(lambda: open_run(path))
    if opened.read_json("status").get("state") == "finished":
        if not ranks.launch.restarts:
            raise RunError(f"run {opened.path} is finished; look at it with `fudemoji report {opened.path}`")
        yield from _ended_before(opened, ranks)
        return
    with _alone_in(opened, ranks):
        if ranks.is_first:
            opened.clear_leftovers()
        sheet = opened.sheet()
        stored = ranks.prepared(lambda: stored_set(opened, data, progress=progress))
        bench = Workbench(opened.settings(), stored, stored_sheet=sheet, ranks=ranks)
        state = bench.state()
        if checkpoint != "last" or _has_checkpoint(opened):
            ranks.together(lambda: load_state(opened.checkpoint_path(checkpoint), state))
        yield from Session(opened, bench, state).events([])


def _ended_before(run: Run, ranks: Ranks) -> Iterator[Event]:
    """The end of a run that torchrun starts once more because a rank died after it."""
    if ranks.is_first and not run.report_path.exists():
        write_report(run)
    yield from [event for event in run.events() if isinstance(event, RunFinished)][-1:]


@contextlib.contextmanager
def _alone_in(run: Run, ranks: Ranks) -> Iterator[None]:
    """The run's lock, held by the first rank; after a restart the process before may be on its way out."""
    refusal = RunError(f"run {run.path} is in training in another process")
    wait = _RESTART_SECONDS if ranks.launch.restarts else _LOCK_SECONDS
    with contextlib.ExitStack() as held:
        ranks.together(
            lambda: (
                held.enter_context(folder_lock(run.path, refusal=refusal, wait=wait))
                if ranks.is_first
                else None
            )
        )
        yield


def _has_checkpoint(run: Run) -> bool:
    """A run killed before its first checkpoint starts again from the beginning."""
    return any(run.checkpoint_path(name).exists() for name in ("last", "previous"))


def _audience(trackers: Sequence[Tracker | str] | None, *, before: Sequence[str] = ()) -> Audience:
    if read_launch().rank:  # the first rank talks for all
        trackers, before = (), ()
    return Audience(
        [DISPLAY] if trackers is None else trackers,
        before=before,
        display=NotebookTracker if in_notebook() else TerminalTracker,
    )


def _telling(audience: Audience) -> Progress:
    """What makes events of the progress of decoding."""

    def tell(done: int, total: int | None) -> None:
        audience(FilesDecoded(done=done, total=total or done))

    return tell


def _drive(events: Iterator[Event], audience: Audience) -> RunFinished:
    finished = None
    try:
        for event in events:
            audience(event)
            finished = event if isinstance(event, RunFinished) else finished
    finally:
        if isinstance(events, Generator):
            events.close()  # whatever stopped this, the folder says how it ended before the trackers look
        audience.close()
    assert finished is not None
    return finished
