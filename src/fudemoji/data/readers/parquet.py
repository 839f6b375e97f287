"""Parquet files as the Hugging Face hub stores image sets: a column of encoded images and a column of labels.

The labels of all rows are read at once, the images a row group at a time (https://huggingface.co/docs/hub/datasets-image).
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fudemoji.data.listing import Item, Listing, Problem
from fudemoji.data.readers.folders import stamp_of
from fudemoji.data.readers.layout import class_named, in_order, kind_of, split_named
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError

__all__ = ["list_parquet", "parquet_files"]

_EXPECTED = "expected a column 'image' of encoded images and a column 'label'"
_IMAGE_NAMES, _LABEL_NAMES = ("image", "img", "picture"), ("label", "labels")
_KEPT_GROUPS = 2
_MAX_GROUP_BYTES = 2 << 30


@dataclass(frozen=True)
class _Columns:
    """Where images and labels lie in a file, and what the labels' numbers mean."""

    image: str
    label: str
    names: tuple[str, ...]
    is_list: bool


@dataclass(frozen=True)
class _Row:
    """A row with labels: None where the file says that it has none."""

    read: Any
    name: str
    labels: tuple[str, ...] | None
    split: str
    stamp: tuple[int, int, int]


def parquet_files(folder: Path) -> list[Path]:
    """The parquet files in a folder, in `data` in it, or in folders called after splits."""
    return sorted(
        path
        for pattern in ("*.parquet", "data/*.parquet", "*/*.parquet")
        for path in folder.glob(pattern)
        if pattern != "*/*.parquet" or split_named(path.parent.name)
    )


def list_parquet(path: Path) -> Listing:
    """The rows of a parquet file, or of a folder of them, whose names tell the splits: `train-00000-of-00001.parquet`.

    Raises:
        DataError: pyarrow is not installed, a file is damaged, has no images or labels, or other columns or classes
            than the first, or only some of the files name a split.
    """
    files = parquet_files(path) if path.is_dir() else [path]
    splits = [_split_of(file) for file in files]
    if any(splits) and not all(splits):
        bare = files[splits.index("")].name
        raise DataError(
            f"{path}: {bare} names no split, but other files do; call it train-..., or move it away"
        )
    groups = _Groups()
    problems: list[Problem] = []
    rows: list[_Row] = []
    first: _Columns | None = None
    for file, split in zip(files, splits if len(files) > 1 else [""], strict=True):
        columns = _columns(file)
        first = first or columns
        if columns != first:
            raise DataError(
                f"{path}: {file.name} has other columns or classes than {files[0].name}; keep them apart"
            )
        rows += _labelled(_rows(file, columns, split, groups), file, problems)
    assert first is not None
    if not rows:
        raise DataError(f"{path} has no row with a label; {_EXPECTED}")
    classes = _classes(first, rows)
    place_of = {name: place for place, name in enumerate(c.id for c in classes)}
    items = tuple(
        Item(
            name=row.name,
            labels=tuple(place_of[class_named(label).id] for label in row.labels or ()),
            read=row.read,
            split=row.split,
            stamp=row.stamp,
        )
        for row in rows
    )
    kind = kind_of(classes, num_videos=0, num_images=len(items), source=str(path))
    name = path.resolve().name if path.is_dir() else path.stem
    return Listing(name, str(path), kind, classes, items, tuple(problems), first.is_list)


def _split_of(file: Path) -> str:
    word = re.split(r"[-_.]", file.name)[0]
    return split_named(word) or split_named(file.parent.name)


def _classes(columns: _Columns, rows: Sequence[_Row]) -> tuple[LabelClass, ...]:
    """In the order that the schema names them, else sorted."""
    seen = in_order(class_named(label) for row in rows for label in row.labels or ())
    named = [class_named(name) for name in columns.names]
    return tuple(c for c in named if c in set(seen)) if named else seen


def _labelled(rows: Iterator[_Row], file: Path, problems: list[Problem]) -> Iterator[_Row]:
    bare = 0
    for row in rows:
        if row.labels is None:
            bare += 1
        else:
            yield row
    if bare:
        problems.append(Problem(file.name, "stray", f"{bare:,} rows have no label (empty, or -1)"))


def _rows(file: Path, columns: _Columns, split: str, groups: _Groups) -> Iterator[_Row]:
    stamp, place = stamp_of(file.stat()), 0
    with _opened(file) as opened:
        for number in range(opened.num_row_groups):
            labels = _column(opened, file, number, columns.label).to_pylist()
            for offset, label in enumerate(labels):
                name = f"{file.name}/{place:06d}"
                read = partial(groups.read, file, number, columns.image, offset)
                yield _Row(read, name, _names(label, columns, name), split, (*stamp, place))
                place += 1


