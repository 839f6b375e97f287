"""Which images an iteration learned from, which were held out, and of which its answer is wrong or uncertain."""

# M images that are judged, K classes

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fudemoji.errors import FudemojiError
from fudemoji.runs import Run
from fudemoji.server.store import Store, images, iterations, suggestions
from fudemoji.server.store.images import ImageQuery
from fudemoji.server.store.many import one_of
from fudemoji.server.store.probs import uncertainty
from fudemoji.server.store.tables import (
    Image,
    Iteration,
    Probs,
    Project,
    ProjectKind,
    Suggestion,
)
from fudemoji.server.trainings.measured import Measured, read_measured
from fudemoji.server.trainings.truth import GIVEN, Truth, improbability, truth_of
from fudemoji.serving.errors import ApiError

__all__ = ["SURE", "Split", "Verdict", "answers", "in_split", "judged"]

Split = Literal["train", "valid", "outside"]
Verdict = Literal["wrong", "uncertain"]

SURE = 0.8  # from which probability an answer is certain, unless one says otherwise
_KEPT = 16  # iterations whose splits stay in memory
_ALL = ImageQuery()


@dataclass(frozen=True)
class _Splits:
    """What a training took images for, by the SHA-256 of their files."""

    train: frozenset[str]
    valid: frozenset[str]


def in_split(session: Session, store: Store, iteration: Iteration, split: Split) -> ColumnElement[bool]:
    """The condition that an iteration learned from an image (`train`), that the image was held out, or neither.

    Raises:
        ApiError: the iteration is not trained, or its files are gone.
    """
    found = _read_splits(store, iteration)
    if split == "outside":
        return ~one_of(session, Image.sha256, found.train | found.valid)
    return one_of(session, Image.sha256, found.train if split == "train" else found.valid)


def judged(
    session: Session,
    store: Store,
    project: Project,
    iteration: Iteration,
    *,
    verdict: Verdict,
    sure: float = SURE,
    query: ImageQuery = _ALL,
) -> dict[str, str]:
    """The images of which an iteration's answer is wrong or uncertain, those first that say most.

    It is wrong where the likeliest tag is not the one that the image has now, or, with several tags an image, where
    the tags with at least 0.5 are not exactly those; only images that were held out count. They are sorted by how
    improbable the iteration takes their tags to be.

    It is uncertain where the likeliest tag has less than `sure`, or, with several tags, where any has less than `sure`
    and more than what is left to 1. Here images without tags count too, if they have a suggestion. They are sorted by
    the entropy of the probabilities.

    Args:
        session: a transaction.
        store: where the run is.
        project: of the images.
        iteration: that was measured.
        verdict: which of the two.
        sure: from which probability an answer is certain, 0.5 to 1.
        query: among which images; its order does not count.

    Returns:
        Their ids, in this order, with the SHA-256 of their files.

    Raises:
        ApiError: the iteration is not trained, or nothing was held out of its training.
    """
    measured = read_measured(store, iteration)
    query = replace(query, newest_first=False)
    was_held_out = one_of(session, Image.sha256, measured.place_of)
    held_out = images.identities(session, project, query.narrowed(was_held_out))
    places_M = np.array([measured.place_of[one] for one in held_out.values()], dtype=np.int64)
    ids = list(held_out)
    if verdict == "wrong":
        wrong = _wrong(measured, places_M, truth_of(session, iteration, ids))
        return {ids[m]: held_out[ids[m]] for m in wrong}
    has_suggestion = Image.id.in_(select(Suggestion.image_id).where(Suggestion.iteration_id == iteration.id))
    suggested = images.identities(session, project, query.narrowed(has_suggestion))
    unsure = {
        **_unsure(measured.probs_NK[places_M], ids, sure=sure, kind=iteration.kind),
        **_unsure_suggestions(session, iteration, suggested.keys() - held_out.keys(), sure=sure),
    }
    both = held_out | suggested
    return {one: both[one] for one in sorted(unsure, key=lambda image_id: (-unsure[image_id], image_id))}


