"""A CSV that lists files: `path,label`, or `path,labels` with `|` between several labels, and perhaps `split`.

What its labels are called may stand in a second one beside it, `NAME.classes.csv` beside `NAME.csv`.
"""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fudemoji.data.listing import Item, Listing, Problem
from fudemoji.data.readers.folders import read_file, stamp_of
from fudemoji.data.readers.layout import class_named, in_order, kind_of, media_kind, size_problem, split_named
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError, did_you_mean

__all__ = ["list_table"]

_COLUMNS = ("path", "label", "labels", "split")
_EXPECTED = "expected path,label or path,labels (with | between several), and perhaps split"
_CLASS_COLUMNS = ["label", "glyph", "name"]
_MAX_BYTES = 1 << 30


@dataclass(frozen=True)
class _Row:
    """A line of the table that names a file."""

    line: int
    path: str
    labels: tuple[LabelClass, ...]
    split: str


def list_table(path: Path) -> Listing:
    """What a CSV lists. Paths are relative to its folder; they may lead out of it.

    Raises:
        DataError: it cannot be read, is not UTF-8, has other columns, a line with an empty label, a file that is
            not there, a path twice with different labels, or a split in some lines only. Each names the line.
    """
    lines = _lines(path)
    _, header = next(lines, (1, []))
    _check_header(header, path)
    called = _called(path.with_suffix(".classes.csv"))
    rows = [_row(cells, header, path, line=line, called=called) for line, cells in lines]
    if not rows:
        raise DataError(f"{path.name}: lists no images; {_EXPECTED}, and a line for each image")
    problems: list[Problem] = []
    rows = _without_repeats(rows, path, problems)
    _check_splits(rows, path)
    return _listing(rows, path, problems, is_multi_label="labels" in header)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, by their numbers."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(
            f"{path.name}: line {reader.line_num} is no CSV ({error}); save the table again"
        ) from error


def _called(path: Path) -> dict[str, LabelClass]:
    """The classes by their labels, as the second table names them; nothing where there is none."""
    if not path.exists():
        return {}
    lines = _lines(path)
    if (header := next(lines, (1, []))[1]) != _CLASS_COLUMNS:
        raise DataError(
            f"{path.name}: line 1 is '{','.join(header)[:80]}', expected {','.join(_CLASS_COLUMNS)}"
        )
    found = {}
    for line, cells in lines:
        if len(cells) != len(_CLASS_COLUMNS) or not cells[0].strip() or len(cells[1]) > 1:
            raise DataError(
                f"{path.name}: line {line} is '{','.join(cells)[:80]}', expected a label, "
                "one sign or nothing, and a name or nothing"
            )
        label = cells[0].strip()
        found[label] = LabelClass(label, *cells[1:])
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path.name}: is longer than {_MAX_BYTES >> 30} GiB; is it a table of files?")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    way_out = "save it as UTF-8 (in Excel: 'CSV UTF-8')"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{path.name}: line 1 is in UTF-16, expected UTF-8; {way_out}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise DataError(f"{path.name}: line {line} is not UTF-8 (byte 0x{byte:02x}); {way_out}") from error


def _check_header(header: Sequence[str], path: Path) -> None:
    shown = ",".join(header)[:80]
    for column in header:
        if column not in _COLUMNS:
            near = did_you_mean(column, _COLUMNS)
            raise DataError(f"{path.name}: line 1 has an unknown column '{column[:40]}'{near}; {_EXPECTED}")
    if len(set(header)) < len(header) or "path" not in header or ("label" in header) == ("labels" in header):
        raise DataError(f"{path.name}: line 1 is '{shown}'; {_EXPECTED}")


