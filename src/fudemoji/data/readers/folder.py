"""A local folder that holds KMNIST or Kuzushiji-49, or images of one's own, under the official file names."""

# N images, C channels, H x W pixels

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.named.catalog import CATALOG
from fudemoji.data.readers.classmap import read_classmap
from fudemoji.data.readers.idx import read_idx
from fudemoji.data.readers.npz import read_npz
from fudemoji.data.readers.tar import read_tar
from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.errors import DataError

__all__ = ["is_official", "read_folder"]

Read = Callable[..., NDArray[Any]]


@dataclass(frozen=True)
class _Layout:
    """One official way to lay out a set: a reader, and the files of each split (images, labels)."""

    named: str
    read: Read
    train: tuple[str, str]
    test: tuple[str, str]
    endings: tuple[str, ...]


def _npz_layout(named: str) -> _Layout:
    train, test = ((f"{named}-{split}-imgs", f"{named}-{split}-labels") for split in ("train", "test"))
    return _Layout(named, read_npz, train, test, (".npz",))


_LAYOUTS = (
    _Layout(
        "kmnist",
        read_idx,
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
        (".gz", ""),
    ),
    _npz_layout("kmnist"),
    _npz_layout("k49"),
)


def is_official(folder: Path) -> bool:
    """Whether a file of an official format lies in the folder."""
    names = [(layout, name) for layout in _LAYOUTS for name in layout.train + layout.test]
    return (folder / "kkanji.tar").is_file() or any(_find(folder, name, layout) for layout, name in names)


def read_folder(folder: Path, *, named: str | None = None) -> ImageSet:
    """The images in `folder`, in whichever official format and layout they lie there.

    Classes come from a `classmap.csv` in the folder, else they are those of the set that the file names
    belong to. A folder without a test split is fine, one without a training split is not. The set is called
    after the folder unless `named` says which set it must be.

    Raises:
        DataError: no set is found, two are, or a file is missing, damaged or at odds with another.
    """
    layout = _detect(folder, named)
    if layout is None:
        return read_tar(folder / "kkanji.tar", name=named, source=_address(named))
    classes, official = _find_classes(folder, layout.named)
    parts = {"train": _read_split(folder, layout, layout.train, classes)}
    if any(_find(folder, name, layout) for name in layout.test):
        parts["test"] = _read_split(folder, layout, layout.test, classes)
    images, labels, splits = _join(parts, folder)
    entry = CATALOG[layout.named]
    return ImageSet(
        name=named or folder.resolve().name or "folder",
        images=images,
        labels=labels,
        classes=classes,
        splits=splits,
        source=_address(named) or str(folder),
        licence=entry.licence if official else "",
        credit=entry.credit if official else "",
    )


def _address(named: str | None) -> str | None:
    return CATALOG[named].files[0].address.rpartition("/")[0] if named else None


def _find(folder: Path, name: str, layout: _Layout) -> Path | None:
    return next((folder / (name + end) for end in layout.endings if (folder / (name + end)).is_file()), None)


def _detect(folder: Path, named: str | None) -> _Layout | None:
    """The layout whose training files are all there; None for kkanji's tar."""
    layouts = [layout for layout in _LAYOUTS if named in (None, layout.named)]
    present = {
        layout: [name for name in layout.train + layout.test if _find(folder, name, layout)]
        for layout in layouts
    }
    whole = [layout for layout in layouts if set(layout.train) <= set(present[layout])]
    if len({layout.named for layout in whole}) > 1:
        raise DataError(f"{folder} holds both kmnist and k49; give the name of one and --data-dir {folder}")
    if whole:
        return whole[0]
    if named in (None, "kkanji") and (folder / "kkanji.tar").is_file():
        return None
    nearest = max(layouts, key=lambda layout: len(present[layout]), default=_LAYOUTS[0])
    if not present.get(nearest):
        raise DataError(
            f"{folder} holds no set that is known here; expected train-images-idx3-ubyte.gz and "
            "train-labels-idx1-ubyte.gz, kmnist-*.npz, k49-*.npz or kkanji.tar under these names"
        )
    missing = [name + nearest.endings[0] for name in nearest.train if name not in present[nearest]]
    found = ", ".join(present[nearest])
    raise DataError(f"{folder}: {' and '.join(missing)} missing (there is {found}); put it there too")


def _find_classes(folder: Path, named: str) -> tuple[tuple[LabelClass, ...], bool]:
    """The classes, and whether they are those of the named set."""
    official = CATALOG[named].classes
    own = folder / "classmap.csv"
    if own.is_file():
        return read_classmap(own), False
    path = folder / f"{named}_classmap.csv"
    if not path.is_file():
        return official, True
    classes = read_classmap(path)
    if classes != official:
        index = next((i for i, (a, b) in enumerate(zip(classes, official, strict=False)) if a != b), None)
        found = f"{len(classes)} classes" if index is None else f"index {index} as {classes[index].id}"
        expected = len(official) if index is None else official[index].id
        raise DataError(
            f"{path.name}: has {found}, expected {expected} as in {named}; "
            "delete it to use the built-in class map, or call it classmap.csv if these are other characters"
        )
    return official, True


def _read_split(
    folder: Path, layout: _Layout, names: tuple[str, str], classes: tuple[LabelClass, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    images_path, labels_path = (_find(folder, name, layout) for name in names)
    if images_path is None or labels_path is None:
        there, missing = (labels_path, names[0]) if images_path is None else (images_path, names[1])
        assert there is not None
        name = missing + layout.endings[0]
        raise DataError(f"{folder / name} is missing, but {there.name} is there; put it there too")
    images_NHW = layout.read(images_path, num_dimensions=3)
    labels = layout.read(labels_path, num_dimensions=1).astype(np.int64)
    if len(images_NHW) != len(labels):
        raise DataError(
            f"{images_path.name} holds {len(images_NHW)} images but {labels_path.name} {len(labels)} labels; "
            "take both from the same set"
        )
    if not images_NHW.size:
        sizes = "x".join(map(str, images_NHW.shape))
        raise DataError(f"{images_path.name}: is empty ({sizes}); a split needs at least one image")
    wrong = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(wrong):
        most = len(classes) - 1
        raise DataError(
            f"{labels_path.name}: label {labels[wrong[0]]} at image {wrong[0]}, expected 0 to {most} "
            f"({len(classes)} classes); put a classmap.csv (index,codepoint,char) with all classes beside it"
        )
    return images_NHW, labels


def _join(
    parts: dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]], folder: Path
) -> tuple[NDArray[np.uint8], NDArray[np.int64], dict[str, NDArray[np.int64]]]:
    sizes = {name: images.shape[1:] for name, (images, _) in parts.items()}
    if len(set(sizes.values())) > 1:
        shown = ", ".join(f"{name} {height}x{width}" for name, (height, width) in sizes.items())
        raise DataError(f"{folder}: images differ in size ({shown}); one set has one size")
    images = np.concatenate([images for images, _ in parts.values()])[:, None]
    labels = np.concatenate([labels for _, labels in parts.values()])
    splits, start = {}, 0
    for name, (_, part) in parts.items():
        splits[name] = np.arange(start, start + len(part), dtype=np.int64)
        start += len(part)
    return images, labels, splits
