"""What is looked at before a server starts."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fudemoji.errors import SettingsError

if TYPE_CHECKING:
    from fudemoji.serving.keys import KeyRing

__all__ = ["fair_threads", "import_server", "keys_for"]


def import_server() -> None:
    """Import what `fudemoji[serve]` brings.

    Raises:
        SettingsError: it is not installed; the message says how to.
    """
    for package in ("fastapi", "h11", "httptools", "prometheus_client", "python_multipart", "uvicorn"):
        try:
            importlib.import_module(package)
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"serving needs the package {package}; install it with `pip install 'fudemoji[serve]'`"
            ) from error


def keys_for(host: str, file: Path | None) -> KeyRing | None:
    """The keys of a server on this host; None where it has none and needs none.

    Raises:
        SettingsError: the file holds no keys, or there is none and others than this machine could reach the server.
    """
    from fudemoji.serving.addresses import is_loopback
    from fudemoji.serving.keys import read_keys

    if file is not None:
        return read_keys(file)
    if is_loopback(host):
        return None
    raise SettingsError(
        f"--host {host} lets other machines in, which needs keys: give --key-file, or leave --host at 127.0.0.1"
    )


def fair_threads(processes: int) -> int:
    """Threads of each model process, so that they and the server have a core each where there are enough."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, (cores - 1) // processes)
