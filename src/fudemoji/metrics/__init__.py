"""How good predictions are: arithmetic on arrays, without torch, for one label an image and for several."""

from fudemoji.metrics.calibration import expected_calibration_error
from fudemoji.metrics.confusion import ConfusedPair, confusion, most_confused
from fudemoji.metrics.figures import (
    AnyMetrics,
    Metrics,
    MultiMetrics,
    metrics_of,
    shares,
    summarise,
    summarise_multi,
)
from fudemoji.metrics.intervals import wilson_interval
from fudemoji.metrics.predictions import (
    THRESHOLD,
    AnyPredictions,
    MultiPredictions,
    Predictions,
    predictions_from,
)
from fudemoji.metrics.ranking import average_precisions
from fudemoji.metrics.samples import choose_samples, worst, worst_multi

__all__ = [
    "THRESHOLD",
    "AnyMetrics",
    "AnyPredictions",
    "ConfusedPair",
    "Metrics",
    "MultiMetrics",
    "MultiPredictions",
    "Predictions",
    "average_precisions",
    "choose_samples",
    "confusion",
    "expected_calibration_error",
    "metrics_of",
    "most_confused",
    "predictions_from",
    "shares",
    "summarise",
    "summarise_multi",
    "wilson_interval",
    "worst",
    "worst_multi",
]
