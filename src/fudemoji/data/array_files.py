"""Sets in a file of arrays: an npz with images and labels, or a pair of idx or npz files, given by either."""

# N images, H x W pixels

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.arrays import from_arrays
from fudemoji.data.named.catalog import CATALOG
from fudemoji.data.readers import is_official, npz_names, read_idx, read_npz, read_npz_array
from fudemoji.data.readers.classmap import read_classmap
from fudemoji.data.readers.layout import split_named
from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.errors import DataError

__all__ = ["is_array_file", "read_array_file"]

_IMAGES = ("images", "image", "imgs", "x", "data")
_LABELS = ("labels", "label", "y", "targets", "target")
_CLASSES = ("classes", "class_names", "label_names")
_ROLES = dict.fromkeys(_IMAGES, "images") | dict.fromkeys(_LABELS, "labels")
_UNNAMED = {"arr_0": "images", "arr_1": "labels"}  # what np.savez calls arrays without a name
_EXPECTED = (
    "expected images and labels (or x and y, data and targets, arr_0 and arr_1), with or without train, valid and test "
    "in the name, as in x_train"
)
_IDX = re.compile(r"(images|labels).*idx[13]-ubyte(\.gz)?$", re.IGNORECASE)


def is_array_file(path: Path) -> bool:
    """Whether a file holds arrays, by its name: `.npz`, or like `train-images-idx3-ubyte.gz`."""
    return path.suffix.lower() == ".npz" or _IDX.search(path.name) is not None


def read_array_file(path: Path, *, valid: float = 0.1, seed: int = 0) -> ImageSet:
    """The set in an npz file of images and labels; or in a pair of files, of which either may be given.

    Without splits in the names of its arrays it is cut 80/10/10. Classes are called as an array `classes` says, or a
    `classmap.csv` beside the file; files called after `kmnist` and `k49` have the classes of these.

    Args:
        path: the file.
        valid: share of all images for validation where the set has no splits.
        seed: of that cut.

    Raises:
        DataError: an array or the other file is missing, or they are damaged, at odds, or of another type or shape.
    """
    parts, classes, extra = _read_npz(path) if path.suffix.lower() == ".npz" else (_read_pair(path), None, [])
    name = re.sub(r"(\.idx|-idx|\.npz|\.gz).*$", "", path.name, flags=re.IGNORECASE) or path.stem
    images, labels, splits = _joined(parts, path)
    data = from_arrays(
        images,
        labels,
        classes=classes or _classes_beside(path),
        name=path.name,  # for its errors
        splits=splits,
        valid=valid,
        seed=seed,
    )
    told = [f"{path.name}: passed over {', '.join(extra)}"] if extra else []
    if is_official(path.parent):
        told.append(f"{path.name} alone is cut; give the folder {path.parent} for the official splits")
    return replace(data, name=name, source=str(path), notes=(*told, *data.notes))


# --- npz ---------------------------------------------------------------------

_Parts = dict[str, dict[str, NDArray[Any]]]  # split (empty where there is none) -> images and labels


def _read_npz(path: Path) -> tuple[_Parts, list[str] | None, list[str]]:
    """The arrays, the names of the classes where there are any, and the arrays that mean nothing here."""
    names = npz_names(path)
    if names == ["arr_0"] and _partner(path).name != path.name:
        return _read_pair(path), None, []
    roles: dict[tuple[str, str], str] = {}
    extra, classes = [], None
    for name in names:
        key = _key(name)
        if name.lower() in _CLASSES:
            classes = _class_names(read_npz_array(path, name), path, name)
        elif key is None:
            extra.append(name)
        elif key in roles:
            raise DataError(
                f"{path.name}: both {roles[key]} and {name} are {' '.join(key).strip()}; keep one of them"
            )
        else:
            roles[key] = name
    splits = sorted({split for split, _ in roles})
    lacking = [split for split in splits if len([1 for key in roles if key[0] == split]) < 2]
    if not roles or lacking or ("" in splits and len(splits) > 1):
        raise DataError(f"{path.name}: has {', '.join(names[:8]) or 'nothing'}; {_EXPECTED}")
    parts: _Parts = {split: {} for split in splits}
    for (split, role), name in roles.items():
        parts[split][role] = read_npz_array(path, name)
    return parts, classes, extra


