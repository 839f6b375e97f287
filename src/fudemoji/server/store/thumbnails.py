"""Small versions of images: made when first asked for, then kept in a file."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

from fudemoji.data.decoding.picture import ImageError, flatten
from fudemoji.runs import write_beside
from fudemoji.server.store.blobs import Blobs
from fudemoji.server.store.pictures import decode, decoders, header
from fudemoji.serving.errors import ApiError

__all__ = ["SIZES", "Thumbnail", "Thumbnails"]

SIZES = (64, 128, 256, 512, 1024)  # pixels of the longer side
_MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class Thumbnail:
    """A small version of an image, as a browser shows it."""

    content: bytes
    media_type: str


class Thumbnails:
    """A folder of files `SIZE/ab/cdef….jpg`; it may be deleted at any time.

    Args:
        folder: where they are kept.
        blobs: the images.
    """

    def __init__(self, folder: Path, blobs: Blobs) -> None:
        self.folder = folder
        self._blobs = blobs

    def of(self, sha256: str, *, size: int) -> Thumbnail:
        """The image upright on white paper, made smaller if it is larger.

        What is small enough already is a PNG, pixel for pixel; the others are JPEGs.

        Args:
            sha256: of the image's file.
            size: pixels that the longer side is to have at least; the next of `SIZES` is taken, and no image is made
                larger.

        Raises:
            ApiError: the image is gone.
            ImageError: it is damaged.
        """
        fitting = _fitting(size)
        return self._kept(sha256, fitting) or decoders().submit(self._make, sha256, fitting).result()

    def of_all(self, sha256s: Iterable[str], *, size: int) -> dict[str, Thumbnail]:
        """As `of`, of several images, made side by side; those that are gone or damaged are left out."""
        fitting = _fitting(size)
        found = {one: self._kept(one, fitting) for one in sha256s}
        made = {one: decoders().submit(self._make, one, fitting) for one, kept in found.items() if not kept}
        for sha256, future in made.items():
            with contextlib.suppress(ApiError, ImageError):
                found[sha256] = future.result()
        return {sha256: one for sha256, one in found.items() if one}

    def _kept(self, sha256: str, fitting: int) -> Thumbnail | None:
        for suffix, media_type in _MEDIA_TYPES.items():
            with contextlib.suppress(OSError):
                if content := self._path(sha256, fitting, suffix).read_bytes():  # empty: a power cut
                    return Thumbnail(content, media_type)
        return None

    def _make(self, sha256: str, fitting: int) -> Thumbnail:
        content, suffix = _drawn(self._blobs.read(sha256), fitting)
        path = self._path(sha256, fitting, suffix)
        with contextlib.suppress(OSError):  # a full disk: it is made again the next time
            path.parent.mkdir(parents=True, exist_ok=True)
            with write_beside(path, lasts=False) as file:
                file.write(content)
        return Thumbnail(content, _MEDIA_TYPES[suffix])

    def delete(self, sha256: str) -> None:
        """Remove those of an image, if there are any."""
        for size in SIZES:
            for suffix in _MEDIA_TYPES:
                self._path(sha256, size, suffix).unlink(missing_ok=True)

    def every(self) -> Iterator[str]:
        """The SHA-256 of each image that has one, once a size."""
        for path in self.folder.glob("*/??/*"):
            if not path.name.startswith("."):
                yield path.parent.name + path.stem

    def _path(self, sha256: str, size: int, suffix: str) -> Path:
        return self.folder / str(size) / sha256[:2] / f"{sha256[2:]}{suffix}"


def _fitting(size: int) -> int:
    return next((one for one in SIZES if one >= size), SIZES[-1])


def _drawn(content: bytes, size: int) -> tuple[bytes, str]:
    """The file of a thumbnail, and its suffix."""
    _, claimed = header(content)
    is_small = max(claimed) <= size
    picture = flatten(decode(content, size=claimed, least=0 if is_small else size), "RGB")
    picture.thumbnail((size, size), Pillow.Resampling.BICUBIC, reducing_gap=3.0)
    drawn = io.BytesIO()
    if is_small:
        picture.save(drawn, "PNG")
        return drawn.getvalue(), ".png"
    picture.save(drawn, "JPEG", quality=_JPEG_QUALITY)
    return drawn.getvalue(), ".jpg"
