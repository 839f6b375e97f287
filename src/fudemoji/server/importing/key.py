"""The training key of a service: from the environment, a file or a prompt, and never from an argument."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from fudemoji.errors import SettingsError

__all__ = ["VARIABLE", "read_key"]

VARIABLE = "CUSTOM_VISION_TRAINING_KEY"
_MOST_BYTES = 4096


def read_key(file: Path | None, *, prompt: Callable[[], str] | None) -> str:
    """The key in a file, if one is given, else in the environment, else what is typed.

    Args:
        file: holds the key and nothing else.
        prompt: asks for it without showing it; None where nobody can be asked.

    Raises:
        SettingsError: there is none, or the file cannot be read.
    """
    typed = prompt or str
    key = _first_line(file) if file is not None else os.environ.get(VARIABLE) or typed()
    if not key.strip():
        raise SettingsError(
            f"no training key; set {VARIABLE}, or give a --key-file (a fudemoji server without keys takes any)"
        )
    return key.strip()


def _first_line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES).decode("utf-8-sig").strip().partition("\n")[0]
    except OSError as error:
        raise SettingsError(f"the key file {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"the key file {file} is no text; write the key into it, and nothing else"
        ) from error