def _names(label: Any, columns: _Columns, where: str) -> tuple[str, ...] | None:
    """The names of a row's labels; None where it has none."""
    if columns.is_list:
        found = [_name(one, columns, where) for one in label] if label is not None else [None]
        return None if None in found else tuple(dict.fromkeys(name for name in found if name is not None))
    name = _name(label, columns, where)
    return None if name is None else (name,)


def _name(label: Any, columns: _Columns, where: str) -> str | None:
    if label is None or label in ("", -1):  # -1: what the hub gives test rows without a label
        return None
    if not columns.names or isinstance(label, str):
        return str(label)
    if not 0 <= label < len(columns.names):
        raise DataError(f"{where}: the label is {label}, expected 0 to {len(columns.names) - 1}")
    return columns.names[int(label)]


# --- the file ----------------------------------------------------------------


def _opened(file: Path) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DataError(
            f"{file.name} can be read with pyarrow only, which is not installed: pip install 'fudemoji[parquet]'"
        ) from None
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file.name}: is no whole parquet file ({_short(error)}); get it again") from error


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120]


def _column(opened: Any, file: Path, group: int, column: str) -> Any:
    import pyarrow as pa

    try:
        return opened.read_row_group(group, columns=[column], use_threads=False).column(column)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{file.name}: row group {group} cannot be read ({_short(error)}); get it again"
        ) from error


def _columns(file: Path) -> _Columns:
    """Which columns hold images and labels: the hub's metadata says it, else their names and types do."""
    with _opened(file) as opened:
        schema = opened.schema_arrow
    features = _features(schema.metadata or {})
    shown = ", ".join(f"{field.name} ({field.type})" for field in schema)[:200]
    images = [field.name for field in schema if _is_image(field, features)]
    image = next((name for name in _IMAGE_NAMES if name in images), images[0] if len(images) == 1 else None)
    if image is None:
        raise DataError(f"{file.name}: which column holds the images? It has {shown}; {_EXPECTED}")
    marked = [name for name, feature in features.items() if feature.get("_type") == "ClassLabel"]
    named = [name for name in _LABEL_NAMES if name in schema.names]
    label = named[0] if named else marked[0] if len(marked) == 1 else None
    if label is None:
        raise DataError(f"{file.name}: which column holds the labels? It has {shown}; {_EXPECTED}")
    return _label_column(schema.field(label).type, image, label, features.get(label, {}), file)


def _label_column(kind: Any, image: str, label: str, feature: dict[str, Any], file: Path) -> _Columns:
    import pyarrow as pa

    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    inner = kind.value_type if is_list else kind
    if pa.types.is_dictionary(inner):
        inner = inner.value_type
    is_text = pa.types.is_string(inner) or pa.types.is_large_string(inner)
    if not is_text and not pa.types.is_integer(inner):
        raise DataError(
            f"{file.name}: column '{label}' holds {kind}, expected whole numbers, text, or lists of them"
        )
    inside = feature.get("feature")
    names = (inside if isinstance(inside, dict) else feature).get("names") or ()
    return _Columns(image, label, tuple(map(str, names)), is_list)


def _features(metadata: dict[bytes, bytes]) -> dict[str, dict[str, Any]]:
    """What the hub's own metadata says about each column."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(features, dict):
        return {}
    return {name: feature for name, feature in features.items() if isinstance(feature, dict)}


def _is_image(field: Any, features: dict[str, dict[str, Any]]) -> bool:
    import pyarrow as pa

    kind = field.type
    if pa.types.is_struct(kind):
        return any(kind.field(place).name == "bytes" for place in range(kind.num_fields))
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return is_bytes and (
        field.name in _IMAGE_NAMES or features.get(field.name, {}).get("_type", "Image") == "Image"
    )


class _Groups:
    """The images of the row groups that were asked for last; rows are asked for in order, by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Path, int], Any] = OrderedDict()

    def read(self, file: Path, group: int, column: str, offset: int) -> bytes:
        """The bytes of one image."""
        with self._lock:
            images = self._kept.get((file, group))
            if images is None:
                images = self._load(file, group, column)
                self._kept[file, group] = images
                while len(self._kept) > _KEPT_GROUPS:
                    self._kept.popitem(last=False)
        content = images[offset].as_py()
        if isinstance(content, dict):
            content = content["bytes"]
        if content is None:
            raise DataError(
                f"{file.name}: row {offset} of row group {group} has no bytes; is it a path only?"
            )
        return bytes(content)

    @staticmethod
    def _load(file: Path, group: int, column: str) -> Any:
        with _opened(file) as opened:
            num_bytes = opened.metadata.row_group(group).total_byte_size
            if num_bytes > _MAX_GROUP_BYTES:
                raise DataError(
                    f"{file.name}: row group {group} holds {num_bytes:,} bytes, more than the {_MAX_GROUP_BYTES:,} "
                    "that are read at once; write it with smaller row groups (row_group_size=1000)"
                )
            return _column(opened, file, group, column)
