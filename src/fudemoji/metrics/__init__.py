"""How good predictions are: arithmetic on arrays, without torch, for one label an image and for several."""

from fudemoji.metrics.bootstrap import Intervals, intervals_of
from fudemoji.metrics.calibration import (
    Bin,
    brier_score,
    calibration_errors,
    expected_calibration_error,
    reliability,
)
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
from fudemoji.metrics.intervals import wilson_interval, wilson_intervals
from fudemoji.metrics.logits import Logits, LogitsKeeper
from fudemoji.metrics.paired import PairedTest, compare_hits, compare_hits_apart, holm, mcnemar_exact
from fudemoji.metrics.predictions import (
    MOST_KEPT,
    THRESHOLD,
    AnyPredictions,
    MultiPredictions,
    Predictions,
    predictions_from,
)
from fudemoji.metrics.ranking import average_precisions, precision_recall
from fudemoji.metrics.samples import choose_samples, worst, worst_multi
from fudemoji.metrics.selective import Selection, auroc, selection
from fudemoji.metrics.spread import Spread
from fudemoji.metrics.temperature import LEAST_IMAGES, fit_temperature, log_loss, probabilities
from fudemoji.metrics.thresholds import Cut, cut_at, for_precision, for_recall

__all__ = [
    "LEAST_IMAGES",
    "MOST_KEPT",
    "THRESHOLD",
    "AnyMetrics",
    "AnyPredictions",
    "Bin",
    "ConfusedPair",
    "Cut",
    "Intervals",
    "Logits",
    "LogitsKeeper",
    "Metrics",
    "MultiMetrics",
    "MultiPredictions",
    "PairedTest",
    "Predictions",
    "Selection",
    "Spread",
    "auroc",
    "average_precisions",
    "brier_score",
    "calibration_errors",
    "choose_samples",
    "compare_hits",
    "compare_hits_apart",
    "confusion",
    "cut_at",
    "expected_calibration_error",
    "fit_temperature",
    "for_precision",
    "for_recall",
    "holm",
    "intervals_of",
    "log_loss",
    "mcnemar_exact",
    "metrics_of",
    "most_confused",
    "precision_recall",
    "predictions_from",
    "probabilities",
    "reliability",
    "selection",
    "shares",
    "summarise",
    "summarise_multi",
    "wilson_interval",
    "wilson_intervals",
    "worst",
    "worst_multi",
]
