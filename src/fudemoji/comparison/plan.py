"""What a comparison is going to do, kept in its folder, so that it can go on where it was broken off."""

from __future__ import annotations

import datetime
import json
import re
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fudemoji.comparison.variants import Candidate, flat
from fudemoji.errors import RunError
from fudemoji.runs import Run, free_path, write_beside

__all__ = ["Plan", "made_up_name", "plan_folder"]

_FORMAT = "fudemoji-comparison-1"
_NOT_PLANNED = ("seed", "device", "checkpoint_minutes", "cache_dir", "cache_gb", "data_dir")


@dataclass(frozen=True)
class Plan:
    """The trainings of a comparison: each candidate with each seed. Or the finished runs that it looks at.

    Attributes:
        data: the set, by its name, its path, or its name and fingerprint.
        candidates: the ways to train.
        seeds: of each.
        runs: paths of finished runs, instead of all these.
    """

    data: str = ""
    candidates: tuple[Candidate, ...] = ()
    seeds: tuple[int, ...] = ()
    runs: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The content of plan.json."""
        if self.runs:
            return {"format": _FORMAT, "runs": list(self.runs)}
        variants = {
            c.name: {
                "recipe": c.recipe,
                "contender": c.contender,
                "tried": c.tried,
                "settings": {
                    name: value
                    for name, value in flat(c.settings(seed=self.seeds[0])).items()
                    if name not in ("data", *_NOT_PLANNED)
                },
            }
            for c in self.candidates
        }
        return {"format": _FORMAT, "data": self.data, "seeds": list(self.seeds), "variants": variants}

    def trainings(self) -> Iterator[tuple[Candidate, int]]:
        """Every candidate of the first seed, then every one of the second."""
        for seed in self.seeds:
            for candidate in self.candidates:
                yield candidate, seed


def folder_name(candidate: Candidate, seed: int) -> str:
    """What the run folder of a training is called.

    >>> folder_name(Candidate("timm/x lr=1", "timm/x", "quick", {}, {}), 0)
    'timm-x_lr=1-0'
    """
    return f"{re.sub(r'[^A-Za-z0-9._=+-]', lambda m: '_' if m[0] == ' ' else '-', candidate.name)}-{seed}"


def made_up_name(data: str, what: str) -> str:
    """A name for the folder of a comparison: the day, the set, what is compared, three random characters."""
    day = datetime.datetime.now().astimezone().date().isoformat()
    return f"{day}-{Path(data).name or 'set'}-{what}-{secrets.token_hex(2)[:3]}"


def plan_folder(output: Path, name: str, plan: Plan) -> tuple[Path, bool]:
    """The folder of the plan, and whether it was there already.

    It is made beside its place and renamed, so that whoever sees it sees its plan.

    Raises:
        RunError: there is a folder of that name without a plan, or with another one; the message says what differs.
    """
    path, content = output / name, plan.to_dict()
    if (path / "plan.json").is_file():
        stored = Run(path).read_json("plan")
        if told := list(_differences(stored, json.loads(json.dumps(content)))):
            raise RunError(
                f"{path} was planned otherwise: {'; '.join(told)}; give the same again, or choose another --name"
            )
        return path, True
    if path.exists():
        raise RunError(f"{path} exists and is no comparison; choose another --name, or remove it")
    free_path(output, name)
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output, prefix=f".{name}.") as beside:
            new = Path(beside) / name
            new.mkdir()
            with write_beside(new / "plan.json") as file:
                file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())
            new.rename(path)
    except OSError as error:
        raise RunError(f"cannot make the folder {path}: {error.strerror}") from error
    return path, False


def _differences(stored: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    """Phrases for what is not the same in two plans."""
    if stored.get("format") != _FORMAT:
        yield f"format {stored.get('format')} instead of {_FORMAT}"
        return
    for key in ("data", "seeds", "runs"):
        if stored.get(key) != wanted.get(key):
            yield f"{key} {_told(stored.get(key))} instead of {_told(wanted.get(key))}"
    old, new = stored.get("variants", {}), wanted.get("variants", {})
    if gone := [name for name in old if name not in new]:
        yield f"with {', '.join(gone)}"
    if added := [name for name in new if name not in old]:
        yield f"without {', '.join(added)}"
    for name in [name for name in old if name in new]:
        was, now = old[name].get("settings", {}), new[name]["settings"]
        for key in [key for key in now if was.get(key) != now[key]][:3]:
            yield f"{name} has {key} {_told(was.get(key))} instead of {_told(now[key])}"


def _told(value: Any) -> str:
    if value is None:
        return "none"
    return (
        ", ".join(map(str, value))
        if isinstance(value, Sequence) and not isinstance(value, str)
        else str(value)
    )
