"""What torchrun tells a process in its environment: which of how many it is, and whether it was started before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fudemoji.errors import SettingsError

__all__ = ["Launch", "read_launch"]


@dataclass(frozen=True)
class Launch:
    """One process among those that train together.

    Attributes:
        rank: its number, from 0.
        size: how many there are.
        local_rank: its number on its machine (node), from 0.
        local_size: how many there are on its machine.
        restarts: how often torchrun has started them anew since.
        id: the same for all starts of one torchrun on this machine, another for every torchrun; empty without one.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    restarts: int = 0
    id: str = ""


def read_launch() -> Launch:
    """What the environment says; a process by itself where it says nothing.

    Raises:
        SettingsError: a variable is no number, or the rank is not below the number of ranks.
    """
    rank, size = _number("RANK", 0), _number("WORLD_SIZE", 1)
    if rank >= size:
        raise SettingsError(
            f"RANK is {rank} and WORLD_SIZE {size}: ranks count from 0; let torchrun set them"
        )
    return Launch(
        rank=rank,
        size=size,
        local_rank=_number("LOCAL_RANK", rank),
        local_size=_number("LOCAL_WORLD_SIZE", size),
        restarts=_number("TORCHELASTIC_RESTART_COUNT", 0),
        id=_id(),
    )


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if text and not text.isdecimal():
        raise SettingsError(f"the environment variable {name} is '{text}', no number; let torchrun set it")
    return int(text) if text else default


def _id() -> str:
    """The folder in which torchrun keeps its processes' errors, its own in every start; else the job's id."""
    error_file = os.environ.get("TORCHELASTIC_ERROR_FILE", "")  # FOLDER/attempt_N/RANK/error.json
    if error_file.count("/") > 3:
        return str(Path(error_file).parents[2])
    return os.environ.get("TORCHELASTIC_RUN_ID", "")
