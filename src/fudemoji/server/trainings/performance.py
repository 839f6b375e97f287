"""How well an iteration finds its tags, at any threshold, on the images that it was not trained on.

Those are the validation split, which the training cut off: about the same share of every tag, near-copies kept together
(docs/own-images.md). It also chose the best epoch and the temperature, so that the figures are a little kind.

An image is given a tag where its calibrated probability reaches the threshold; with one tag an image that goes for the
likeliest one alone. Precision is the share of what is given that is right, recall the share of what is there that is
given; of all tags together both are over all pairs of an image and a tag (micro), and average precision, which has no
threshold, is the mean over the tags.

The standard deviation of a share k of n is that of the Beta distribution with k + 1/2 and n - k + 1/2, the posterior
under Jeffreys' prior (Brown, Cai and DasGupta 2001, Interval Estimation for a Binomial Proportion,
https://doi.org/10.1214/ss/1009213286, section 4.3): it is not 0 where a handful of images happen to be all right.
"""

# N images, K classes

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store import Store, images
from fudemoji.server.store.tables import Image, ImageTag, Iteration, Probs, Project
from fudemoji.server.trainings.measured import read_measured
from fudemoji.serving.errors import ApiError

__all__ = [
    "Curve",
    "CurvePoint",
    "ImagePerformance",
    "Performance",
    "Share",
    "TagPerformance",
    "count_image_performances",
    "curve",
    "image_performances",
    "performance",
]


@dataclass(frozen=True)
class Share:
    """So many of so many: precision or recall.

    Attributes:
        hits: that are right.
        count: of which they are; 0 where nothing was given, or nothing is there.
    """

    hits: int
    count: int

    @property
    def value(self) -> float:
        """In 0..1; 0 of nothing."""
        return self.hits / self.count if self.count else 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation of what the share would be over all such images.

        >>> round(Share(5, 5).deviation, 3), round(Share(0, 0).deviation, 3)
        (0.104, 0.354)
        """
        a, b = self.hits + 0.5, self.count - self.hits + 0.5
        return math.sqrt(a * b / (a + b + 1)) / (a + b)


@dataclass(frozen=True)
class TagPerformance:
    """How well one tag is found."""

    tag_id: str
    precision: Share
    recall: Share
    average_precision: float


@dataclass(frozen=True)
class Performance:
    """How well an iteration finds its tags at a threshold.

    Attributes:
        threshold: that a probability has to reach.
        num_images: that were measured on.
        split: that they belong to.
        tags: each by itself, in the order of the model's classes.
        precision: of all that was given.
        recall: of all that is there.
        average_precision: the mean over the tags that occur.
    """

    threshold: float
    num_images: int
    split: str
    tags: tuple[TagPerformance, ...]
    precision: Share
    recall: Share
    average_precision: float


@dataclass(frozen=True)
class CurvePoint:
    """Precision and recall of all tags together at a threshold."""

    threshold: float
    precision: Share
    recall: Share


@dataclass(frozen=True)
class Curve:
    """How precision and recall go with the threshold; the rest as of `Performance`."""

    points: list[CurvePoint]
    average_precision: float
    num_images: int


@dataclass(frozen=True)
class ImagePerformance:
    """An image that was measured on, and what the iteration takes it for, the most probable tag first."""

    image: Image
    probs: Probs


def performance(store: Store, iteration: Iteration, *, threshold: float = 0.5) -> Performance:
    """How well an iteration finds its tags.

    Raises:
        ApiError: it is not trained, nothing was held out of its training, or the threshold is none.
    """
    if not 0 <= threshold <= 1:
        raise ApiError(400, "BadRequest", f"the threshold is {threshold}, expected 0 to 1")
    measured = read_measured(store, iteration)
    given_NK = measured.given(threshold)
    hits_K = (given_NK & measured.labels_NK).sum(axis=0)
    count_K, support_K = given_NK.sum(axis=0), measured.labels_NK.sum(axis=0)
    return Performance(
        threshold=threshold,
        num_images=len(measured.labels_NK),
        split=measured.split,
        tags=tuple(
            TagPerformance(
                tag_id,
                Share(int(hits_K[k]), int(count_K[k])),
                Share(int(hits_K[k]), int(support_K[k])),
                float(measured.average_precision_K[k]),
            )
            for k, tag_id in enumerate(iteration.tag_ids)
        ),
        precision=Share(int(hits_K.sum()), int(count_K.sum())),
        recall=Share(int(hits_K.sum()), int(support_K.sum())),
        average_precision=measured.average_precision,
    )


def curve(store: Store, iteration: Iteration) -> Curve:
    """How well an iteration finds its tags at 0.00, 0.01 and so on to 1.00; the errors are those of `performance`."""
    measured = read_measured(store, iteration)
    probs_P, is_right_P = measured.candidates
    sorted_P, right_P = np.sort(probs_P), np.sort(probs_P[is_right_P])
    num_there = int(measured.labels_NK.sum())
    thresholds = [round(step / 100, 2) for step in range(101)]
    places_T = np.array(thresholds, dtype=np.float32)
    count_T = (len(sorted_P) - np.searchsorted(sorted_P, places_T)).tolist()
    hits_T = (len(right_P) - np.searchsorted(right_P, places_T)).tolist()
    shares = [(Share(hits, num), Share(hits, num_there)) for hits, num in zip(hits_T, count_T, strict=True)]
    return Curve(
        points=[CurvePoint(at, *pair) for at, pair in zip(thresholds, shares, strict=True)],
        average_precision=measured.average_precision,
        num_images=len(measured.labels_NK),
    )


def image_performances(
    session: Session,
    store: Store,
    project: Project,
    iteration: Iteration,
    *,
    tag_ids: Sequence[str] = (),
    newest_first: bool = True,
    take: int = 50,
    skip: int = 0,
) -> list[ImagePerformance]:
    """Some of the images that an iteration was measured on, as far as they are still there.

    Args:
        session: a transaction.
        store: where the run is.
        project: of the images.
        iteration: that was measured.
        tag_ids: images with one of these tags only; none: all.
        newest_first: in the order in which they came, or against it.
        take: at most so many.
        skip: so many are left out first.

    Raises:
        ApiError: it is not trained, or nothing was held out of its training.
    """
    measured = read_measured(store, iteration)
    found = _still_there(session, project, measured.place_of, tag_ids=tag_ids)
    chosen = (found[::-1] if newest_first else found)[skip : skip + take]
    return [
        ImagePerformance(image, measured.probs(measured.place_of[image.sha256], iteration.tag_ids))
        for image in images.find_all(session, project, chosen)
    ]


def count_image_performances(
    session: Session, store: Store, project: Project, iteration: Iteration, *, tag_ids: Sequence[str] = ()
) -> int:
    """How many images `image_performances` would give without an end."""
    measured = read_measured(store, iteration)
    return len(_still_there(session, project, measured.place_of, tag_ids=tag_ids))


def _still_there(
    session: Session, project: Project, place_of: Mapping[str, int], *, tag_ids: Sequence[str]
) -> list[str]:
    """The ids of the images that were measured on, the oldest first."""
    query = select(Image.id, Image.sha256).where(Image.project_id == project.id).order_by(Image.id)
    if tag_ids:
        wanted = select(ImageTag.image_id).where(ImageTag.tag_id.in_({one.lower() for one in tag_ids}))
        query = query.where(Image.id.in_(wanted))
    return [row.id for row in session.execute(query) if row.sha256 in place_of]
