"""Model processes for many callers: images gathered into batches, a bounded queue, and an answer after every crash.

`processes` holds what runs and sends it questions of any kind; what kinds there are, each has a module: `classifying`,
`heat`, `features`.
"""

from fudemoji.serving.pool.answers import Answer, ImageRefused, Outcome
from fudemoji.serving.pool.pool import Pool
from fudemoji.serving.pool.processes import PoolSettings

__all__ = ["Answer", "ImageRefused", "Outcome", "Pool", "PoolSettings"]
