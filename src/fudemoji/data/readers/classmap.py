"""Class maps: CSV files with `index,codepoint,char` in label order."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from fudemoji.data.named.characters import character_class
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError

__all__ = ["CODEPOINT", "glyph_of", "read_classmap"]

CODEPOINT = re.compile(r"U\+([0-9A-F]{4,6})")
_MAX_BYTES = 4 << 20
_COLUMNS = ["index", "codepoint", "char"]


def glyph_of(codepoint: str) -> str | None:
    """The character of `U+304A`, or None where that is none.

    >>> glyph_of("U+304A"), glyph_of("U+D800"), glyph_of("o")
    ('お', None, None)
    """
    match = CODEPOINT.fullmatch(codepoint)
    number = int(match[1], 16) if match else 0x110000
    # surrogates are halves of characters and cannot be written to any file
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else None


def read_classmap(path: Path) -> tuple[LabelClass, ...]:
    """The classes in a class map CSV, in label order.

    Raises:
        DataError: the file is unreadable, or a line is not `index,codepoint,char` with the next index.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path.name}: is longer than any class map ({_MAX_BYTES >> 20} MB)")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name}: is no class map ({error})") from error
    if not rows or rows[0] != _COLUMNS:
        found = ",".join(rows[0]) if rows else "nothing"
        raise DataError(f"{path.name}: starts with '{found[:60]}', expected '{','.join(_COLUMNS)}'")
    classes = [_read_row(row, path, index) for index, row in enumerate(rows[1:]) if row]
    if len({c.id for c in classes}) < len(classes):
        twice = next(c.id for c in classes if classes.count(c) > 1)
        raise DataError(f"{path.name}: has {twice} twice; each class is one character")
    return tuple(classes)


def _read_row(row: list[str], path: Path, index: int) -> LabelClass:
    where = f"{path.name}: line {index + 2} is '{','.join(row)[:60]}'"
    if len(row) != 3 or row[0].strip() != str(index):
        raise DataError(f"{where}, expected '{index},U+XXXX,character'")
    glyph = glyph_of(row[1])
    if glyph is None:
        raise DataError(f"{where}: '{row[1][:20]}' is no code point; write it like U+304A")
    if row[2] not in ("", glyph):
        raise DataError(f"{where}, but {row[1]} is {glyph}; make both the same character")
    return character_class(glyph)
