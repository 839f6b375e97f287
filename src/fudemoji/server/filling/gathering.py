"""The images among files of a folder or an archive, with the tags that their folders or a table give them.

What a training refuses is taken here, because images without a tag are at home in a project: images beside the class
folders have none, folders may be nested, and the innermost one counts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

from fudemoji.data.listing import Problem
from fudemoji.data.readers.layout import (
    Entry,
    class_named,
    is_passed_over,
    media_kind,
    printable,
    split_named,
)
from fudemoji.data.readers.table import Table, parse_table
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError
from fudemoji.server.filling.contents import Contents, Piece

__all__ = ["gather"]

_MOST_TABLE_BYTES = 64 << 20
_CLASSES = ".classes.csv"


def gather(entries: Iterable[Entry], problems: Iterable[Problem], *, name: str) -> Contents:
    """The images among the files.

    Args:
        entries: the files.
        problems: what was passed over before.
        name: of the folder or the archive, without its ending; a single folder of that name around everything is
            the same folder.

    Raises:
        DataError: there is no image, or a table of labels is damaged, or there are two.
    """
    found = list(problems)
    visible = [one for one in entries if not any(is_passed_over(part) for part in one.parts)]
    pictures = []
    for entry in visible:
        kind = media_kind(entry.parts[-1])
        if kind == "image":
            pictures.append(entry)
        elif not entry.name.lower().endswith(".csv"):
            told = "is a video; projects hold images" if kind else "is no image by its name"
            found.append(Problem(entry.name, "stray", told))
    if not pictures:
        raise DataError(f"{name} holds no image; expected images, or a folder of images for each tag")
    table, folder = _table_of(visible, name)
    labels = _labels_of_table(table, folder, pictures, found) if table else _labels_of_folders(pictures, name)
    return Contents(
        tuple(Piece(one.name, labels.get(one.parts, ()), one.num_bytes, one.read) for one in pictures),
        tuple(found),
    )


def _labels_of_folders(pictures: Sequence[Entry], name: str) -> Mapping[tuple[str, ...], tuple[LabelClass]]:
    """The class of each image that lies in a folder of its own kind; splits are no classes."""
    depth = 0
    if all(len(one.parts) > 1 and one.parts[0] == name for one in pictures):
        depth = 1
    innermost = {one.parts[-2] for one in pictures if len(one.parts) > depth + 1}
    if all(split_named(folder) for folder in innermost):  # train/1.jpg: no folder is one of a class
        innermost = set()
    classes = {folder: class_named(printable(folder)) for folder in innermost}
    return {
        one.parts: (classes[one.parts[-2]],)
        for one in pictures
        if len(one.parts) > depth + 1 and one.parts[-2] in classes
    }


def _table_of(entries: Sequence[Entry], name: str) -> tuple[Table | None, str]:
    """The table of labels among the files, if there is one, and the folder that it lies in."""
    contents = {
        one.name: one.read()
        for one in entries
        if one.name.lower().endswith(".csv") and 0 < one.num_bytes <= _MOST_TABLE_BYTES
    }
    tables = [one for one, content in contents.items() if not one.endswith(_CLASSES) and _is_table(content)]
    if len(tables) > 1:
        told = " and ".join(sorted(tables)[:2])
        raise DataError(f"{name} holds several tables of labels ({told}); keep one of them")
    if not tables:
        return None, ""
    beside = contents.get(tables[0][: -len(".csv")] + _CLASSES)
    return parse_table(contents[tables[0]], name=tables[0], classes=beside), posixpath.dirname(tables[0])


def _is_table(content: bytes) -> bool:
    """Whether its first line has the columns of a table of labels."""
    first = content[:1000].removeprefix(b"\xef\xbb\xbf").split(b"\n")[0].strip().replace(b'"', b"")
    columns = {one.strip() for one in first.split(b",")}
    return b"path" in columns and bool(columns & {b"label", b"labels"})


def _labels_of_table(
    table: Table, folder: str, pictures: Sequence[Entry], problems: list[Problem]
) -> Mapping[tuple[str, ...], tuple[LabelClass, ...]]:
    problems.extend(table.problems)
    parts_of = {one.name: one.parts for one in pictures}
    found = {}
    for row in table.rows:
        place = posixpath.normpath(posixpath.join(folder, row.path))
        if place in parts_of:
            found[parts_of[place]] = row.labels
        else:
            problems.append(
                Problem(row.path, "missing", f"is in line {row.line} of the table, but not there")
            )
    return found
