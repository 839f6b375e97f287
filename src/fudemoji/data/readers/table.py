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
from pathlib import Path, PurePath

from fudemoji.data.listing import Item, Listing, Problem
from fudemoji.data.readers.folders import read_file, stamp_of
from fudemoji.data.readers.layout import class_named, in_order, kind_of, media_kind, size_problem, split_named
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError, did_you_mean

__all__ = ["Row", "Table", "list_table", "parse_table"]

_COLUMNS = ("path", "label", "labels", "split")
_EXPECTED = "expected path,label or path,labels (with | between several), and perhaps split"
_CLASS_COLUMNS = ["label", "glyph", "name"]
_MAX_BYTES = 1 << 30


@dataclass(frozen=True)
class Row:
    """A line of the table that names a file.

    Attributes:
        line: its number.
        path: of the file, from the table's folder.
        labels: in order; none of an image that has none.
        split: `train`, `valid`, `test`, or empty.
    """

    line: int
    path: str
    labels: tuple[LabelClass, ...]
    split: str


@dataclass(frozen=True)
class Table:
    """What a table says.

    Attributes:
        rows: the files that it names, each once.
        problems: what was passed over.
        is_multi_label: whether a file may have several labels, or none.
    """

    rows: list[Row]
    problems: list[Problem]
    is_multi_label: bool


def list_table(path: Path) -> Listing:
    """What a CSV lists. Paths are relative to its folder; they may lead out of it.

    Raises:
        DataError: it cannot be read, is not UTF-8, has other columns, a line with an empty label, a file that is
            not there, a path twice with different labels, or a split in some lines only. Each names the line.
    """
    classes = path.with_suffix(".classes.csv")
    content, called = _content(path), _content(classes) if classes.exists() else None
    return _listing(parse_table(content, name=path.name, classes=called), path)


def parse_table(content: bytes, *, name: str, classes: bytes | None = None) -> Table:
    """What a table says; no file that it names is looked at.

    Args:
        content: of the table.
        name: of the table, for messages.
        classes: content of the second table, that names the labels; None where there is none.

    Raises:
        DataError: as `list_table`, but for files that are not there.
    """
    path = PurePath(name)
    lines = _lines(content, path)
    _, header = next(lines, (1, []))
    _check_header(header, path)
    called = {} if classes is None else _called(classes, path.with_suffix(".classes.csv"))
    rows = [_row(cells, header, path, line=line, called=called) for line, cells in lines]
    if not rows:
        raise DataError(f"{name}: lists no images; {_EXPECTED}, and a line for each image")
    problems: list[Problem] = []
    rows = _without_repeats(rows, path, problems)
    _check_splits(rows, path)
    return Table(rows, problems, is_multi_label="labels" in header)


def _lines(content: bytes, path: PurePath) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, by their numbers."""
    reader = csv.reader(io.StringIO(_text(content, path), newline=""), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(
            f"{path.name}: line {reader.line_num} is no CSV ({error}); save the table again"
        ) from error


def _called(content: bytes, path: PurePath) -> dict[str, LabelClass]:
    """The classes by their labels, as the second table names them."""
    lines = _lines(content, path)
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


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path.name}: is longer than {_MAX_BYTES >> 30} GiB; is it a table of files?")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def _text(content: bytes, path: PurePath) -> str:
    way_out = "save it as UTF-8 (in Excel: 'CSV UTF-8')"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{path.name}: line 1 is in UTF-16, expected UTF-8; {way_out}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise DataError(f"{path.name}: line {line} is not UTF-8 (byte 0x{byte:02x}); {way_out}") from error


def _check_header(header: Sequence[str], path: PurePath) -> None:
    shown = ",".join(header)[:80]
    for column in header:
        if column not in _COLUMNS:
            near = did_you_mean(column, _COLUMNS)
            raise DataError(f"{path.name}: line 1 has an unknown column '{column[:40]}'{near}; {_EXPECTED}")
    if len(set(header)) < len(header) or "path" not in header or ("label" in header) == ("labels" in header):
        raise DataError(f"{path.name}: line 1 is '{shown}'; {_EXPECTED}")


def _row(
    cells: list[str], header: list[str], path: PurePath, *, line: int, called: Mapping[str, LabelClass]
) -> Row:
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
    return Row(line, named["path"], in_order(labels), _split(named.get("split", ""), where))


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


def _without_repeats(rows: Sequence[Row], path: PurePath, problems: list[Problem]) -> list[Row]:
    first: dict[str, Row] = {}
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


def _check_splits(rows: Sequence[Row], path: PurePath) -> None:
    bare = next((row for row in rows if not row.split), None)
    if bare and any(row.split for row in rows):
        raise DataError(
            f"{path.name}: line {bare.line} ({bare.path[:80]}) has no split, but others have; "
            "write train, valid or test in every line, or in none"
        )


def _listing(table: Table, path: Path) -> Listing:
    folder, problems = path.resolve().parent, table.problems
    usable = []
    for row in table.rows:
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
    return Listing(path.stem, str(path), kind, classes, items, tuple(problems), table.is_multi_label)


def _status(file: Path, row: Row, path: Path) -> os.stat_result:
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
