"""What is odd about a set, found before it is trained on: each finding names every file concerned."""

# M images, K classes

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.checks.findings import ClassCount, Finding, Findings, Severity, few, many
from fudemoji.data.checks.quick import odd_formats
from fudemoji.data.checks.subject import MOST_COMPARED, Subject
from fudemoji.data.listing import Problem
from fudemoji.data.sets import ImageSet, LabelClass

__all__ = ["check", "check_subject"]

_UNEVEN, _VERY_UNEVEN = 3.0, 10.0  # largest class over smallest: worth a note, worth a warning
_BLANK = 2.0  # grey levels between the darkest and the brightest part of a thumbnail without a picture
_LONG = 4.0  # proportions of an unusually long image
_SMALL = 4.0  # times smaller than usual is unusually small

_PROBLEMS: dict[str, tuple[Severity, str, str]] = {
    "broken": ("error", "Broken files", "left out: unreadable content"),
    "truncated": ("error", "Truncated files", "left out: the content ends too early"),
    "empty": ("error", "Empty files", "left out: nothing inside"),
    "huge": ("error", "Huge files", "left out: too large to be read"),
    "missing": ("error", "Missing files", "left out: named, but not there"),
    "changed": ("error", "Changing files", "left out: changed while being read"),
    "short": ("warning", "Short clips", "with fewer frames than are sampled"),
    "stray": ("note", "Stray files", "passed over: no images of a class"),
}


def check(data: ImageSet) -> Findings:
    """What is odd about a set in memory; files that could not be read are known to `fudemoji data check` only."""
    return check_subject(Subject.of_set(data))


def check_subject(subject: Subject) -> Findings:
    """What is odd about the images, their labels and their splits."""
    counts_K = subject.class_counts()
    seen = counts_K[counts_K > 0]
    shares = seen / max(1, seen.sum())
    blank_M = _is_blank(subject)
    findings = [
        *_problems(subject.problems),
        *_copies(subject, blank_M),
        *_classes(subject, counts_K),
        *_imbalance(subject, seen),
        *_blank(subject, blank_M),
        *_sizes(subject),
        *_formats(subject),
    ]
    order = ("error", "warning", "note")
    return Findings(
        name=subject.name,
        source=subject.source,
        num_images=len(subject),
        image_size=(int(subject.images.shape[-2]), int(subject.images.shape[-1])),
        splits={name: len(places) for name, places in subject.splits.items()},
        classes=tuple(_class_counts(subject, counts_K)),
        largest_over_smallest=float(seen.max() / seen.min()) if len(seen) else 0.0,
        effective_classes=float(np.exp(-(shares * np.log(shares)).sum())),
        findings=tuple(sorted(findings, key=lambda finding: order.index(finding.severity))),
    )


# --- files -------------------------------------------------------------------


def _problems(problems: Sequence[Problem]) -> Iterator[Finding]:
    for kind, (severity, title, what) in _PROBLEMS.items():
        named = [problem for problem in problems if problem.kind == kind]
        if named:
            text = f"{many(len(named), 'file')} {what}."
            details = tuple(problem.detail for problem in named)
            yield Finding(
                kind, severity, title, text, tuple(problem.name for problem in named), details=details
            )


def _blank(subject: Subject, blank_M: NDArray[np.bool_]) -> Iterator[Finding]:
    if blank_M.any():
        files = tuple(subject.names[place] for place in np.flatnonzero(blank_M))
        text = f"{many(len(files), 'image')} of a single colour, or nearly: nothing can be learned from them."
        yield Finding("blank", "warning", "Blank images", text, files)


def _is_blank(subject: Subject) -> NDArray[np.bool_]:
    thumbs = np.asarray(subject.thumbs_MHW).reshape(len(subject), -1)
    spread = thumbs.max(axis=1).astype(np.int64) - thumbs.min(axis=1) if len(thumbs) else np.empty(0)
    return np.asarray(spread <= _BLANK)


