"""The named sets: what they hold, who made them, and where their files lie.

Sizes, checksums and addresses are those of the official lists of the KMNIST data sets
(http://codh.rois.ac.jp/kmnist/).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fudemoji.data.named.characters import K49, KANA, KMNIST
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError, did_you_mean

__all__ = ["CATALOG", "CREDIT", "LICENCE", "NamedSet", "RemoteFile", "data_root", "find_folder", "named_set"]

LICENCE = "CC BY-SA 4.0"
CREDIT = (
    '"KMNIST Dataset" (created by CODH), adapted from "Kuzushiji Dataset" '
    "(created by NIJL and others), doi:10.20676/00000341"
)
_OFFICIAL = "http://codh.rois.ac.jp/kmnist/dataset"


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its name, its size and MD5 where published (else None), its address.

    `sha256` is how its SHA-256 begins, where only that is published.
    """

    name: str
    num_bytes: int | None
    md5: str | None
    address: str
    sha256: str = ""


@dataclass(frozen=True)
class NamedSet:
    """A set that goes by a name.

    Attributes:
        classes: the classes in label order; empty where only the files tell.
        num_train: images in the official training split; 0 where there is no official split.
        files: what `fudemoji data get` fetches and `load` reads.
        other_files: the same images in another official format, and what else is published.
    """

    name: str
    title: str
    num_classes: int
    image_size: tuple[int, int]
    num_images: int
    num_train: int
    num_test: int
    licence: str
    credit: str
    classes: tuple[LabelClass, ...] = ()
    files: tuple[RemoteFile, ...] = ()
    other_files: tuple[RemoteFile, ...] = ()

    @property
    def num_bytes(self) -> int | None:
        """Bytes to fetch, or None where a size is not published."""
        sizes = [file.num_bytes for file in self.files if file.num_bytes is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None


def _file(folder: str, name: str, num_bytes: int | None, md5: str | None) -> RemoteFile:
    return RemoteFile(name, num_bytes, md5, f"{_OFFICIAL}/{folder}/{name}")


_KMNIST_IDX = (
    _file("kmnist", "train-images-idx3-ubyte.gz", 18165135, "bdb82020997e1d708af4cf47b453dcf7"),
    _file("kmnist", "train-labels-idx1-ubyte.gz", 29497, "e144d726b3acfaa3e44228e80efcd344"),
    _file("kmnist", "t10k-images-idx3-ubyte.gz", 3041136, "5c965bf0a639b31b8f53240b1b52f4d7"),
    _file("kmnist", "t10k-labels-idx1-ubyte.gz", 5120, "7320c461ea6c1c855c0b718fb2a4b134"),
    _file("kmnist", "kmnist_classmap.csv", 151, "899202f6e8dc29a321ac210a03d0f2f1"),
)
_KMNIST_NPZ = (
    _file("kmnist", "kmnist-train-imgs.npz", 18384171, "a183fbc01ed9a345513b145673d3d0bb"),
    _file("kmnist", "kmnist-train-labels.npz", 29700, "b0e1d240e8afec72b50437fc3bc5908a"),
    _file("kmnist", "kmnist-test-imgs.npz", 3079479, "dace6de62ca8b90843cc45366337d02e"),
    _file("kmnist", "kmnist-test-labels.npz", 5304, "3ae489a79983d0fe386152684e3b5412"),
)
_K49_NPZ = (
    _file("k49", "k49-train-imgs.npz", 66117696, "7ac088b20481cf51dcd01ceaab89d821"),
    _file("k49", "k49-train-labels.npz", 164485, "44a8e1b893f81e63ff38d73cad420f7a"),
    _file("k49", "k49-test-imgs.npz", 10971201, "d352e201d846ce6b94f42c990966f374"),
    _file("k49", "k49-test-labels.npz", 27450, "4da6f7a62e67a832d5eb1bd85c5ee448"),
    _file("k49", "k49_classmap.csv", 697, "f7d0d0391f68bdf0fe4cf160ceb85753"),
)

CATALOG: dict[str, NamedSet] = {
    "kana": NamedSet(
        name="kana",
        title="46 hiragana and 46 katakana drawn from a font (synthetic, no download)",
        num_classes=92,
        image_size=(28, 28),
        num_images=18400,
        num_train=14720,
        num_test=3680,
        licence="images drawn here, no rights claimed (IPAex Gothic: IPA Font License 1.0)",
        credit="drawn from IPAex Gothic (Information-technology Promotion Agency, Japan)",
        classes=KANA,
    ),
    "kmnist": NamedSet(
        name="kmnist",
        title="Kuzushiji-MNIST: 10 cursive hiragana from old books",
        num_classes=10,
        image_size=(28, 28),
        num_images=70000,
        num_train=60000,
        num_test=10000,
        licence=LICENCE,
        credit=CREDIT,
        classes=KMNIST,
        files=_KMNIST_IDX,
        other_files=_KMNIST_NPZ,
    ),
    "k49": NamedSet(
        name="k49",
        title="Kuzushiji-49: 48 cursive hiragana and the iteration mark, imbalanced",
        num_classes=49,
        image_size=(28, 28),
        num_images=270912,
        num_train=232365,
        num_test=38547,
        licence=LICENCE,
        credit=CREDIT,
        classes=K49,
        files=_K49_NPZ,
    ),
    "kkanji": NamedSet(
        name="kkanji",
        title="Kuzushiji-Kanji: 3,832 cursive kanji, some with one image; no official split",
        num_classes=3832,
        image_size=(64, 64),
        num_images=140424,
        num_train=0,
        num_test=0,
        licence=LICENCE,
        credit=CREDIT,
        files=(_file("kkanji", "kkanji.tar", None, None),),
    ),
}


def named_set(name: str) -> NamedSet:
    """The set called `name`.

    Raises:
        DataError: there is none; the message offers the nearest name and says that a folder will do.

    >>> named_set("kmnist").num_images
    70000
    """
    if name in CATALOG:
        return CATALOG[name]
    near = did_you_mean(name, CATALOG)
    known = ", ".join(CATALOG)
    raise DataError(
        f"unknown set '{name}'{near}; known: {known}; or give a folder, a CSV or an archive of your own"
    )


def data_root(data_dir: str | Path | None = None) -> Path:
    """Where downloaded sets lie: `data_dir`, else $FUDEMOJI_DATA, else fudemoji in the user's cache."""
    if data_dir is not None and str(data_dir):
        return Path(data_dir).expanduser()
    if from_environment := os.environ.get("FUDEMOJI_DATA"):
        return Path(from_environment).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    # the XDG specification: relative paths are invalid and to be ignored
    return (Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache") / "fudemoji"


def find_folder(named: NamedSet, data_dir: str | Path | None = None) -> Path:
    """The folder of a named set: `root/name`, or the root itself where the set's files lie directly in it."""
    root = data_root(data_dir)
    inside = root / named.name
    if not inside.is_dir():
        # class maps alone do not make a set: other sets may lie beside them
        known = [file.name for file in (*named.files, *named.other_files) if not file.name.endswith(".csv")]
        if any((root / name).is_file() for name in known):
            return root
    return inside
