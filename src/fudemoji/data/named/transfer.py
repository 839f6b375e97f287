"""One file from one address to the disk: resumed after a cut, bounded in time and size."""

from __future__ import annotations

import errno
import http.client
import json
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fudemoji.errors import DataError

__all__ = ["MAX_BYTES", "CutError", "RefusedError", "fetch_part", "part_path", "remove_part"]

# the most that is taken of a file whose size is not published
MAX_BYTES = 2 << 30
_CHUNK = 1 << 16
_LEAST_BYTES = 1024
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class CutError(Exception):
    """The transfer broke off; another try may go on from there."""


class RefusedError(Exception):
    """This address has no such file, or another one; another try would not help."""


@dataclass(frozen=True)
class Target:
    """What is wanted: the final path, and the published size or None."""

    path: Path
    num_bytes: int | None
    checked: bool
    """Whether a checksum will tell if the parts of two answers belong together."""


def part_path(path: Path) -> Path:
    """Where a file lies until it is whole and verified."""
    return path.with_name(path.name + ".part")


def _tag_path(path: Path) -> Path:
    return path.with_name(path.name + ".part.json")


def remove_part(path: Path) -> None:
    """Forget what was fetched of `path` so far."""
    part_path(path).unlink(missing_ok=True)
    _tag_path(path).unlink(missing_ok=True)


def fetch_part(
    address: str, target: Target, *, timeout: float, progress: Callable[[int, int | None], None]
) -> None:
    """Bring the part file of `target` to its full length from `address`, going on where it ends.

    Args:
        address: http, https or file.
        target: the file that is wanted.
        timeout: seconds to connect, and seconds in which at least 1 KiB must come.
        progress: called with the bytes there are so far, and all of them or None where unknown.

    Raises:
        CutError: the connection failed, broke off or stalled; what came stays in the part file.
        RefusedError: the address does not have the file, or one of another size.
        DataError: the disk is full or cannot be written to.
    """
    part = part_path(target.path)
    start, validator = _resume_point(address, target)
    if start and start == target.num_bytes:
        return
    request = urllib.request.Request(address)  # noqa: S310  # the opener knows http, https and file only
    if start:
        request.add_header("Range", f"bytes={start}-")
        if validator:
            request.add_header("If-Range", validator)
    with _open(request, target, timeout=timeout) as response:
        start = _check_answer(response, target, start)
        total = _total_of(response, target, start)
        _write_tag(address, response, target)
        _check_space(part, target, start, total)
        _receive(response, part, start=start, total=total, timeout=timeout, progress=progress)


def _open(request: urllib.request.Request, target: Target, *, timeout: float) -> Any:
    try:
        return _opener().open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            remove_part(target.path)
            raise CutError("the part fetched so far does not fit; starting anew") from None
        kind = CutError if error.code in (408, 425, 429) or error.code >= 500 else RefusedError
        raise kind(f"HTTP {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, FileNotFoundError):
            raise RefusedError("no such file") from None
        raise CutError(_reason(error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        raise CutError(_reason(error)) from None


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _opener() -> urllib.request.OpenerDirector:
    """An opener for http, https and file, which also bounds where a redirection can lead."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.FileHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "fudemoji"), ("Accept-Encoding", "identity")]
    return opener


def _resume_point(address: str, target: Target) -> tuple[int, str]:
    """Bytes that may be kept, and what the server called that version of the file."""
    part = part_path(target.path)
    start = part.stat().st_size if part.is_file() else 0
    validator = _read_validator(address, target.path) if start else ""
    # without a checksum only the server can say that both parts are of one file
    too_long = target.num_bytes is not None and start > target.num_bytes
    if start and (too_long or not (target.checked or validator)):
        remove_part(target.path)
        return 0, ""
    return start, validator


def _read_validator(address: str, path: Path) -> str:
    """What this address called the version that the part is of; empty where that is not known."""
    try:
        tag = json.loads(_tag_path(path).read_bytes())
    except (OSError, ValueError):
        return ""
    validator = tag.get("validator") if isinstance(tag, dict) and tag.get("address") == address else ""
    return validator if isinstance(validator, str) and validator.isprintable() else ""


def _check_answer(response: Any, target: Target, start: int) -> int:
    """Where the answer's bytes begin: at `start`, or at 0 when the server sends all of the file."""
    if getattr(response, "status", 200) != 206:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not found or found[1] != str(start):
        remove_part(target.path)
        raise CutError("the server sent another part than asked for; starting anew")
    return start


def _total_of(response: Any, target: Target, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    announced = start + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
    if target.num_bytes is None:
        if announced is not None and announced > MAX_BYTES:
            raise RefusedError(f"{announced} bytes are announced, expected {MAX_BYTES} at most")
        return announced
    if announced is not None and announced != target.num_bytes:
        raise RefusedError(f"{announced} bytes are announced, expected {target.num_bytes}: another file")
    return target.num_bytes


def _write_tag(address: str, response: Any, target: Target) -> None:
    validator = response.headers.get("ETag") or ""
    if not validator or validator.startswith("W/"):
        # a weak tag may not be used for parts (RFC 9110, 13.1.5)
        validator = response.headers.get("Last-Modified") or ""
    tag = {"address": address, "validator": validator}
    _tag_path(target.path).write_text(json.dumps(tag), encoding="utf-8")


def _check_space(part: Path, target: Target, start: int, total: int | None) -> None:
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - start > free:
        raise _no_space(target.path, f"{total - start} bytes are needed and {free} free")


def _no_space(path: Path, why: str) -> DataError:
    """The error for a full disk."""
    return DataError(
        f"no space left for {path} ({why}); free some or choose another --data-dir; "
        "what was fetched so far is kept and resumed"
    )


def _receive(
    response: Any,
    part: Path,
    *,
    start: int,
    total: int | None,
    timeout: float,
    progress: Callable[[int, int | None], None],
) -> None:
    most = MAX_BYTES if total is None else total
    done, mark, mark_time = start, start, time.monotonic()
    try:
        with part.open("ab") as file:
            file.truncate(start)
            progress(done, total)
            while piece := _read(response):
                if done + len(piece) > most:
                    part.unlink()
                    raise RefusedError(f"more than the expected {most} bytes came: another file")
                file.write(piece)
                done += len(piece)
                progress(done, total)
                if time.monotonic() - mark_time > timeout:
                    if done - mark < _LEAST_BYTES:
                        raise CutError(f"stalled: {done - mark} bytes in {timeout:g} s")
                    mark, mark_time = done, time.monotonic()
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise _no_space(part, str(error.strerror)) from error
        raise
    if total is not None and done < total:
        raise CutError(f"cut off after {done} of {total} bytes")


def _read(response: Any) -> bytes:
    """What has come, 64 KiB at most; read1 does not wait for more, so that a trickle is noticed."""
    try:
        return bytes(getattr(response, "read1", response.read)(_CHUNK))
    except (OSError, http.client.HTTPException) as error:
        raise CutError(_reason(error)) from None
