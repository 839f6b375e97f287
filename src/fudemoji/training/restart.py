"""Which run a training that torchrun has started anew is to go on with."""

from __future__ import annotations

import contextlib
from pathlib import Path

from fudemoji.errors import RunError
from fudemoji.launch import Launch
from fudemoji.runs import Run, free_path, list_runs

__all__ = ["own_run"]


def own_run(output: Path, name: str | None, launch: Launch) -> str:
    """The run folder that an earlier start of the same torchrun has made, or nothing where a new one is to be made.

    Raises:
        RunError: the name is taken by another run, or is none for a folder.
    """
    if launch.restarts and launch.id:
        candidates = [Run(output / name)] if name else list_runs(output)
        for run in reversed(candidates):
            if _is_of(run, launch.id):
                return str(run.path)
    if name is not None:
        free_path(output, name)
    return ""


def _is_of(run: Run, launch_id: str) -> bool:
    with contextlib.suppress(RunError):
        return launch_id in run.read_json("env").get("launches", ())
    return False
