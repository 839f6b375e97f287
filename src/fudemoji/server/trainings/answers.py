"""What an iteration answers for each image that was held out of its training: all that figures at any threshold need.

Of one tag an image those are the likeliest tags and the true one, because only the likeliest can be given; of several,
every tag that is there or not too improbable.
"""

# N images, K classes, P pairs of an image and a tag

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store import Store
from fudemoji.server.store.tables import Image, Iteration, Project
from fudemoji.server.trainings.measured import Measured, read_measured

__all__ = ["Answer", "Answers", "answers"]

_MOST_LIKELY = 5  # of an image that has one tag
_LONGEST = "U32"  # characters of a float32


@dataclass(frozen=True)
class Answer:
    """What an iteration takes an image for.

    Attributes:
        image_id: None where the image is gone.
        sha256: of its file.
        places: of the tags that it had when the training began, among the model's classes.
        likely: places of tags and their calibrated probabilities, the most probable first.
    """

    image_id: str | None
    sha256: str
    places: list[int]
    likely: list[tuple[int, float]]


@dataclass(frozen=True)
class Answers:
    """What an iteration takes all images for that it was measured on.

    Attributes:
        split: that they belong to.
        average_precision_K: of each class; 0 for one without an image.
        images: in the order of the run.
    """

    split: str
    average_precision_K: NDArray[np.float64]
    images: list[Answer]


def answers(
    session: Session, store: Store, project: Project, iteration: Iteration, *, least: float = 0.01
) -> Answers:
    """All answers of an iteration for the images that it was measured on.

    Args:
        session: a transaction.
        store: where the run is.
        project: of the images.
        iteration: that was measured.
        least: tags that are less probable and not there are left out; an image with one tag has its likeliest always,
            and five at most.

    Raises:
        ApiError: it is not trained, or nothing was held out of its training.
    """
    measured = read_measured(store, iteration)
    ids = _ids(session, project, measured.place_of)
    likely = _likely(measured, least=least)
    sha256s = sorted(measured.place_of, key=measured.place_of.__getitem__)
    return Answers(
        split=measured.split,
        average_precision_K=measured.average_precision_K,
        images=[
            Answer(ids.get(sha256), sha256, np.flatnonzero(measured.labels_NK[place]).tolist(), likely[place])
            for sha256 in sha256s
            for place in [measured.place_of[sha256]]
        ],
    )


def _ids(session: Session, project: Project, place_of: Mapping[str, int]) -> dict[str, str]:
    """The ids of the images that are still there, by their SHA-256."""
    query = select(Image.sha256, Image.id).where(Image.project_id == project.id)
    return {row.sha256: row.id for row in session.execute(query) if row.sha256 in place_of}


def _likely(measured: Measured, *, least: float) -> list[list[tuple[int, float]]]:
    probs_NK = measured.probs_NK
    shown_NK = probs_NK >= np.float32(least)
    if not measured.is_multi_label:
        shown_NK &= _best(probs_NK, num=_MOST_LIKELY)
        shown_NK |= _best(probs_NK, num=1)
    shown_NK |= measured.labels_NK
    rows_P, columns_P = np.nonzero(shown_NK)
    probs_P = probs_NK[rows_P, columns_P]
    order_P = np.lexsort((columns_P, -probs_P, rows_P))
    found: list[list[tuple[int, float]]] = [[] for _ in probs_NK]
    shortest_P = probs_P.astype(_LONGEST).astype(np.float64)  # as few digits as tell float32 apart
    for pair in order_P.tolist():
        found[rows_P[pair]].append((int(columns_P[pair]), float(shortest_P[pair])))
    return found


def _best(probs_NK: NDArray[np.float32], *, num: int) -> NDArray[np.bool_]:
    """Which classes are the likeliest so many of an image; of equal ones the first."""
    left_NK, rows_N = probs_NK.copy(), np.arange(len(probs_NK))
    best_NK = np.zeros(probs_NK.shape, dtype=np.bool_)
    for _ in range(min(num, probs_NK.shape[1])):
        best_N = left_NK.argmax(axis=1)
        best_NK[rows_N, best_N] = True
        left_NK[rows_N, best_N] = -1
    return best_NK
