"""The images behind a cell of a confusion matrix, or behind a tag's figures, as they are tagged now."""

# M images that were held out, K classes

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from fudemoji.server.store import Store, images
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.images import ImageQuery
from fudemoji.server.store.many import one_of
from fudemoji.server.store.tables import Image, Iteration, Project
from fudemoji.server.trainings.measured import read_measured
from fudemoji.server.trainings.truth import GIVEN, improbability, truth_of
from fudemoji.serving.errors import ApiError

__all__ = ["NONE", "Outcome", "with_outcome"]

NONE = "none"  # stands for the id of a tag
_ALL = ImageQuery()


@dataclass(frozen=True)
class Outcome:
    """What became of tags: of all that is told here, each has to hold.

    Attributes:
        rightly: the image has this tag, and is given it.
        missed: it has this tag, and is not given it; `none`: it misses none.
        wrongly: it is given this tag, and does not have it; `none`: it is given none wrongly.
        least: from which probability a tag is given; None: with one tag an image the likeliest always, with several
            from 0.5.
    """

    rightly: str | None = None
    missed: str | None = None
    wrongly: str | None = None
    least: float | None = None


def with_outcome(
    session: Session,
    store: Store,
    project: Project,
    iteration: Iteration,
    outcome: Outcome,
    *,
    query: ImageQuery = _ALL,
) -> dict[str, str]:
    """The images that were held out of a training and have this outcome, those first whose tags are least probable.

    Args:
        session: a transaction.
        store: where the run is.
        project: of the images.
        iteration: that was measured.
        outcome: that is wanted.
        query: among which images; its order does not count.

    Returns:
        Their ids, in this order, with the SHA-256 of their files.

    Raises:
        ApiError: the iteration is not trained, nothing was held out of its training, or it does not know a tag.
    """
    measured = read_measured(store, iteration)
    narrowed = replace(query, newest_first=False).narrowed(one_of(session, Image.sha256, measured.place_of))
    found = images.identities(session, project, narrowed)
    ids = list(found)
    places_M = np.array([measured.place_of[one] for one in found.values()], dtype=np.int64)
    truth = truth_of(session, iteration, ids)
    usual = GIVEN if measured.is_multi_label else 0.0
    given_MK = measured.given(usual if outcome.least is None else outcome.least)[places_M]
    missed_MK, wrong_MK = truth.labels_MK & ~given_MK, given_MK & ~truth.labels_MK
    wanted_M = (
        truth.is_tagged_M
        & _of(iteration, outcome.rightly, truth.labels_MK & given_MK)
        & _of(iteration, outcome.missed, missed_MK, any_M=missed_MK.any(axis=1) | truth.is_new_M)
        & _of(iteration, outcome.wrongly, wrong_MK)
    )
    order_M = np.argsort(-improbability(measured, places_M, truth), kind="stable")
    return {ids[m]: found[ids[m]] for m in order_M[wanted_M[order_M]]}


def _of(
    iteration: Iteration,
    tag_id: str | None,
    happened_MK: NDArray[np.bool_],
    *,
    any_M: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Of which images something happened to a tag; without a tag it does not count."""
    if tag_id is None:
        return np.ones(len(happened_MK), dtype=bool)
    if tag_id == NONE:
        return np.asarray(~(happened_MK.any(axis=1) if any_M is None else any_M))
    if (known := canonical(tag_id)) not in iteration.tag_ids:
        raise ApiError(404, "NotFoundTag", f"{iteration.name} does not know this tag")
    return np.asarray(happened_MK[:, iteration.tag_ids.index(known)])
