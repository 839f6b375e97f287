"""Pictures decoded in a few threads, so that many requests together need bounded memory and cores."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image as Pillow

from fudemoji.data.decoding.picture import ImageError, quiet_pillow, read_bytes

__all__ = ["decode", "decoders", "header"]

_LARGE_PIXELS = 16_000_000  # from here on one at a time: 100 million pixels take 300 MB and more
_large = threading.Lock()


def decoders() -> ThreadPoolExecutor:
    """The threads that decode, for all of this process; Pillow's warnings are off from now on."""
    quiet_pillow()  # for good: filters are the process's, and requests decode side by side
    Pillow.init()
    return _threads()


def header(content: bytes, *, formats: Sequence[str] | None = None) -> tuple[str, tuple[int, int]]:
    """The format and the size (width, height) that the file claims; no pixel is decoded.

    Args:
        content: of the file.
        formats: as Pillow calls them; None: all that it knows.

    Raises:
        ImageError: it is of another format, or of none.
    """
    known = [one for one in formats if one in Pillow.OPEN] if formats is not None else None
    try:
        with Pillow.open(io.BytesIO(content), formats=known) as opened:
            kind = opened.format or ""
            return "JPEG" if kind == "MPO" else kind, opened.size  # a JPEG with a second picture behind it
    except Pillow.DecompressionBombError as error:
        raise ImageError("the image is too large to be read", kind="huge") from error
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
        taken = f" of the kinds that are taken: {', '.join(known)}" if known is not None else ""
        raise ImageError(f"it is no image{taken}") from error


def decode(content: bytes, *, size: tuple[int, int], least: int = 0) -> Pillow.Image:
    """The picture, upright, as `read_bytes` gives it.

    Args:
        content: of the file.
        size: that its header claims.
        least: pixels that the shorter side must keep; 0: all.

    Raises:
        ImageError: it is damaged, or too large.
    """
    with _large if size[0] * size[1] > _LARGE_PIXELS else contextlib.nullcontext():
        return read_bytes(content, name="the image", least=least)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=min(8, 2 * (os.cpu_count() or 1)), thread_name_prefix="images")