def _row(
    cells: list[str], header: list[str], path: Path, *, line: int, called: Mapping[str, LabelClass]
) -> _Row:
    where = f"{path.name}: line {line}"
    if len(cells) != len(header):
        raise DataError(
            f"{where} has {len(cells)} cells, expected {len(header)} ({','.join(header)}); "
            "put a cell with a comma between double quotes"
        )
    named = dict(zip(header, cells, strict=True))
    if not named["path"].strip():
        raise DataError(f"{where} has no path; write one, or delete the line")
    if "\0" in named["path"]:
        raise DataError(f"{where} has a null byte in its path; save the table again")
    labels = tuple(called.get(label) or class_named(label) for label in _labels(named, where))
    return _Row(line, named["path"], in_order(labels), _split(named.get("split", ""), where))


def _labels(named: dict[str, str], where: str) -> tuple[str, ...]:
    if "label" in named:
        label = named["label"].strip()
        if not label:
            raise DataError(
                f"{where} ({named['path'][:80]}) has an empty label; write one, or delete the line"
            )
        return (label,)
    names = [name.strip() for name in named["labels"].split("|")] if named["labels"].strip() else []
    if not all(names) or len(set(names)) < len(names):
        found = named["labels"][:80]
        raise DataError(
            f"{where} has the labels '{found}': one is empty or there twice; write them like cat|dog"
        )
    return tuple(names)


def _split(cell: str, where: str) -> str:
    if not cell.strip():
        return ""
    if split := split_named(cell.strip()):
        return split
    raise DataError(f"{where} has the split '{cell[:40]}', expected train, valid or test")


def _without_repeats(rows: Sequence[_Row], path: Path, problems: list[Problem]) -> list[_Row]:
    first: dict[str, _Row] = {}
    for row in rows:
        place = os.path.normpath(row.path)
        before = first.setdefault(place, row)
        if before is row:
            continue
        where = f"{path.name}: line {row.line}: {row.path} is in line {before.line} already"
        if (before.labels, before.split) != (row.labels, row.split):
            raise DataError(f"{where}, with another label or split; keep one of the lines")
        problems.append(
            Problem(f"{row.path} (line {row.line})", "stray", f"is in line {before.line} already")
        )
    return list(first.values())


def _check_splits(rows: Sequence[_Row], path: Path) -> None:
    bare = next((row for row in rows if not row.split), None)
    if bare and any(row.split for row in rows):
        raise DataError(
            f"{path.name}: line {bare.line} ({bare.path[:80]}) has no split, but others have; "
            "write train, valid or test in every line, or in none"
        )


def _listing(rows: Sequence[_Row], path: Path, problems: list[Problem], *, is_multi_label: bool) -> Listing:
    folder = path.resolve().parent
    usable = []
    for row in rows:
        status = _status(folder / row.path, row, path)
        problem = size_problem(row.path, status.st_size)
        if problem:
            problems.append(problem)
        else:
            usable.append((row, status))
    classes = in_order(label_class for row, _ in usable for label_class in row.labels)
    if not classes:
        raise DataError(f"{path.name}: no line has a file that is not empty, with a label; {_EXPECTED}")
    place_of = {label_class: place for place, label_class in enumerate(classes)}
    items = tuple(
        Item(
            name=row.path,
            labels=tuple(place_of[label_class] for label_class in row.labels),
            read=partial(read_file, folder / row.path),
            split=row.split,
            stamp=stamp_of(status),
            path=folder / row.path,
        )
        for row, status in usable
    )
    num_videos = sum(media_kind(item.name) == "video" for item in items)
    kind = kind_of(classes, num_videos=num_videos, num_images=len(items) - num_videos, source=str(path))
    return Listing(path.stem, str(path), kind, classes, items, tuple(problems), is_multi_label)


def _status(file: Path, row: _Row, path: Path) -> os.stat_result:
    where = f"{path.name}: line {row.line}: no file {row.path[:200]}"
    try:
        status = file.stat()
    except OSError as error:
        hint = (
            "write / between folders"
            if "\\" in row.path
            else f"paths are relative to {path.resolve().parent}"
        )
        raise DataError(f"{where} ({error.strerror}); {hint}") from error
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{where}: it is a folder or a special file; write the path of an image")
    return status
