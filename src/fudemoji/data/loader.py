"""From a name, a folder, a table, an archive or a file of arrays to an image set."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from fudemoji.data.array_files import is_array_file, read_array_file
from fudemoji.data.assembly import assemble
from fudemoji.data.cache.decoded import CACHE_GB, Decoded, Decoding, cache_root, decode
from fudemoji.data.listing import Listing
from fudemoji.data.named.catalog import CATALOG, NamedSet, find_folder, named_set
from fudemoji.data.named.downloader import check_file
from fudemoji.data.named.downloader import download as download_set
from fudemoji.data.named.kana import draw_kana
from fudemoji.data.readers import (
    ARCHIVE_SUFFIXES,
    is_official,
    list_archive,
    list_folders,
    list_parquet,
    list_table,
    parquet_files,
    read_folder,
    read_tar,
)
from fudemoji.data.sets import ImageSet
from fudemoji.errors import DataError, did_you_mean

__all__ = ["decode_source", "existing_path", "holds_pixels", "is_ready", "list_source", "load"]

_TAKEN = "a folder, a .csv, a .parquet, an .npz, an idx file, a .zip or a .tar (.tar.gz, .tar.bz2, .tar.xz)"

Progress = Callable[[int, int | None], None]


def load(
    source: str | Path,
    *,
    data_dir: str | Path | None = None,
    mirror: str | Sequence[str] | None = None,
    download: bool = False,
    verify: bool = True,
    fonts: Sequence[str | Path] = (),
    seed: int = 0,
    valid: float = 0.1,
    decoding: Decoding | None = None,
    cache_dir: str | Path | None = None,
    cache_gb: float = CACHE_GB,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> ImageSet:
    """The image set that `source` names: `kana`, `kmnist`, `k49`, `kkanji`, or one of your own by its path.

    A name of the catalogue comes first; a folder of that name is given as `./kmnist`. A path leads to a folder of
    class folders (in train, valid and test or not) of images or videos, of parquet files or of arrays in an
    official format; or to a CSV, a parquet file, a zip or a tar, an npz file or a pair of idx files
    (docs/own-images.md). What cannot be read of it is left out, and told in the set's `notes`. Nothing is fetched from
    the network unless `download` says so.

    Args:
        source: a name or a path.
        data_dir: where named sets lie; else $FUDEMOJI_DATA, else the user's cache.
        mirror: addresses or folders with copies of the files, tried before the official address.
        download: whether to fetch the files of a named set that are not there.
        verify: whether to hold the files of a named set against the published MD5.
        fonts: further font files to draw `kana` with.
        seed: what `kana` is drawn with, and what validation is cut with from a set that has no splits.
        valid: share of all images that becomes the validation split of a set that has no splits.
        decoding: size and fit of encoded images, and frames of clips; the defaults where None.
        cache_dir: where decoded images are kept; else a folder in `data_dir`.
        cache_gb: how large that folder may grow.
        progress: called with the bytes fetched or the images decoded so far, and all (None where unknown).
        note: called with each line worth telling while fetching.

    Raises:
        DataError: no such set or path, or its files are missing, damaged or not what they should be.

    >>> load("kana", seed=1).num_classes
    92
    """
    how = decoding or Decoding()
    if fonts and source != "kana":
        raise DataError(f"fonts are for kana only; {source} is not drawn but read")
    if isinstance(source, Path) or source not in CATALOG:
        cache = cache_root(cache_dir, data_dir)
        found = _open_path(existing_path(source), how, cache=cache, cache_gb=cache_gb, progress=progress)
        if isinstance(found, Path):
            return _read_pixels(found, valid=valid, seed=seed)
        return assemble(*found, valid=valid, seed=seed)
    _refuse(how, source, holds="pixels")
    if source == "kana":
        return draw_kana(seed=seed, fonts=fonts)
    named = CATALOG[source]
    if download and not is_ready(named, data_dir):
        download_set(named, data_dir=data_dir, mirror=mirror, verify=verify, progress=progress, note=note)
    return _load_named(named, data_dir, verify=verify)


def _open_path(
    path: Path, how: Decoding, *, cache: Path, cache_gb: float, progress: Progress | None
) -> tuple[Listing, Decoded] | Path:
    """What lies at a path and its pixels; the path itself where it holds pixels that need no decoding."""
    listing = list_source(path, scratch=cache)
    if listing is None:
        _refuse(how, path, holds="pixels")
        return path
    if len(listing.classes) < 2:
        raise DataError(f"{path} has one class only ({listing.classes[0]}); a classifier needs two or more")
    return listing, decode_source(listing, how, root=cache, limit_gb=cache_gb, progress=progress)


def decode_source(
    listing: Listing,
    how: Decoding,
    *,
    root: Path,
    limit_gb: float = CACHE_GB,
    progress: Progress | None = None,
) -> Decoded:
    """The pixels of a listing, as `fudemoji.data.cache.decoded.decode`, where the settings mean something for it.

    Raises:
        DataError: frames are asked for of images, or what `decode` refuses.
    """
    if listing.kind != "clips":
        _refuse(how, listing.source, holds="images")
    return decode(listing, how, root=root, limit_gb=limit_gb, progress=progress)


def _refuse(how: Decoding, source: str | Path, *, holds: Literal["pixels", "images"]) -> None:
    """Refuse settings that were given and would be without effect."""
    asked = how.asked
    if holds == "images":
        asked = {name: value for name, value in asked.items() if name in ("frames", "clip_sampling")}
    if asked:
        told = " and ".join(f"{name} {value}" for name, value in asked.items())
        reason = "images, not videos" if holds == "images" else "pixels, which are taken as they are"
        files = "video files" if holds == "images" else "image and video files"
        raise DataError(
            f"{told} would do nothing: that is for {files}, and {source} holds {reason}; leave it out, "
            "or the recipe that brings it"
        )


def holds_pixels(source: str | Path) -> bool:
    """Whether a source is a named set, a folder or tar in an official format, or a file of arrays."""
    if not isinstance(source, Path) and source in CATALOG:
        return True
    path = Path(source).expanduser()
    if path.is_dir():
        return is_official(path)
    return path.name.lower() == "kkanji.tar" or is_array_file(path)


def _read_pixels(path: Path, *, valid: float, seed: int) -> ImageSet:
    if path.is_dir():
        return read_folder(path)
    return read_array_file(path, valid=valid, seed=seed) if is_array_file(path) else read_tar(path)


def list_source(path: Path, *, scratch: Path) -> Listing | None:
    """What lies at a path before anything is decoded; None where it holds arrays in an official format.

    Args:
        path: a folder or a file that exists.
        scratch: the folder for the unpacked copy of a compressed tar.

    Raises:
        DataError: it cannot be read, or is no set of images.
    """
    name = path.name.lower()
    try:
        if holds_pixels(path):
            return None
        if path.is_dir():
            return list_parquet(path) if parquet_files(path) else list_folders(path)
        if name.endswith(".csv"):
            return list_table(path)
        if name.endswith(".parquet"):
            return list_parquet(path)
        if name.endswith(ARCHIVE_SUFFIXES):
            return list_archive(path, scratch=scratch)
    except OSError as error:
        raise DataError(f"cannot read {str(path)[:200]}: {error.strerror or error}") from error
    raise DataError(f"{path} is a file of another kind; give {_TAKEN}, or the folder it lies in")


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


def existing_path(source: str | Path) -> Path:
    """The path, if there is anything.

    Raises:
        DataError: there is nothing.
    """
    path = Path(source).expanduser()
    try:
        if str(source) and (path.is_dir() or path.is_file()):
            return path
        if str(source) and path.exists():  # a pipe would be waited for, and a device be read for ever
            raise DataError(f"{path} is neither a file nor a folder; give {_TAKEN}")
    except OSError as error:
        raise DataError(f"cannot read {str(path)[:200]}: {error.strerror or error}") from error
    if path.is_symlink():
        raise DataError(f"{path} is a link that leads nowhere; give {_TAKEN}")
    if isinstance(source, str) and not path.suffix and not any(sign in source for sign in ("/", os.sep, "~")):
        named_set(source)
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = did_you_mean(path.name, beside)
    what = "file" if path.suffix else "folder"
    raise DataError(f"no {what} {path}{near}; give {_TAKEN}, or one of: {', '.join(CATALOG)}")
