"""The tags that images have now, beside what an iteration takes them for."""

# M images that are judged, K classes

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store.many import one_of
from fudemoji.server.store.tables import ImageTag, Iteration, Tag
from fudemoji.server.trainings.measured import Measured

__all__ = ["GIVEN", "Truth", "improbability", "truth_of"]

GIVEN = 0.5  # from which a tag of several is given
_SMALLEST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Truth:
    """The tags that images have now.

    Attributes:
        labels_MK: bool, those that the iteration knows.
        is_tagged_M: bool, whether there is any.
        is_new_M: bool, whether there is one that the iteration does not know.
    """

    labels_MK: NDArray[np.bool_]
    is_tagged_M: NDArray[np.bool_]
    is_new_M: NDArray[np.bool_]


def truth_of(session: Session, iteration: Iteration, image_ids: Sequence[str]) -> Truth:
    """The tags of images as they are now; where several may be, a negative one says that there is none."""
    shape = (len(image_ids), len(iteration.tag_ids))
    truth = Truth(np.zeros(shape, dtype=bool), *(np.zeros(shape[0], dtype=bool) for _ in range(2)))
    row_of = {image_id: m for m, image_id in enumerate(image_ids)}
    column_of = {tag_id: k for k, tag_id in enumerate(iteration.tag_ids)}
    query = (
        select(ImageTag.image_id, ImageTag.tag_id, Tag.kind)
        .join(Tag, Tag.id == ImageTag.tag_id)
        .where(one_of(session, ImageTag.image_id, image_ids))
    )
    for image_id, tag_id, kind in session.execute(query):
        m = row_of[image_id]
        truth.is_tagged_M[m] = True
        if tag_id in column_of:
            truth.labels_MK[m, column_of[tag_id]] = True
        elif not (iteration.kind == "multilabel" and kind == "negative"):
            truth.is_new_M[m] = True
    return truth


def improbability(measured: Measured, places_M: NDArray[np.int64], truth: Truth) -> NDArray[np.float64]:
    """How improbable the iteration takes the tags of images to be: the negative logarithm of what it states."""
    probs_MK = measured.probs_NK[places_M].astype(np.float64)
    if measured.is_multi_label:
        right_MK = np.where(truth.labels_MK, probs_MK, 1 - probs_MK)
        return np.asarray(-np.log(np.maximum(right_MK, _SMALLEST)).sum(axis=1))
    return np.asarray(-np.log(np.maximum((probs_MK * truth.labels_MK).sum(axis=1), _SMALLEST)))
