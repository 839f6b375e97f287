"""Two iterations, compared on the images that both were measured on."""

# N images, K classes

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fudemoji.metrics.paired import mcnemar_exact
from fudemoji.server.api import shown
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Iteration
from fudemoji.server.trainings.measured import Measured, read_measured
from fudemoji.server.trainings.performance import performance

__all__ = ["compare"]


def compare(
    store: Store, one: Iteration, other: Iteration, *, threshold: float, names: Mapping[str, str]
) -> shown.Comparison:
    """The performance of both, and on which common images only one of them is right.

    Args:
        store: of the project.
        one: an iteration.
        other: an iteration of the same project.
        threshold: that a probability has to reach.
        names: of tags, by their ids.

    Raises:
        ApiError: one is not trained, or nothing was held out of its training.
    """
    measured = read_measured(store, one), read_measured(store, other)
    common = sorted(measured[0].place_of.keys() & measured[1].place_of.keys())
    one_right_N, other_right_N = (_right(each, common, threshold) for each in measured)
    only_one, only_other = (
        int((one_right_N & ~other_right_N).sum()),
        int((other_right_N & ~one_right_N).sum()),
    )
    return shown.Comparison(
        one=shown.Performance.of(performance(store, one, threshold=threshold), names),
        other=shown.Performance.of(performance(store, other, threshold=threshold), names),
        num_common=len(common),
        num_one_right=int(one_right_N.sum()),
        num_other_right=int(other_right_N.sum()),
        num_only_one_right=only_one,
        num_only_other_right=only_other,
        p_value=mcnemar_exact(only_one, only_other),
    )


def _right(measured: Measured, names: list[str], threshold: float) -> NDArray[np.bool_]:
    """Of each of the images, whether exactly its tags are given."""
    places_N = np.array([measured.place_of[name] for name in names], dtype=np.int64)
    right_N: NDArray[np.bool_] = (measured.given(threshold) == measured.labels_NK).all(axis=1)[places_N]
    return right_N
