"""The run folder: where everything about one training lies, and how it gets there whole.

Every file is written beside its place and renamed, so that a kill at any moment leaves a folder that opens.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO, Any

import numpy as np

from fudemoji.config import Settings, check_sheet, settings_from_json
from fudemoji.errors import RunError, did_you_mean
from fudemoji.events import Event, from_json

__all__ = [
    "Run",
    "create_run",
    "describe_environment",
    "free_path",
    "list_runs",
    "open_run",
    "without_passwords",
    "write_beside",
]


@contextlib.contextmanager
def write_beside(path: Path, *, mode: int = 0o644, lasts: bool = True) -> Iterator[IO[bytes]]:
    """A binary file that takes the name `path` when the block ends well, and vanishes when it does not.

    Until then its owner alone can read it.

    Args:
        path: what it is to be called.
        mode: the permissions that it gets with the name.
        lasts: sync it to the disk; else it is written sooner, and empty after a power cut at the wrong moment.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            if lasts:
                file.flush()
                os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Run:
    """One run folder; the properties are the places of its files."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def events_path(self) -> Path:
        """One event a line, in the order they happened."""
        return self.path / "events.jsonl"

    @property
    def report_path(self) -> Path:
        """The page for a person."""
        return self.path / "report.html"

    def checkpoint_path(self, name: str) -> Path:
        """Where the checkpoint `last`, `previous` or `best` lies."""
        return self.path / "checkpoints" / f"{name}.safetensors"

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write `name`.json, whole or not at all."""
        with write_beside(self.path / f"{name}.json") as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())

    def read_json(self, name: str) -> dict[str, Any]:
        """The content of `name`.json.

        Raises:
            RunError: the file is missing or damaged.
        """
        path = self.path / f"{name}.json"
        try:
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise RunError(f"{path} is missing; {self.path} is no whole run folder") from None
        except (ValueError, RecursionError) as error:
            raise RunError(f"{path} is damaged: {error}") from error
        if not isinstance(content, dict):
            raise RunError(f"{path} is damaged: no JSON object")
        return content

    def sheet(self) -> dict[str, Any]:
        """The facts of the set that it was trained on, as data.json holds them.

        Raises:
            RunError: the file is missing or damaged.
        """
        content = self.read_json("data")
        check_sheet(content, where=str(self.path / "data.json"))
        return content

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Write `name`.npz, compressed, whole or not at all."""
        with write_beside(self.path / f"{name}.npz") as file:
            np.savez_compressed(file, **arrays)

    def read_arrays(self, name: str) -> dict[str, np.ndarray[Any, Any]]:
        """The arrays of `name`.npz; nothing is ever unpickled.

        Raises:
            RunError: the file is missing or damaged.
        """
        path = self.path / f"{name}.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return dict(arrays)
        except FileNotFoundError:
            way_out = f"write it with `fudemoji evaluate {self.path}`"
            if name == "split":  # evaluate needs it too
                way_out = f"{self.path} is no whole run folder"
            raise RunError(f"{path} is missing; {way_out}") from None
        except Exception as error:
            raise RunError(f"{path} is damaged: {error}") from error

    def settings(self) -> Settings:
        """The settings the run was started with."""
        path = self.path / "config.json"
        if not path.is_file():
            raise RunError(f"{path} is missing; {self.path} is no whole run folder")
        return settings_from_json(path.read_text(encoding="utf-8", errors="replace"), where=str(path))

    def events(self) -> list[Event]:
        """All events so far; a last line cut off by a kill is left out."""
        if not self.events_path.is_file():
            return []
        lines = self.events_path.read_bytes().split(b"\n")
        return [from_json(line.decode(errors="replace")) for line in lines[:-1] if line.strip()]

    def clear_leftovers(self) -> None:
        """Remove what a kill left half-written beside its place; only while no other process trains here."""
        for left in self.path.rglob(".*.part"):
            left.unlink(missing_ok=True)

    def set_status(self, state: str, **details: Any) -> None:
        """Record where the run stands: `running`, `finished`, `interrupted` or `failed`, and details."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self.write_json("status", {"state": state, "at": now, **details})


