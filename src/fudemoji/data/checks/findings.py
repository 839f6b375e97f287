"""What a check came to, as plain records, and the words they are told in."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["ClassCount", "Finding", "Findings", "Severity", "few", "many"]

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Something odd.

    Attributes:
        kind: `leak`, `two-labels`, `duplicate`, `near-duplicate`, `unseen-class`, `single-image`, `small-class`,
            `imbalance`, `blank`, `unusual-size`, `unusual-format`, or the kind of a problem: `broken`, `stray`, ...
        severity: `error` where results would be wrong or images are lost, `warning`, or `note`.
        title: a few words.
        text: what was found, in a sentence, and what to do about it.
        files: every file concerned.
        groups: of copies, the files that show the same picture, a tuple each.
        details: what is to say about each of `files`, where that differs.
        classes: ids of the classes concerned.
    """

    kind: str
    severity: Severity
    title: str
    text: str
    files: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    details: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassCount:
    """A class and how many images it has in all, and in each split."""

    id: str
    name: str
    num_images: int
    splits: dict[str, int]


@dataclass(frozen=True)
class Findings:
    """What a check came to.

    Attributes:
        name: of the set.
        source: where it lies.
        num_images: that could be read.
        image_size: height and width as they would be trained on.
        splits: images of each split; empty where the source names none.
        classes: with their counts.
        largest_over_smallest: images of the largest class over those of the smallest that has any.
        effective_classes: classes of equal size that would be as uncertain: the exponential of the entropy.
        findings: the gravest first.
    """

    name: str
    source: str
    num_images: int
    image_size: tuple[int, int]
    splits: dict[str, int]
    classes: tuple[ClassCount, ...]
    largest_over_smallest: float
    effective_classes: float
    findings: tuple[Finding, ...]

    def of_kind(self, kind: str) -> Finding | None:
        """The finding of a kind, or None."""
        return next((finding for finding in self.findings if finding.kind == kind), None)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return dataclasses.asdict(self)


def many(number: int, one: str, several: str = "") -> str:
    """A number with its noun.

    >>> many(1, "file"), many(2000, "exact copy", "exact copies")
    ('1 file', '2,000 exact copies')
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def few(names: Sequence[str]) -> str:
    """The first five names, and how many more there are."""
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
