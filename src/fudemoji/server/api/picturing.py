"""Pictures as answers: of images, and of stored predictions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from fudemoji.server.store import Store
from fudemoji.server.store.thumbnails import SIZES

__all__ = ["PICTURE", "Size", "picture", "thumbnail"]

PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the picture",
        "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Size = Annotated[int, Query(ge=1, le=SIZES[-1], description="pixels of the longer side, at least")]
_NEVER_CHANGES = {"Cache-Control": "private, max-age=31536000, immutable"}


def picture(store: Store, sha256: str, *, kind: str) -> Response:
    """The bytes that were sent; what never changes under an id may be kept by whoever asked.

    Args:
        store: of the file.
        sha256: of the file.
        kind: its format, as Pillow calls it.

    Raises:
        ApiError: the file is gone.
    """
    return Response(store.blobs.read(sha256), media_type=f"image/{kind.lower()}", headers=_NEVER_CHANGES)


def thumbnail(store: Store, sha256: str, *, size: int) -> Response:
    """The picture upright, a PNG or a JPEG, not larger than it is.

    Raises:
        ApiError: the file is gone.
        ImageError: it is damaged.
    """
    drawn = store.thumbnails.of(sha256, size=size)
    return Response(drawn.content, media_type=drawn.media_type, headers=_NEVER_CHANGES)
