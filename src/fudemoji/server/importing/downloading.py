"""The files of images, a few at a time: bounded in size and time, tried again, in the order they were asked for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fudemoji.errors import SettingsError
from fudemoji.server.importing.patience import PassingError, is_passing, seconds_of
from fudemoji.server.importing.source import Source, SourceImage, SourceProject

__all__ = ["MOST_BYTES", "Downloads", "Fetched"]

MOST_BYTES = 64 << 20  # of one image; the cloud service takes 6 MB
_CHUNK = 1 << 16
_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS = 10, 30, 300
_THREADS = 4


@dataclass(frozen=True)
class Fetched:
    """An image and its file, or why there is none.

    Attributes:
        content: the file, byte for byte as it was uploaded; None where it could not be had.
        reason: why not.
        is_passing: another try, later on, may have it.
    """

    image: SourceImage
    content: bytes | None
    reason: str = ""
    is_passing: bool = False


class _Refused(Exception):
    """This address does not give the image; `may_have_expired` where a fresh one might."""

    def __init__(self, message: str, *, may_have_expired: bool = False) -> None:
        super().__init__(message)
        self.may_have_expired = may_have_expired


class Downloads:
    """Fetches images of a project in threads of its own."""

    def __init__(self, source: Source, project: SourceProject) -> None:
        self._source = source
        self._project = project
        self._local = threading.local()

    def groups(self, images: Iterable[SourceImage]) -> Iterator[list[Fetched]]:
        """All images, in their order, in groups of what has come meanwhile; leaving the `for` ends the threads."""
        pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="import")
        window: deque[Future[Fetched]] = deque()
        try:
            for image in images:
                window.append(pool.submit(self._fetch, image))
                if len(window) >= 2 * _THREADS:
                    yield _first_done(window)
            while window:
                yield _first_done(window)
        finally:
            self._source.patience.stopped.set()
            pool.shutdown(cancel_futures=True)
            self._source.patience.stopped.clear()

    def _fetch(self, image: SourceImage) -> Fetched:
        try:
            return Fetched(image, self._source.patience(lambda: self._content(image)))
        except PassingError as error:
            return Fetched(image, None, str(error), is_passing=True)
        except _Refused as error:
            if not error.may_have_expired:
                return Fetched(image, None, str(error))
        return self._fetch_anew(image)

    def _fetch_anew(self, image: SourceImage) -> Fetched:
        """By an address that the service gives now: those of the cloud expire."""
        fresh = self._source.looked_up(self._project, image)
        if fresh is None:
            return Fetched(image, None, "was deleted meanwhile")
        try:
            return Fetched(image, self._source.patience(lambda: self._content(fresh)))
        except (PassingError, _Refused) as error:
            return Fetched(image, None, str(error), is_passing=isinstance(error, PassingError))

    def _content(self, image: SourceImage) -> bytes:
        """The file of an image.

        Raises:
            PassingError: another try may have it.
            _Refused: it may not.
        """
        if not image.address:
            raise _Refused("the service names no address of its file")
        is_path = not urlsplit(image.address).scheme
        opened = self._artifact(image.address) if is_path else self._opened(image.address)
        parts, size, start = [], 0, time.monotonic()
        with opened as pieces:
            for piece in pieces:
                size += len(piece)
                if size > MOST_BYTES:
                    raise _Refused(f"is larger than {MOST_BYTES >> 20} MiB")
                if time.monotonic() - start > _WHOLE_SECONDS or self._source.patience.stopped.is_set():
                    raise PassingError(f"took longer than {_WHOLE_SECONDS} seconds")
                parts.append(piece)
        return b"".join(parts)

    @contextmanager
    def _artifact(self, path: str) -> Iterator[Iterator[bytes]]:
        try:
            with self._source.artifact(self._project, path) as pieces:
                yield pieces
        except SettingsError as error:
            raise _Refused(str(error), may_have_expired=True) from error

    @contextmanager
    def _opened(self, address: str) -> Iterator[Iterator[bytes]]:
        import requests

        headers = self._source.headers_for(address)
        try:
            with self._session.get(
                address,
                headers=headers,
                stream=True,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=not headers,
            ) as response:
                _check(response)
                yield response.iter_content(_CHUNK)
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL) as error:
            raise _Refused("the service names an address that is none") from error
        except requests.RequestException as error:
            raise PassingError("the connection failed, or took too long") from error

    @property
    def _session(self) -> Any:
        """One a thread: they keep connections open."""
        import requests

        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        return self._local.session


def _check(response: Any) -> None:
    status = response.status_code
    if is_passing(status):
        raise PassingError(f"HTTP {status}", after=seconds_of(response.headers.get("Retry-After")))
    if status != 200:
        raise _Refused(f"HTTP {status}", may_have_expired=status in (401, 403, 404, 410))


def _first_done(window: deque[Future[Fetched]]) -> list[Fetched]:
    """The first, waited for, and those right after it that are done too."""
    group = [window.popleft().result()]
    while window and window[0].done():
        group.append(window.popleft().result())
    return group
