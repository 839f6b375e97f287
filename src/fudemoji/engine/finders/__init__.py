"""What a person would try by hand before training: learning rates and batch sizes."""

from fudemoji.engine.finders.batch import BatchSizes, SizeTried, knee, loss_falls, time_batch_sizes
from fudemoji.engine.finders.lr import LRCurve, RateTried, range_test
from fudemoji.engine.finders.rules import RULES, Verdict, judge

__all__ = [
    "RULES",
    "BatchSizes",
    "LRCurve",
    "RateTried",
    "SizeTried",
    "Verdict",
    "judge",
    "knee",
    "loss_falls",
    "range_test",
    "time_batch_sizes",
]
