"""Errors that reach the user as one line, and the look-up that says "did you mean"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = [
    "DataError",
    "ExportFailed",
    "FudemojiError",
    "Interrupted",
    "PartlyFailed",
    "RunError",
    "SettingsError",
    "TrainingFailed",
    "did_you_mean",
    "look_up",
]

T = TypeVar("T")


class FudemojiError(Exception):
    """Something a user can mend; the message names the thing, the value and the way out on one line."""

    exit_code = 2


class SettingsError(FudemojiError):
    """A setting that is unknown, out of range, or at odds with another."""


class DataError(FudemojiError):
    """A data set, file or image that is missing, damaged or not what it claims to be."""


class RunError(FudemojiError):
    """A run folder or checkpoint that exists already, is missing, or is damaged."""


class TrainingFailed(FudemojiError):
    """A training that started and could not go on: the loss is no number, or the disk is full."""

    exit_code = 1


class PartlyFailed(FudemojiError):
    """Some of many things could not be done; the others were, and each failure was told where it happened."""

    exit_code = 1


class ExportFailed(FudemojiError):
    """An exported file that does not answer as its run does; it is not kept."""

    exit_code = 1


class Interrupted(FudemojiError):
    """A training that was asked to stop, and did so after writing a checkpoint."""

    exit_code = 130


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A clause that offers the nearest known name, or an empty string.

    >>> did_you_mean("resent34", ["resnet18", "resnet34"])
    " (did you mean 'resnet34'?)"
    """
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else ""


def look_up(table: Mapping[str, T], name: str, *, what: str) -> T:
    """The entry of `table` called `name`.

    Raises:
        SettingsError: no such entry; the message offers the nearest name and lists all.

    >>> look_up({"cnn": 1, "mlp": 2}, "cnn", what="model")
    1
    """
    if name in table:
        return table[name]
    raise SettingsError(
        f"unknown {what} '{name}'{did_you_mean(name, table)}; known: {', '.join(sorted(table))}"
    )