def create_run(
    settings: Settings, *, output: Path, name: str | None, label: str, fill: Callable[[Run], None]
) -> Run:
    """A new run folder in `output` with config.json, status.json and what `fill` adds.

    It is made beside its place and renamed, so that whoever sees it sees all of it.

    Without a `name` it is called after the day, the `label` and three random characters.

    Raises:
        RunError: the name is taken, or is none for a folder.
    """
    if name is None:
        day = datetime.datetime.now().astimezone().date().isoformat()
        name = f"{day}-{label}-{secrets.token_hex(2)[:3]}"
    path = free_path(output, name)
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output, prefix=f".{name}.") as beside:
            new = Run(Path(beside) / name)
            (new.path / "checkpoints").mkdir(parents=True)
            with write_beside(new.path / "config.json") as file:
                file.write(settings.model_dump_json(indent=1).encode())
            new.set_status("running", step=0)
            fill(new)
            new.path.rename(path)
    except OSError as error:
        free_path(output, name)  # somebody else may have been faster
        raise RunError(f"cannot make the run folder {path}: {error.strerror}") from error
    return Run(path)


def free_path(output: Path, name: str) -> Path:
    """Where a new run folder called `name` goes.

    Raises:
        RunError: the name is taken, or is none for a folder.
    """
    if name in ("", ".", "..") or Path(name).name != name or "\0" in name or len(os.fsencode(name)) > 200:
        raise RunError(f"'{name}' is no name for a run folder; use --output for the folder around it")
    path = output / name
    if path.exists():
        raise RunError(
            f"run {path} exists; resume it with `fudemoji resume {path}`, or choose another --name"
        )
    return path


def open_run(path: Path | str) -> Run:
    """The run folder at `path`.

    Raises:
        RunError: there is none; the message offers the nearest name beside it.
    """
    path = Path(path)
    if not (path / "config.json").is_file():
        if path.is_dir():
            raise RunError(f"{path} is no run folder: config.json is missing")
        beside = [p.name for p in path.parent.iterdir() if p.is_dir()] if path.parent.is_dir() else []
        raise RunError(
            f"no run folder {path}{did_you_mean(path.name, beside)}; list them with `fudemoji runs`"
        )
    return Run(path)


def list_runs(output: Path) -> list[Run]:
    """The run folders in `output`, oldest first."""
    if not output.is_dir():
        return []
    found = [Run(path) for path in output.iterdir() if (path / "config.json").is_file()]
    return sorted(found, key=lambda run: (run.path / "config.json").stat().st_mtime)


def describe_environment() -> dict[str, Any]:
    """Versions, machine and command line, for env.json."""
    packages = ("fudemoji", "torch", "torchvision", "numpy", "pillow", "safetensors")
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "versions": {name: _version(name) for name in packages},
        "commit": _commit(),
        "command": [Path(sys.argv[0]).name, *map(without_passwords, sys.argv[1:])],
    }


def without_passwords(text: str) -> str:
    """The text with the passwords of all URLs in it blotted out, as in what is kept or shown.

    >>> without_passwords("--storage=postgresql://me:se:cr@t@host/db?password=x&sslmode=off")
    '--storage=postgresql://me:***@host/db?password=***&sslmode=off'
    """
    text = re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", text)
    return re.sub(r"([?&]password=)[^&\s]*", r"\1***", text, flags=re.IGNORECASE)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _commit() -> str | None:
    """The commit of the checkout that this package runs from, read without calling git."""
    git = Path(__file__).parents[2] / ".git"
    with contextlib.suppress(OSError):
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        return (git / head.removeprefix("ref: ")).read_text().strip()
    return None
