"""What models that are too sure of themselves say, made up."""

import numpy as np

from fudemoji.metrics import Logits

CLASSES = 4


def read(split, *, num=400, seed=0, sharpness=12.0):
    """Logits that are too sure of themselves, of one label an image."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, num)
    honest = rng.normal(0, 1, (num, CLASSES)) + 3 * np.eye(CLASSES)[labels]
    return Logits(split, num, labels, (sharpness * honest).astype(np.float32))


def labelled(split, *, num=400, seed=0):
    """Logits that are too sure of themselves, of several labels an image; the last label is rare."""
    rng = np.random.default_rng(seed)
    labels = rng.uniform(size=(num, CLASSES)) < [0.5, 0.4, 0.3, 0.01]
    return Logits(
        split, num, labels, ((labels * 4 - 2 + rng.normal(0, 2, labels.shape)) * 3).astype(np.float32)
    )
