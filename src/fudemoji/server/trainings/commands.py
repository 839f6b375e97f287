"""Verbs of the command line, as a person would type them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from fudemoji.config import FLAGS, resolve

__all__ = ["flags_of", "fudemoji"]


def fudemoji(verb: str) -> list[str]:
    """The start of a command."""
    return [sys.executable, "-P", "-m", "fudemoji", verb]


def flags_of(recipe: str, values: Mapping[str, Any]) -> list[str]:
    """Settings over a recipe as the command line takes them.

    Raises:
        SettingsError: this version has no such settings.

    >>> flags_of("quick", {"epochs": 3, "pretrained": False})
    ['--epochs=3ep', '--no-pretrained']
    """
    resolved = resolve(recipe, values).model_dump(mode="json")
    found = []
    for name in values:
        flag = FLAGS[name]
        value, option = resolved[flag.section][flag.field], name.replace("_", "-")
        if flag.is_switch:
            found.append(f"--{option}" if value else f"--no-{option}")
        elif value is not None:
            several = value if isinstance(value, list) else [value]
            found += [f"--{option}={one}" for one in several]
    return found
