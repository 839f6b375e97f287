"""What an evaluation found, as an event and as files of the run folder."""

# N images, C channels, H x W pixels

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.film import film
from fudemoji.engine.looking import Heat
from fudemoji.events import Evaluated
from fudemoji.metrics import AnyMetrics, AnyPredictions, Intervals, choose_samples, intervals_of, metrics_of
from fudemoji.runs import Run

__all__ = ["Scored", "record"]


@dataclass(frozen=True)
class Scored:
    """Predictions for a split and the time they took; the figures are worked out when they are asked for."""

    predictions: AnyPredictions
    seconds: float

    @cached_property
    def metrics(self) -> AnyMetrics:
        """All figures."""
        return metrics_of(self.predictions)

    @cached_property
    def intervals(self) -> Intervals:
        """Bounds of the figures with 95 % confidence."""
        return intervals_of(self.predictions, self.metrics)

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


def record(
    run: Run,
    scored: Scored,
    images_NCHW: NDArray[np.uint8],
    *,
    shifts: int,
    heat: Heat | None = None,
    no_heat: str = "",
) -> None:
    """Write predictions.npz, samples.npz (the images a report shows, of clips four frames) and metrics.json.

    Args:
        run: the folder to write to.
        scored: the predictions.
        images_NCHW: uint8, those of the whole set.
        shifts: pixels of the shifts that the predictions were averaged over.
        heat: Grad-CAM maps, written as gradcam.npz.
        no_heat: why there are none.
    """
    indices = choose_samples(scored.predictions)
    if heat is None:
        (run.path / "gradcam.npz").unlink(
            missing_ok=True
        )  # those of another time belong to other predictions
    else:
        indices = np.unique(np.concatenate([indices, heat.indices_M]))
        run.write_arrays("gradcam", heat.to_arrays())
    run.write_arrays("predictions", scored.predictions.to_arrays())
    images = images_NCHW[indices]
    if images.ndim == 5:
        images = np.stack([film(clip_CTHW) for clip_CTHW in images])
    run.write_arrays("samples", {"indices": indices, "images": images})
    told = {
        "shifts": shifts,
        **scored.metrics.to_dict(),
        "intervals": scored.intervals.to_dict(),
        **({"no_gradcam": no_heat} if no_heat else {}),
    }
    run.write_json("metrics", told)
