"""What callers of a pool get: answers and refusals, in our own words."""

# K classes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.serving.errors import ApiError

__all__ = ["Answer", "ImageRefused", "Outcome", "refusal", "stopping", "unavailable"]

_TOLD = {
    "broken": (
        400,
        "BadRequestImageFormat",
        "the image cannot be read: it is damaged, or of no known format",
    ),
    "truncated": (400, "BadRequestImageFormat", "the image is cut short"),
    "empty": (400, "BadRequestImageFormat", "the image file is empty"),
    "huge": (400, "BadRequestImageDimensions", "the image has more pixels than are read"),
    "fatal": (500, "ErrorUnknown", "the model process failed on this image"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says about an image.

    Attributes:
        probs_K: float32, calibrated probabilities in the order of the run's classes.
        inverted: whether the image was inverted first, because its ground was not that of the training images.
    """

    probs_K: NDArray[np.float32]
    inverted: bool


class ImageRefused(ApiError):
    """An image that has no answer; `kind` is `broken`, `truncated`, `empty`, `huge`, or `fatal` for the model process.

    The message is the same for all images of a kind: what a decoder says may hold pieces of the file.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(*_TOLD.get(kind, _TOLD["broken"]))
        self.kind = kind


Outcome = Answer | ImageRefused


def refusal(told: dict[str, str]) -> ApiError:
    """What a client is told of an error in the model process; its own words are for the log."""
    kind = told["kind"]
    if kind in ("broken", "truncated", "empty", "huge"):
        return ImageRefused(kind)
    if kind == "crash":
        return ImageRefused("fatal")
    if kind == "request":
        return ApiError(400, "BadRequestNotSupported", "this model cannot do what was asked")
    return ApiError(
        500, "ErrorPredictionModelNotFound", "the model cannot be used; the server's log says why"
    )


def stopping() -> ApiError:
    """The server ends."""
    return ApiError(503, "ServiceUnavailable", "the server stops; ask again later", retry_after=5)


def unavailable() -> ApiError:
    """No process takes questions."""
    return ApiError(503, "ServiceUnavailable", "the model does not answer; ask again later", retry_after=10)
