"""From a name, a folder or a tar to an image set."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from fudemoji.data.catalog import CATALOG, NamedSet, find_folder, named_set
from fudemoji.data.downloader import check_file
from fudemoji.data.downloader import download as download_set
from fudemoji.data.kana import draw_kana
from fudemoji.data.readers import read_folder, read_tar
from fudemoji.data.sets import ImageSet
from fudemoji.errors import DataError, did_you_mean

__all__ = ["is_ready", "load"]


def load(
    source: str | Path,
    *,
    data_dir: str | Path | None = None,
    mirror: str | Sequence[str] | None = None,
    download: bool = False,
    verify: bool = True,
    fonts: Sequence[str | Path] = (),
    seed: int = 0,
    progress: Callable[[int, int | None], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> ImageSet:
    """The image set that `source` names: `kana`, `kmnist`, `k49`, `kkanji`, a folder, or a tar of folders.

    A name of the catalogue comes first; a folder of that name is given as `./kmnist`. Nothing is fetched from
    the network unless `download` says so.

    Args:
        source: a name, or the path of a folder or a tar.
        data_dir: where named sets lie; else $FUDEMOJI_DATA, else the user's cache.
        mirror: addresses or folders with copies of the files, tried before the official address.
        download: whether to fetch the files of a named set that are not there.
        verify: whether to hold the files of a named set against the published MD5.
        fonts: further font files to draw `kana` with.
        seed: what `kana` is drawn with; other sets do not depend on it.
        progress: called with the bytes fetched so far, and all of them (None where unknown).
        note: called with each line worth telling while fetching.

    Raises:
        DataError: no such set or folder, or its files are missing, damaged or not what they should be.

    >>> load("kana", seed=1).num_classes
    92
    """
    if isinstance(source, Path) or source not in CATALOG:
        return _load_path(source)
    if fonts and source != "kana":
        raise DataError(f"fonts are for kana only; {source} is not drawn but read")
    if source == "kana":
        return draw_kana(seed=seed, fonts=fonts)
    named = CATALOG[source]
    if download and not is_ready(named, data_dir):
        download_set(named, data_dir=data_dir, mirror=mirror, verify=verify, progress=progress, note=note)
    return _load_named(named, data_dir, verify=verify)


def is_ready(named: NamedSet, data_dir: str | Path | None = None) -> bool:
    """Whether all images and labels of a named set lie on this machine, in one official format or another."""
    return any(not missing for missing in _missing(named, find_folder(named, data_dir)))


def _missing(named: NamedSet, folder: Path) -> list[list[str]]:
    """For each official format, the files that are not there; class maps are built in and may be missing."""
    found = []
    for files in (named.files, named.other_files):
        names = [file.name for file in files if not file.name.endswith(".csv")]
        # an unzipped idx file is as good
        absent = [name for name in names if not _any_is_file(folder, name, name.removesuffix(".gz"))]
        if names or not named.files:
            found.append(absent)
    return found


def _any_is_file(folder: Path, *names: str) -> bool:
    return any((folder / name).is_file() for name in names)


def _load_named(named: NamedSet, data_dir: str | Path | None, *, verify: bool) -> ImageSet:
    folder = find_folder(named, data_dir)
    missing = _missing(named, folder)
    if all(missing):
        absent = sorted(missing, key=len)[0]
        raise DataError(
            f"{named.name} is not in {folder} ({', '.join(absent)} missing); get it with "
            f"`fudemoji data get {named.name}`, put the files there, or give the folder that holds them"
        )
    if verify:
        for file in (*named.files, *named.other_files):
            if (folder / file.name).is_file():
                check_file(folder / file.name, file)
    return read_folder(folder, named=named.name)


def _load_path(source: str | Path) -> ImageSet:
    path = Path(source).expanduser()
    try:
        if str(source) and path.is_dir():
            return read_folder(path)
        if path.is_file():
            if path.suffix == ".tar":
                return read_tar(path)
            raise DataError(f"{path} is a file; give the folder it lies in, or a .tar of U+XXXX folders")
    except OSError as error:
        raise DataError(f"cannot read {str(path)[:200]}: {error.strerror or error}") from error
    if isinstance(source, str) and not any(sign in source for sign in ("/", os.sep, "~")):
        named_set(source)
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = did_you_mean(path.name, beside)
    raise DataError(f"no folder {path}{near}; give the folder of a set, or one of: {', '.join(CATALOG)}")
