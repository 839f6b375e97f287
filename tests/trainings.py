"""Trainings that take a second, in this process or in one that can be killed, and all that one leaves behind."""

import contextlib
import dataclasses
import functools
import multiprocessing
import sys
from pathlib import Path

import numpy as np
import safetensors

from builders import glyphs, write_glyphs
from fudemoji.events import EpochDone, Evaluated, RunStarted
from fudemoji.runs import Run
from fudemoji.training import fit, fit_events

TINY = {
    "model": "mlp",
    "opt": "adamw",
    "lr": 0.01,
    "epochs": 2,
    "batch_size": 16,
    "precision": "fp32",
    "ema": 0,
    "test_shifts": 0,
    "rotate": 0,
    "zoom": 0,
    "shear": 0,
    "shift": 0,
}


def outcome(run: Run) -> dict[str, object]:
    """Everything that must not depend on where a run was broken off, bit for bit."""
    found: dict[str, object] = {}
    for name in ("last", "best"):
        with safetensors.safe_open(run.checkpoint_path(name), framework="np") as file:
            for key in file.keys():  # noqa: SIM118 - no mapping
                found[f"{name}/{key}"] = file.get_tensor(key).tobytes()
    for name in ("predictions", "samples", "split"):
        if (run.path / f"{name}.npz").exists():
            arrays = run.read_arrays(name)
            found |= {f"{name}/{key}": np.ascontiguousarray(array).tobytes() for key, array in arrays.items()}
    events = run.events()
    found["epochs"] = [(e.step, e.epoch, e.train_loss) for e in events if isinstance(e, EpochDone)]
    found["evaluations"] = [dataclasses.replace(e, seconds=0.0) for e in events if isinstance(e, Evaluated)]
    return found


def differences(one: Run, other: Run) -> list[str]:
    first, second = outcome(one), outcome(other)
    assert first.keys() == second.keys()
    return [name for name, value in first.items() if value != second[name]]


# --- trainings in a process of their own -----------------------------------------------------------------------

CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["fudemoji.training", "fudemoji.cli.app", "torch._dynamo"])


def child(*arguments: str, log: Path) -> multiprocessing.process.BaseProcess:
    """A started process that runs the command line; stdout and stderr go to `log`."""
    process = CHILDREN.Process(target=run_command, args=(arguments, str(log)))
    process.start()
    return process


def run_command(arguments: tuple[str, ...], log: str) -> None:
    """What the process does; a checkpoint and an event for every step, and no report."""
    from fudemoji.cli.app import _run
    from fudemoji.engine.loop import Plan
    from fudemoji.training import session, workbench

    workbench.Plan = functools.partial(Plan, event_seconds=0.0)
    session.write_report = lambda run: run.report_path
    with Path(log).open("a") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        exit_code = _run(list(arguments))
    sys.exit(exit_code)


def flags(values: dict[str, object]) -> list[str]:
    """Settings as the command line takes them."""
    return [part for name, value in values.items() for part in (f"--{name.replace('_', '-')}", str(value))]


def finished_run(folder: Path, **values: object) -> Run:
    """A run on a folder of signs that has learnt them, report and all."""
    data = write_glyphs(folder / "signs", glyphs(120, 40))
    settings = {**TINY, "epochs": 25, "seed": 1, **values}
    return Run(Path(fit(str(data), output=folder / "runs", name="done", trackers=[], **settings).run))


def interrupted_run(folder: Path) -> Run:
    """A run on the same signs that was left in the middle, with a last and a previous checkpoint."""
    data = write_glyphs(folder / "signs", glyphs(120, 40))
    events = fit_events(str(data), output=folder / "runs", name="left", **TINY)
    for event in events:
        if isinstance(event, RunStarted):
            run = Run(Path(event.run))
        if isinstance(event, EpochDone):
            events.close()
    assert run.checkpoint_path("last").exists()
    return run