def _sizes(subject: Subject) -> Iterator[Finding]:
    """Images far longer or far smaller than the others; larger ones lose nothing when they are made smaller."""
    sizes_M2 = subject.sizes_M2()
    known = np.flatnonzero((sizes_M2 > 0).all(axis=1))
    if len(known) < 10:
        return
    sides = np.sqrt(sizes_M2[known].prod(axis=1))
    usual = float(np.median(sides))
    proportions = sizes_M2[known].max(axis=1) / sizes_M2[known].min(axis=1)
    odd = known[(proportions >= _LONG) | (sides <= usual / _SMALL)]
    if len(odd):
        details = tuple(f"{sizes_M2[place, 0]} x {sizes_M2[place, 1]} pixels" for place in odd)
        text = (
            f"{many(len(odd), 'image')} far longer or smaller than the others (usual: about {usual:.0f} x "
            f"{usual:.0f} pixels): they are cut, or blurred, most."
        )
        files = tuple(subject.names[place] for place in odd)
        yield Finding("unusual-size", "note", "Unusual sizes", text, files, details=details)


def _formats(subject: Subject) -> Iterator[Finding]:
    files = tuple(subject.names[place] for place in odd_formats(subject.names))
    if files:
        text = f"{many(len(files), 'image')} of another file format than the others: placeholders, perhaps, or icons."
        yield Finding("unusual-format", "note", "Unusual formats", text, files)


# --- copies ------------------------------------------------------------------


