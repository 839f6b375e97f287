"""Whether an exported file answers as the run does."""

# N images, B of them in a batch, K classes

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import ExportFailed

__all__ = ["BATCHES", "TOLERANCE", "Answer", "Parity", "answers", "check_batches", "compare"]

Answer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # images to calibrated probabilities

TOLERANCE = 1e-4  # of a probability
BATCHES = (1, 2, 7, 64)


@dataclass(frozen=True)
class Parity:
    """How a file's probabilities compare with the run's, which are computed by torch in float32.

    Attributes:
        num_images: how many real images were compared, and `images` which.
        num_noise: how many images of noise besides.
        tolerance: how far a probability may be off.
        greatest: how far one was off, among all classes of all images.
        num_ties: images whose answer differs because two classes, or a probability and its threshold, are no further
            apart than the tolerance allows.
        batches: sizes of the batches that were tried.
    """

    num_images: int
    images: str
    num_noise: int
    tolerance: float
    greatest: float
    num_ties: int
    batches: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {**asdict(self), "batches": list(self.batches)}


def answers(answer: Answer, images_NCHW: NDArray[np.uint8], *, batch_size: int) -> NDArray[np.float32]:
    """The probabilities (N, K) of all images, batch by batch."""
    return np.concatenate([answer(images_NCHW[rows]) for rows in _batches(len(images_NCHW), batch_size)])


def _batches(num_images: int, size: int) -> Iterator[slice]:
    for start in range(0, num_images, size):
        yield slice(start, start + size)


def check_batches(
    answer: Answer, images_NCHW: NDArray[np.uint8], found_NK: NDArray[np.float32], sizes: tuple[int, ...]
) -> None:
    """Nothing, if an image's probabilities are the same in batches of all these sizes.

    Raises:
        ExportFailed: they are not.
    """
    for size in sizes:
        images_BCHW = np.resize(images_NCHW, (size, *images_NCHW.shape[1:]))
        expected_BK = np.resize(found_NK, (size, found_NK.shape[1]))
        difference = _difference(expected_BK, answer(images_BCHW))
        if not difference <= TOLERANCE:
            raise ExportFailed(
                f"in a batch of {size} a probability differs by {difference:.2g} from the same image's in others; "
                f"{TOLERANCE:g} is allowed"
            )


def compare(
    expected_NK: NDArray[np.floating[Any]],
    found_NK: NDArray[np.floating[Any]],
    *,
    thresholds_K: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[float, int]:
    """The greatest difference of a probability, and on how many images the answers differ by a tie.

    Args:
        expected_NK: the run's probabilities.
        found_NK: the file's.
        thresholds_K: of the labels, where an image may have several; else the likeliest class is the answer.
        tolerance: how far a probability may be off.

    Raises:
        ExportFailed: a probability is further off, or no number.
    """
    if found_NK.shape != expected_NK.shape:
        raise ExportFailed(f"its probabilities are {found_NK.shape}, expected {expected_NK.shape}")
    difference = _difference(expected_NK, found_NK)
    if not difference <= tolerance:
        num_off = int((~(np.abs(expected_NK - found_NK).max(axis=1) <= tolerance)).sum())
        others = int((expected_NK.argmax(axis=1) != found_NK.argmax(axis=1)).sum())
        raise ExportFailed(
            f"a probability differs by {difference:.2g} and {tolerance:g} is allowed ({num_off} of "
            f"{len(expected_NK)} images are off, {others} have another likeliest class)"
        )
    # within the tolerance answers can differ by ties alone
    if thresholds_K is None:
        differs_N = expected_NK.argmax(axis=1) != found_NK.argmax(axis=1)
    else:
        differs_N = ((expected_NK > thresholds_K) != (found_NK > thresholds_K)).any(axis=1)
    return difference, int(differs_N.sum())


def _difference(expected_NK: NDArray[np.floating[Any]], found_NK: NDArray[np.floating[Any]]) -> float:
    return float(np.abs(expected_NK - found_NK).max())
