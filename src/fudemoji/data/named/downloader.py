"""The files of a named set, fetched to a folder: resumed, verified, and never half there."""

from __future__ import annotations

import hashlib
import time
import urllib.parse
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from fudemoji.data.named.catalog import NamedSet, RemoteFile, find_folder
from fudemoji.data.named.transfer import CutError, RefusedError, Target, fetch_part, part_path, remove_part
from fudemoji.errors import DataError
from fudemoji.locks import folder_lock

__all__ = ["Fetched", "check_file", "download"]

Progress = Callable[[int, int | None], None]
_ATTEMPTS = 3
_SCHEMES = ("http", "https", "file")


def _silent(*_: object) -> None:
    pass


@dataclass(frozen=True)
class Fetched:
    """A file of a set on the disk; `verified` when it equals a published checksum, else with its SHA-256."""

    path: Path
    num_bytes: int
    verified: bool
    fetched: bool
    """False when it was there already."""
    sha256: str = ""


def download(
    named: NamedSet,
    *,
    data_dir: str | Path | None = None,
    mirror: str | Sequence[str] | None = None,
    timeout: float = 20.0,
    backoff: float = 1.0,
    verify: bool = True,
    lock_wait: float = 600.0,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> list[Fetched]:
    """The files of the set, fetched where they are not there yet.

    Args:
        named: an entry of the catalogue.
        data_dir: folder for sets; see `catalog.data_root`. The files lie in a folder called after the set.
        mirror: addresses or folders that hold copies of the files, tried in turn before the official one.
        timeout: seconds to connect, and seconds in which at least 1 KiB must come.
        backoff: seconds before the second try of an address; doubled for each further one.
        verify: hold files against the published MD5.
        lock_wait: seconds to wait for another process that downloads to the same folder.
        progress: called with the bytes of the set there are so far, and all of them (None where unknown).
        note: called with each line worth telling: a further try, a file that could not be verified.

    Raises:
        DataError: no address has the file, a checksum is wrong, the disk is full or cannot be written to.
    """
    if not named.files:
        return []
    folder = find_folder(named, data_dir)
    report, say = progress or _silent, note or _silent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder, wait=lock_wait, say=say):
            found: list[Fetched] = []
            for file in named.files:
                before = sum(fetched.num_bytes for fetched in found)

                def on_bytes(done: int, total: int | None, before: int = before) -> None:
                    of_all = before + total if named.num_bytes is None and total else named.num_bytes
                    report(before + done, of_all)

                fetch = _Fetch(named, file, folder, _addresses(named, file, mirror), timeout, backoff, verify)
                found.append(fetch.run(on_bytes, say))
                on_bytes(found[-1].num_bytes, found[-1].num_bytes)
    except OSError as error:
        why = error.strerror or error
        raise DataError(f"cannot write to {folder}: {why}; choose another --data-dir") from error
    return found


def _alone_in(folder: Path, *, wait: float, say: Callable[[str], None]) -> AbstractContextManager[None]:
    refusal = DataError(f"another process still downloads to {folder}; wait for it and try again")
    said = f"waiting for another process that downloads to {folder}"
    return folder_lock(folder, refusal=refusal, wait=wait, on_wait=lambda: say(said))


def check_file(path: Path, file: RemoteFile) -> tuple[bool, str]:
    """Whether the file equals a published checksum, and its SHA-256 where none is published.

    Raises:
        DataError: it differs from the published MD5, or from the SHA-256 recorded when it was fetched.
    """
    if file.md5 is not None:
        found = _digest(path, "md5")
        if found != file.md5:
            raise DataError(
                f"{path}: MD5 is {found}, expected {file.md5}; delete it to download again; "
                "images of your own are given by their folder"
            )
        return True, ""
    found = _digest(path, "sha256")
    if file.sha256:
        if not found.startswith(file.sha256):
            raise DataError(
                f"{path}: SHA-256 is {found}, expected {file.sha256}...; delete it to download again"
            )
        return True, found
    record = _record_path(path)
    if record.is_file():
        recorded = record.read_text(encoding="utf-8", errors="replace").partition(" ")[0]
        if recorded != found:
            raise DataError(
                f"{path}: SHA-256 is {found}, but was {recorded[:64]} when it was fetched; "
                f"delete both it and {record.name} to download again"
            )
    return False, found


