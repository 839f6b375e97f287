"""The folder of an export: there with all its files, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fudemoji.errors import RunError
from fudemoji.runs import Run

__all__ = ["free_folder", "new_folder"]


def free_folder(run: Run, output: str | Path | None, *, name: str) -> Path:
    """Where an export goes: `output`, or `exports/NAME` in the run.

    Raises:
        RunError: something lies there.
    """
    path = Path(output).expanduser() if output else run.path / "exports" / name
    if path.exists() or path.is_symlink():
        raise RunError(f"{path} exists; delete it, or give another --output")
    return path


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` that takes this name, synced, when the block ends well, and vanishes when it does not.

    Raises:
        RunError: it cannot be written, or somebody else was faster; nothing is left of it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
            folder = Path(beside) / path.name
            folder.mkdir()
            yield folder
            for written in (*folder.iterdir(), folder):
                _sync(written)
            folder.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise RunError(
            f"{path} cannot be written: {error.strerror or error}; nothing is left of it"
        ) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
