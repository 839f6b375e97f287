"""A trained model measured: on a split of its own set, or on another set whose classes it knows."""

from fudemoji.evaluation.measuring import Evaluation, check_weights, evaluate, measure

__all__ = ["Evaluation", "check_weights", "evaluate", "measure"]