@dataclass(frozen=True)
class _Fetch:
    """The way of one file to the disk."""

    named: NamedSet
    file: RemoteFile
    folder: Path
    groups: list[list[str]]
    timeout: float
    backoff: float
    verify: bool

    @property
    def path(self) -> Path:
        return self.folder / self.file.name

    def run(self, progress: Progress, say: Callable[[str], None]) -> Fetched:
        if self.path.is_file():
            verified, sha256 = check_file(self.path, self.file) if self.verify else self._unverified()
            return Fetched(self.path, self.path.stat().st_size, verified, False, sha256)
        failures: dict[str, str] = {}
        for group in self.groups:
            for address in group:
                try:
                    return self._try(address, progress, say)
                except RefusedError as error:
                    failures[address] = str(error)
                except CutError as error:
                    # a host that does not answer here will not answer at its other addresses
                    failures[address] = str(error)
                    break
        raise DataError(self._explain(failures))

    def _unverified(self) -> tuple[bool, str]:
        return False, _digest(self.path, "sha256")

    def _try(self, address: str, progress: Progress, say: Callable[[str], None]) -> Fetched:
        for attempt in range(_ATTEMPTS - 1):
            try:
                return self._fetch(address, progress, say)
            except CutError as error:
                wait = self.backoff * 2**attempt
                say(f"{self.file.name}: {error}; trying again in {wait:g} s")
                time.sleep(wait)
        return self._fetch(address, progress, say)

    def _fetch(self, address: str, progress: Progress, say: Callable[[str], None]) -> Fetched:
        resumed = part_path(self.path).is_file()
        target = Target(self.path, self.file.num_bytes, checked=self.verify and self.file.md5 is not None)
        fetch_part(address, target, timeout=self.timeout, progress=progress)
        part = part_path(self.path)
        verified, sha256 = False, ""
        if self.file.md5 is not None and self.verify:
            found = _digest(part, "md5")
            if found != self.file.md5:
                remove_part(self.path)
                if resumed:
                    raise CutError("the file has changed since its first part was fetched; starting anew")
                raise RefusedError(f"MD5 is {found}, expected {self.file.md5}; the part was removed")
            verified = True
        else:
            sha256 = _digest(part, "sha256")
            if self.file.sha256 and not sha256.startswith(self.file.sha256):
                remove_part(self.path)
                raise RefusedError(
                    f"SHA-256 is {sha256}, expected {self.file.sha256}...; the part was removed"
                )
            verified = bool(self.file.sha256)
        if self.file.md5 is None and not verified:
            say(f"{self.file.name}: no checksum is published, so it is unverified; its SHA-256 is {sha256}")
            _record_path(self.path).write_text(f"{sha256}  {self.file.name}\n", encoding="utf-8")
        num_bytes = part.stat().st_size
        part.replace(self.path)
        remove_part(self.path)
        return Fetched(self.path, num_bytes, verified, True, sha256)

    def _explain(self, failures: dict[str, str]) -> str:
        tried = "; ".join(f"{address}: {failure}" for address, failure in failures.items())
        names = ", ".join(file.name for file in self.named.files)
        instead = f", or give its folder instead of '{self.named.name}'" if self.named.num_images else ""
        return (
            f"{self.file.name} could not be fetched ({tried}); if you have a copy, put {names} "
            f"in {self.folder}{instead}, or pass --mirror ADDRESS"
        )


def _addresses(named: NamedSet, file: RemoteFile, mirror: str | Sequence[str] | None) -> list[list[str]]:
    """Groups of addresses on one host each, in the order to try them."""
    mirrors = [mirror] if isinstance(mirror, str) else list(mirror or ())
    found = []
    for base in mirrors:
        if urllib.parse.urlsplit(base).scheme not in _SCHEMES:
            if not Path(base).expanduser().is_dir():
                raise DataError(f"mirror '{base}' is neither an http, https or file address nor a folder")
            base = Path(base).expanduser().resolve().as_uri()  # noqa: PLW2901  # the same base, as an address
        base = base.rstrip("/")  # noqa: PLW2901
        found.append([f"{base}/{file.name}", f"{base}/{named.name}/{file.name}"])
    return [*found, [file.address]]


def _record_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
