"""One figure that says how good an iteration is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fudemoji.server.store import Store
from fudemoji.server.store.tables import Iteration
from fudemoji.server.trainings.measured import read_measured
from fudemoji.serving.errors import ApiError

__all__ = ["headline"]

_found: dict[tuple[Path, str], float] = {}


def headline(store: Store, iteration: Iteration) -> float | None:
    """The share of the images held out whose most probable tag is right; with several tags the mean average precision.

    None where nothing was held out.
    """
    key = store.runs, iteration.id
    if key not in _found:
        try:
            measured = read_measured(store, iteration)
        except ApiError:
            return None
        if measured.is_multi_label:
            occurs_K = measured.labels_NK.any(axis=0)
            value = measured.average_precision_K[occurs_K].mean() if occurs_K.any() else 0.0
        else:
            right_N = measured.labels_NK[np.arange(len(measured.labels_NK)), measured.probs_NK.argmax(axis=1)]
            value = right_N.mean()
        _found[key] = float(value)
    return _found[key]
