"""What a run's answers are worth: its temperature, its thresholds, and when it says "unknown"; without torch.

`trust.json` lies in the run folder. Whoever turns a model's logits into an answer, predicting, exported or serving,
reads it here, so that all give the same.
"""

from fudemoji.trust.choice import Wish, choose, describe_unknown
from fudemoji.trust.sheet import Trust, read_trust, write_trust

__all__ = ["Trust", "Wish", "choose", "describe_unknown", "read_trust", "write_trust"]
