"""What a tracker must know again when its run is resumed: a small file in the run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fudemoji.runs import Run, write_beside

__all__ = ["folder_of", "recall", "remember"]


def folder_of(run: Run, name: str) -> Path:
    """Where the tracker called `name` keeps its log and what it must know again."""
    return run.path / "trackers" / name


def recall(run: Run, name: str) -> dict[str, Any]:
    """What was remembered; nothing where there is nothing, or nothing that can be read."""
    try:
        content = json.loads((folder_of(run, name) / "tracked.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def remember(run: Run, name: str, **content: Any) -> None:
    """Keep `content`, in place of what was there."""
    with write_beside(folder_of(run, name) / "tracked.json") as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())