def _copies(subject: Subject, blank_M: NDArray[np.bool_]) -> Iterator[Finding]:
    """Leaks, contradictory labels and copies; blank images are told apart, not called copies of each other."""
    exact, near = (_members(groups_M, blank_M) for groups_M in (subject.exact_M, subject.groups_M))
    split_M, names = subject.split_M, subject.names

    def named(groups: Sequence[Sequence[int]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(names[place] for place in group) for group in groups)

    def finding(
        kind: str, severity: Severity, title: str, groups: list[list[int]], text: str
    ) -> Iterator[Finding]:
        if groups:
            files = tuple(names[place] for group in groups for place in group)
            yield Finding(kind, severity, title, text, files, named(groups))

    every = _merged(exact, near)
    leaks = [group for group in every if len({split_M[place] for place in group} - {""}) > 1]
    if len(subject) > MOST_COMPARED:
        text = f"With more than {MOST_COMPARED:,} images only equal pixels were looked for."
        yield Finding("not-compared", "note", "Near-duplicates not looked for", text)
    text = (
        f"{many(len(leaks), 'picture')} in more than one split: what is measured there is partly learned by "
        "heart. Keep each in one split."
    )
    yield from finding("leak", "error", "In two splits", leaks, text)
    contradicted = [group for group in every if len({subject.labels_of(place) for place in group}) > 1]
    text = (
        f"{many(len(contradicted), 'picture')} under more than one label: all but one are wrong, or the picture "
        "belongs to several classes."
    )
    yield from finding("two-labels", "error", "Under two labels", contradicted, text)
    num_extra = sum(map(len, exact)) - len(exact)
    text = f"{many(len(exact), 'picture')} with {many(num_extra, 'exact copy', 'exact copies')}: the same pixels."
    yield from finding("duplicate", "warning", "Exact duplicates", exact, text)
    alike = [group for group in near if len({int(subject.exact_M[place]) for place in group}) > 1]
    num_extra = sum(map(len, alike)) - len(alike)
    text = (
        f"{many(len(alike), 'picture')} with {many(num_extra, 'near-copy', 'near-copies')}: encoded, resized or "
        "shifted anew."
    )
    yield from finding("near-duplicate", "warning", "Near-duplicates", alike, text)


def _members(groups_M: NDArray[np.int64], blank_M: NDArray[np.bool_]) -> list[list[int]]:
    """The places of each group of two or more."""
    order = np.argsort(groups_M, kind="stable")
    order = order[~blank_M[order]]
    starts = np.flatnonzero(np.diff(groups_M[order], prepend=-1))
    parts = np.split(order, starts[1:])
    return sorted(part.tolist() for part in parts if len(part) > 1)


def _merged(exact: list[list[int]], near: list[list[int]]) -> list[list[int]]:
    """Groups of near-copies, and of exact ones that are in none of them."""
    covered = {place for group in near for place in group}
    return sorted([*near, *(group for group in exact if group[0] not in covered)])


# --- classes -----------------------------------------------------------------


def _class_counts(subject: Subject, counts_K: NDArray[np.int64]) -> Iterator[ClassCount]:
    per_split = {name: subject.class_counts(places) for name, places in subject.splits.items()}
    for k, label_class in enumerate(subject.classes):
        splits = {name: int(counts[k]) for name, counts in per_split.items()}
        yield ClassCount(label_class.id, str(label_class), int(counts_K[k]), splits)


def _classes(subject: Subject, counts_K: NDArray[np.int64]) -> Iterator[Finding]:
    """Classes that cannot be split, or cannot be learned."""
    splits = subject.splits
    if (counts_K > 0).sum() < 2:
        text = "All images are of one class; a classifier needs two or more."
        yield Finding("one-class", "error", "One class only", text)
    train_K = subject.class_counts(splits["train"]) if "train" in splits else counts_K
    cases = [
        _Few(train_K == 0, "unseen-class", "error", "Classes without training images", "cannot be learned"),
        _Few(
            train_K == 1,
            "single-image",
            "warning",
            "Classes of a single image",
            "it stays in train, and nothing tells how well such a class is learned",
        ),
    ]
    if "valid" not in splits:
        least = 2 if splits else 3  # an image for each split that will be cut
        text = f"fewer than the {least} images that the splits need"
        is_small = (train_K > 1) & (train_K < least)
        cases.append(_Few(is_small, "small-class", "warning", "Classes too small to split", text))
    yield from (_of_classes(subject, case) for case in cases if case.is_few_K.any())


class _Few(NamedTuple):
    """Which classes have too few images, and what to say about them."""

    is_few_K: NDArray[np.bool_]
    kind: str
    severity: Severity
    title: str
    what: str


def _of_classes(subject: Subject, case: _Few) -> Finding:
    concerned = np.flatnonzero(case.is_few_K)
    is_concerned_M = (
        np.isin(subject.labels, concerned)
        if subject.labels.ndim == 1
        else subject.labels[:, concerned].any(axis=1)
    )
    named = few([_title(subject.classes[k]) for k in concerned])
    return Finding(
        case.kind,
        case.severity,
        case.title,
        f"{many(len(concerned), 'class', 'classes')} ({named}): {case.what}.",
        files=tuple(subject.names[place] for place in np.flatnonzero(is_concerned_M)),
        classes=tuple(subject.classes[k].id for k in concerned),
    )


def _imbalance(subject: Subject, seen: NDArray[np.int64]) -> Iterator[Finding]:
    if len(seen) < 2 or seen.max() / seen.min() < _UNEVEN:
        return
    counts_K = subject.class_counts()
    large, small = int(counts_K.argmax()), int(np.where(counts_K > 0, counts_K, counts_K.max() + 1).argmin())
    shares = seen / seen.sum()
    effective = math.exp(-float((shares * np.log(shares)).sum()))
    text = (
        f"The largest class ({_title(subject.classes[large])}, {counts_K[large]:,}) has {seen.max() / seen.min():.1f} "
        f"times the images of the smallest ({_title(subject.classes[small])}, {counts_K[small]:,}); the classes are "
        f"worth {effective:.1f} of equal size. Look at balanced accuracy, and see class weights and balanced sampling."
    )
    severity: Severity = "warning" if seen.max() / seen.min() >= _VERY_UNEVEN else "note"
    ids = (subject.classes[large].id, subject.classes[small].id)
    yield Finding("imbalance", severity, "Imbalance", text, classes=ids)


def _title(label_class: LabelClass) -> str:
    name = str(label_class)
    return name if name == label_class.id else f"{label_class.id} {name}"
