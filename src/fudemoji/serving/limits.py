"""How much a client may send, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """What bounds a request's body.

    A body has `seconds`, and one more for every `bytes_per_second` that have come, so that a slow line is served and a
    client that sends a byte now and then is not.

    Attributes:
        image_bytes: of one image file.
        num_images: in one request.
        body_bytes: of a whole body, whatever it holds.
        json_bytes: of a JSON body without images.
        seconds: that a body has to arrive.
        bytes_per_second: at which that time is extended.
    """

    image_bytes: int = 20 * 2**20
    num_images: int = 64
    body_bytes: int = 256 * 2**20
    json_bytes: int = 2**20
    seconds: float = 20.0
    bytes_per_second: int = 16 * 2**10
