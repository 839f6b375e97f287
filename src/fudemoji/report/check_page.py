"""The page of a check: what was found, with pictures side by side, and samples and counts of each class."""

# C channels, H x W pixels

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fudemoji.data.checks.findings import ClassCount, Finding, Findings
from fudemoji.data.checks.subject import Subject
from fudemoji.errors import DataError
from fudemoji.report.font import FONT_NAME, can_draw, drawable
from fudemoji.report.images import data_uri, tone
from fudemoji.report.rendering import render_page
from fudemoji.runs import write_beside

__all__ = ["write_check_page"]

_MOST_GROUPS, _MOST_IN_GROUP, _MOST_TILES, _MOST_ROWS, _MOST_CLASSES, _SAMPLES = 40, 6, 60, 200, 100, 8
_SIDE = 160  # pixels of a picture among the findings
_PICTURED = (
    "blank",
    "unusual-size",
    "unusual-format",
    "unseen-class",
    "single-image",
    "small-class",
)  # findings shown as pictures


@dataclass(frozen=True)
class Shown:
    """A picture with its name, and what is to say about it."""

    uri: str
    name: str
    label: str = ""
    split: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Group:
    """Copies of one picture; `num_more` of them are not shown."""

    members: list[Shown]
    num_more: int


@dataclass(frozen=True)
class FindingView:
    """A finding, and what of it fits on the page."""

    finding: Finding
    groups: list[Group]
    tiles: list[Shown]
    rows: list[tuple[str, str]]
    num_above: int
    num_more: int
    instead: str

    @property
    def anchor(self) -> str:
        """The part of the page that shows it: another's where that shows all of it already."""
        return self.finding.kind if self.groups or self.tiles or self.rows else self.instead


@dataclass(frozen=True)
class ClassView:
    """A class with samples; `shares` are its splits' counts and widths in per cent of the largest class."""

    count: ClassCount
    glyph: str
    name: str
    samples: list[Shown]
    shares: list[tuple[str, int, float]]


def write_check_page(findings: Findings, subject: Subject, path: str | Path) -> Path:
    """Write the page and return its path.

    Raises:
        DataError: the file cannot be written.
    """
    path = Path(path)
    page = render_page(
        "check.html",
        _context(findings, subject),
        title=f"Check of {findings.name}",
        styles=["style.css", "check.css"],
    )
    try:
        with write_beside(path) as file:
            file.write(page.encode(errors="backslashreplace"))
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror}; give another file with --output") from error
    return path


def _context(findings: Findings, subject: Subject) -> dict[str, Any]:
    some = np.linspace(0, len(subject) - 1, min(200, len(subject))).astype(int).tolist()
    classes, num_hidden = _classes(findings, subject)
    severities = [finding.severity for finding in findings.findings]
    return {
        "findings": findings,
        "views": _views(findings, subject),
        "classes": classes,
        "num_hidden": num_hidden,
        "splits": list(findings.splits) or ["all"],
        "severities": {one: severities.count(one) for one in ("error", "warning", "note")},
        "ink": tone(np.stack([subject.pixels(place) for place in some])) if some else "photo",
        "kind": {"characters": "image", "photos": "image", "clips": "clip"}[subject.kind],
        "font_name": FONT_NAME,
    }


def _views(findings: Findings, subject: Subject) -> list[FindingView]:
    place_of = {name: place for place, name in enumerate(subject.names)}
    seen: set[tuple[str, ...]] = set()
    views = []
    for finding in findings.findings:
        fresh = [group for group in finding.groups if group not in seen]
        seen.update(finding.groups)
        views.append(_view(finding, fresh, subject, place_of))
    return views


def _view(
    finding: Finding, fresh: Sequence[tuple[str, ...]], subject: Subject, place_of: dict[str, int]
) -> FindingView:
    def shown(name: str, detail: str = "") -> Shown:
        place = place_of[name]
        label = ", ".join(str(subject.classes[k]) for k in subject.labels_of(place))
        uri = data_uri(subject.picture(place, side=_SIDE), largest=_SIDE)
        return Shown(uri, name, label, subject.split_M[place], detail)

    groups = [
        Group(
            [shown(name) for name in _differing(group, subject, place_of)],
            max(0, len(group) - _MOST_IN_GROUP),
        )
        for group in fresh[:_MOST_GROUPS]
    ]
    details = finding.details or ("",) * len(finding.files)
    tiles, rows, num_more = [], [], max(0, len(fresh) - _MOST_GROUPS)
    if finding.kind in _PICTURED:
        listed = list(zip(finding.files, details, strict=True))
        tiles = [shown(name, detail) for name, detail in listed[:_MOST_TILES]]
        num_more = max(0, len(listed) - _MOST_TILES)
    elif not finding.groups:
        rows = list(zip(finding.files, details, strict=True))
        rows, num_more = rows[:_MOST_ROWS], max(0, len(rows) - _MOST_ROWS)
    num_above = len(finding.groups) - len(fresh)
    instead = "classes"
    if finding.groups:
        instead = (
            "leak"
            if len({subject.split_M[place_of[name]] for name in finding.groups[0]}) > 1
            else "two-labels"
        )
    return FindingView(finding, groups, tiles, rows, num_above, num_more, instead)


def _differing(group: tuple[str, ...], subject: Subject, place_of: dict[str, int]) -> list[str]:
    """As many members as are shown: first one of each label and split, then the others."""
    first: dict[tuple[object, ...], str] = {}
    for name in group:
        place = place_of[name]
        first.setdefault((subject.labels_of(place), subject.split_M[place]), name)
    chosen = [*first.values(), *(name for name in group if name not in set(first.values()))][:_MOST_IN_GROUP]
    return sorted(chosen, key=group.index)


def _classes(findings: Findings, subject: Subject) -> tuple[list[ClassView], int]:
    """All classes, or the largest and the smallest of very many; and how many are not shown."""
    counts = np.array([count.num_images for count in findings.classes])
    chosen = list(range(len(counts)))
    if len(chosen) > _MOST_CLASSES:
        order = np.argsort(-counts, kind="stable").tolist()
        chosen = [*order[: _MOST_CLASSES // 2], *order[-_MOST_CLASSES // 2 :]]
    largest = max(1, int(counts.max(initial=0)))
    views = []
    for k in chosen:
        count, label_class = findings.classes[k], subject.classes[k]
        per_split = count.splits or {"all": count.num_images}
        shares = [(name, number, 100 * number / largest) for name, number in per_split.items()]
        glyph = label_class.glyph if can_draw(label_class.glyph) else ""
        name = label_class.romanisation if glyph else str(label_class)
        views.append(ClassView(count, glyph, drawable(name), _samples(subject, k), shares))
    return views, len(counts) - len(chosen)


def _samples(subject: Subject, k: int) -> list[Shown]:
    """Evenly chosen images of a class, as they would be trained on."""
    members = np.flatnonzero(subject.labels == k if subject.labels.ndim == 1 else subject.labels[:, k])
    if not len(members):
        return []
    chosen = members[np.unique(np.linspace(0, len(members) - 1, _SAMPLES).astype(int))].tolist()
    return [Shown(data_uri(subject.pixels(place)), subject.names[place]) for place in chosen]