def _key(name: str) -> tuple[str, str] | None:
    """Split and role of an array: `x_train` holds the images of train.

    >>> _key("x_train"), _key("val_labels"), _key("arr_1"), _key("ids")
    (('train', 'images'), ('valid', 'labels'), ('', 'labels'), None)
    """
    if name in _UNNAMED:
        return "", _UNNAMED[name]
    words = [word for word in re.split(r"[_\-. ]", name.lower()) if word]
    splits = [split_named(word) for word in words if split_named(word)]
    rest = [word for word in words if not split_named(word)]
    if len(splits) > 1 or len(rest) != 1 or rest[0] not in _ROLES:
        return None
    return (splits[0] if splits else ""), _ROLES[rest[0]]


def _class_names(array: NDArray[Any], path: Path, name: str) -> list[str]:
    if array.ndim != 1 or array.dtype.kind != "U":
        sizes = "x".join(map(str, array.shape))
        raise DataError(
            f"{path.name}: {name} is {array.dtype} {sizes}, expected the names of the classes (K,) as text"
        )
    return [str(one) for one in array.tolist()]


# --- pairs -------------------------------------------------------------------


def _partner(path: Path) -> Path:
    """The file of labels to one of images, and the other way round; the same where the name tells nothing."""
    name = path.name
    pairs = (("images", "labels"), ("imgs", "labels"), ("labels", "images"), ("labels", "imgs"))
    found = []
    for mine, other in pairs:
        if mine in name:
            swapped = name.replace(mine, other)
            swapped = (
                swapped.replace("idx3", "idx1") if other == "labels" else swapped.replace("idx1", "idx3")
            )
            plain = swapped.removesuffix(".gz")
            found += [path.with_name(one) for one in dict.fromkeys((swapped, plain, f"{plain}.gz"))]
    return next((one for one in found if one.is_file()), found[0] if found else path)


def _read_pair(path: Path) -> _Parts:
    partner = _partner(path)
    if not partner.is_file():
        what = "labels" if "labels" in path.name else "images"
        raise DataError(
            f"{path.name} holds {what} alone, and {partner.name} is not beside it; put it there too"
        )
    images_path, labels_path = (partner, path) if "labels" in path.name else (path, partner)
    read = read_npz if path.suffix.lower() == ".npz" else read_idx
    images, labels = (read(one, num_dimensions=n) for one, n in ((images_path, 3), (labels_path, 1)))
    if len(images) != len(labels):
        raise DataError(
            f"{images_path.name} holds {len(images)} images but {labels_path.name} {len(labels)} labels; "
            "take both from the same set"
        )
    return {"": {"images": images, "labels": labels}}


def _classes_beside(path: Path) -> tuple[LabelClass, ...] | None:
    own = path.with_name("classmap.csv")
    if own.is_file():
        return read_classmap(own)
    named = path.name.partition("-")[0]
    return CATALOG[named].classes if path.suffix == ".npz" and named in ("kmnist", "k49") else None


# --- all ---------------------------------------------------------------------


def _joined(
    parts: _Parts, path: Path
) -> tuple[NDArray[Any], NDArray[Any], dict[str, NDArray[np.int64]] | None]:
    """Images, labels and splits; the splits are None where the names tell none."""
    for split, part in parts.items():
        if part["labels"].ndim == 2 and part["labels"].shape[1] == 1:  # as Keras and MedMNIST store them
            part["labels"] = part["labels"][:, 0]
        if len(part["images"]) != len(part["labels"]):
            counts = f"{len(part['images'])} images but {len(part['labels'])} labels"
            raise DataError(f"{path.name}: {split}{' holds' if split else 'holds'} {counts}")
    if set(parts) == {""}:
        return parts[""]["images"], parts[""]["labels"], None
    for role in ("images", "labels"):
        kinds = {(part[role].dtype.kind, *part[role].shape[1:]) for part in parts.values()}
        if len(kinds) > 1:
            shown = ", ".join(f"{split} {_told(part[role])}" for split, part in parts.items())
            raise DataError(
                f"{path.name}: {role} differ from split to split ({shown}); one set has one size and type"
            )
    ends = np.cumsum([len(part["labels"]) for part in parts.values()])
    places = np.split(np.arange(ends[-1]), ends[:-1])
    images, labels = (
        np.concatenate([part[role] for part in parts.values()]) for role in ("images", "labels")
    )
    return images, labels, dict(zip(parts, places, strict=True))


def _told(array: NDArray[Any]) -> str:
    return f"{array.dtype} {'x'.join(map(str, array.shape))}"