def answers(
    session: Session, store: Store, iteration: Iteration, found: Mapping[str, str], *, most: int
) -> dict[str, Probs]:
    """What an iteration takes images for, as far as it is known: those held out, and those with a suggestion.

    Args:
        session: a transaction.
        store: where the run is.
        iteration: that is asked.
        found: the ids of the images, with the SHA-256 of their files.
        most: tags of each, the most probable.

    Returns:
        By the ids of the images.

    Raises:
        ApiError: the iteration is not trained, or nothing was held out of its training.
    """
    measured = read_measured(store, iteration)
    places = {one: measured.place_of[sha256] for one, sha256 in found.items() if sha256 in measured.place_of}
    probs_MK = measured.probs_NK[list(places.values())]
    told: dict[str, Probs] = {
        image_id: [(iteration.tag_ids[k], float(probs_K[k])) for k in likeliest_T]
        for image_id, probs_K, likeliest_T in zip(places, probs_MK, _likeliest(probs_MK, most), strict=True)
    }
    for one in suggestions.of_images(session, iteration, found.keys() - places.keys()):
        told[one.image_id] = one.probs[:most]
    return told


def _likeliest(probs_MK: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    """Of each image the most probable classes, the most probable first; of thousands not all are sorted."""
    most = min(most, probs_MK.shape[1])
    chosen_MT = np.argpartition(-probs_MK, most - 1, axis=1)[:, :most]
    order_MT = np.argsort(-np.take_along_axis(probs_MK, chosen_MT, axis=1), axis=1, kind="stable")
    return np.take_along_axis(chosen_MT, order_MT, axis=1)


def _wrong(measured: Measured, places_M: NDArray[np.int64], truth: Truth) -> NDArray[np.int64]:
    """Which of the images are taken for something else, what is taken for the least probable first."""
    given_MK = measured.given(GIVEN if measured.is_multi_label else 0.0)[places_M]
    wrong_M = truth.is_tagged_M & (truth.is_new_M | (given_MK != truth.labels_MK).any(axis=1))
    loss_M = improbability(measured, places_M, truth)
    order_M = np.argsort(-loss_M, kind="stable")
    found: NDArray[np.int64] = order_M[wrong_M[order_M]]
    return found


def _unsure(
    probs_MK: NDArray[np.float32], ids: Sequence[str], *, sure: float, kind: ProjectKind
) -> dict[str, float]:
    """The images whose answers are uncertain, and how much."""
    found = np.flatnonzero(_is_unsure(probs_MK, sure, kind=kind)).tolist()
    return {ids[m]: uncertainty(probs_MK[m].tolist(), kind=kind) for m in found}


def _unsure_suggestions(
    session: Session, iteration: Iteration, image_ids: Collection[str], *, sure: float
) -> dict[str, float]:
    """The same of images with a suggestion, of which only the likeliest tags are kept."""
    return {
        one.image_id: one.uncertainty
        for one in suggestions.of_images(session, iteration, image_ids)
        if _is_unsure(np.array([[prob for _, prob in one.probs]]), sure, kind=iteration.kind).any()
    }


def _is_unsure(probs_MK: NDArray[np.floating], sure: float, *, kind: ProjectKind) -> NDArray[np.bool_]:
    """Of each image, whether an answer with these probabilities is uncertain."""
    if kind == "multilabel":
        return np.asarray(((probs_MK < sure) & (probs_MK > 1 - sure)).any(axis=1))
    return np.asarray(probs_MK.max(axis=1, initial=0.0) < sure)


def _read_splits(store: Store, iteration: Iteration) -> _Splits:
    iterations.check_completed(iteration)
    try:
        return _splits(store.runs / iteration.id)
    except FudemojiError as error:
        told = (
            f"which images {iteration.name} learned from is not known any more: its files are gone or damaged"
        )
        raise ApiError(400, "BadRequestNotSupported", told) from error


@lru_cache(maxsize=_KEPT)
def _splits(path: Path) -> _Splits:
    """What a run, which does not change any more, says of its images."""
    run = Run(path)
    names_N = run.read_arrays("names")["names"]
    splits = run.read_arrays("split")

    def of(name: str) -> frozenset[str]:
        return frozenset("".join(str(one).split("/")[-2:]) for one in names_N[splits[name]])

    return _Splits(train=of("train"), valid=of("valid"))
