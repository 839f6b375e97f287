"""Predictions made up from random probabilities, of one label an image and of several."""

# N images, K classes

import numpy as np

from fudemoji.metrics import MultiPredictions, Predictions


def made_up(num_images=500, num_classes=7, *, seed=0, probs=None):
    """Predictions from random probabilities that lean towards the truth, and those probabilities."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, num_classes, num_images)
    if probs is None:
        logits = rng.normal(size=(num_images, num_classes))
        logits[np.arange(num_images), labels] += 1.5
        probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    top = np.argsort(-probs, axis=1, kind="stable")[:, : min(5, num_classes)]
    made = Predictions(
        split="test",
        indices_N=np.arange(num_images) + 1000,
        labels_N=labels,
        top_labels_NT=top,
        top_probs_NT=np.take_along_axis(probs, top, axis=1).astype(np.float32),
        label_probs_N=probs[np.arange(num_images), labels].astype(np.float32),
        num_classes=num_classes,
    )
    return made, probs


def labelled(num_images=200, num_classes=6, *, seed=0, digits=2):
    """Labels and probabilities that know something of them; rounded, so that many are equal."""
    rng = np.random.default_rng(seed)
    labels_NK = rng.uniform(size=(num_images, num_classes)) < np.linspace(0.6, 0.05, num_classes)
    probs_NK = np.clip(0.25 + 0.4 * labels_NK + rng.normal(0, 0.25, labels_NK.shape), 0, 1)
    return MultiPredictions(
        "test",
        np.arange(num_images) + 1000,
        labels_NK,
        np.round(probs_NK, digits).astype(np.float32),
    )


def exact_probs(rng, num_images, num_classes, *, peak=1.0, grain=20):
    """Rows of whole multiples of 2^-grain that sum to 1: exact in float32, with zeros, ones and ties if coarse."""
    weights = rng.gamma(peak, size=(num_images, num_classes)) + 1e-12
    counts = [rng.multinomial(2**grain, row / row.sum()) for row in weights]
    return (np.array(counts) / 2**grain).astype(np.float32)
