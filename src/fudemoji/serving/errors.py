"""What a client is told when a request cannot be met: a status, a code and a sentence."""

from __future__ import annotations

from fudemoji.errors import FudemojiError

__all__ = ["ApiError"]


class ApiError(FudemojiError):
    """A request that is refused, or that could not be met.

    Attributes:
        status: of HTTP, 4xx or 5xx.
        code: for programs, in the words of the Custom Vision API, such as `NotFoundProject`.
        retry_after: seconds after which it is worth asking again; None where it is not.
    """

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after
