"""How much memory this process took at most, on the host and on the GPU."""

from __future__ import annotations

import contextlib
from pathlib import Path

import torch

__all__ = ["forget_peaks", "peak_device_memory", "peak_memory"]

_FORGET = "5"  # see proc(5), /proc/PID/clear_refs


def forget_peaks() -> None:
    """Count from now on; where the system has no way to, the peak stays that of the process."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_FORGET)
    if torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()


def peak_memory() -> int | None:
    """Resident bytes of this process at most; None where the system does not tell (it is not Linux)."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def peak_device_memory(device: torch.device) -> int | None:
    """Bytes that torch held on a GPU at most; None for other devices."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
