"""What an evaluation found, as an event and as files of the run folder."""

# N images, C channels, H x W pixels

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.film import film
from fudemoji.events import Evaluated
from fudemoji.metrics import AnyMetrics, AnyPredictions, choose_samples, metrics_of
from fudemoji.runs import Run

__all__ = ["Scored", "record"]


@dataclass(frozen=True)
class Scored:
    """Predictions for a split and the time they took."""

    predictions: AnyPredictions
    seconds: float

    @cached_property
    def metrics(self) -> AnyMetrics:
        """All figures."""
        return metrics_of(self.predictions)

    def event(self, *, step: int, epoch: float) -> Evaluated:
        """The event that tells of it."""
        return Evaluated(
            step=step,
            epoch=epoch,
            split=self.predictions.split,
            num_images=len(self.predictions),
            loss=self.metrics.loss,
            **self.metrics.figures,
            seconds=self.seconds,
        )


def record(run: Run, scored: Scored, images_NCHW: NDArray[np.uint8], *, shifts: int) -> None:
    """Write predictions.npz, samples.npz (the images a report shows, of clips four frames) and metrics.json."""
    indices = choose_samples(scored.predictions)
    run.write_arrays("predictions", scored.predictions.to_arrays())
    images = images_NCHW[indices]
    if images.ndim == 5:
        images = np.stack([film(clip_CTHW) for clip_CTHW in images])
    run.write_arrays("samples", {"indices": indices, "images": images})
    run.write_json("metrics", {"shifts": shifts, **scored.metrics.to_dict()})
