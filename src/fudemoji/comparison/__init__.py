"""Several ways to train side by side: their figures, whether they differ, and which one to take."""

from fudemoji.comparison.recommendation import MARGIN, rules
from fudemoji.comparison.start import compare
from fudemoji.comparison.variants import parse_vary

__all__ = ["MARGIN", "compare", "parse_vary", "rules"]
