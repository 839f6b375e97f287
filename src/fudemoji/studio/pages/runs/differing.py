"""Settings of several runs side by side: those that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fudemoji.errors import RunError
from fudemoji.report.views import setting_rows
from fudemoji.runs import Run
from fudemoji.studio.pages.runs.shelf import Shelved

__all__ = ["Difference", "differences"]


@dataclass(frozen=True)
class Difference:
    """A setting that is not the same in all runs.

    Attributes:
        name: of the setting, as a flag of `fudemoji train` without its dashes.
        description: what it sets.
        values: one a run; None where its settings cannot be read.
    """

    name: str
    description: str
    values: tuple[str | None, ...]


def differences(runs: Sequence[Shelved]) -> list[Difference]:
    """The settings in which any two of the runs differ; the lists of images of a project's iterations always do."""
    read = [_values(one.run) for one in runs]
    if all(one.project_id for one in runs):
        read = [{name: told for name, told in one.items() if name != "data"} for one in read]
    known = {name: described for one in read for name, (_, described) in one.items()}
    found = []
    for name, described in known.items():
        values = tuple(one[name][0] if name in one else None for one in read)
        if len({value for value in values if value is not None}) > 1:
            found.append(Difference(name, described, values))
    return found


def _values(run: Run) -> dict[str, tuple[str, str]]:
    """Value and description of each setting; nothing where they cannot be read."""
    try:
        return {row.name: (row.value, row.description) for row in setting_rows(run.settings())}
    except RunError:
        return {}
