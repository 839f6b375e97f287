"""Variants, pairs and settings that several tests of comparisons share."""

from fudemoji.metrics.paired import PairedTest
from fudemoji.metrics.spread import Spread
from fudemoji.report.compared.records import Pair, Variant
from trainings import TINY

HOW = {name: value for name, value in TINY.items() if name != "lr"}


def variant(name, test=0.9, *, seconds=10.0, parameters=1000, valid=None, seeds=3, **changes):
    """A variant with these means; each seed a hundredth of a point from the next."""
    figures = {"test accuracy": test, "validation accuracy": test if valid is None else valid}
    spread = {
        key: Spread.of([mean + 0.0001 * (k - (seeds - 1) / 2) for k in range(seeds)])
        for key, mean in figures.items()
    }
    return Variant(
        **{
            "name": name, "contender": name, "recipe": "quick", "model": f"the model of {name}",
            "runs": tuple(f"{name}-{k}" for k in range(seeds)), "parameters": parameters,
            "total_steps": 100, "images_per_step": 16, "machine": "one", "figures": spread,
            "costs": {"training, s": Spread.of([seconds] * seeds)}, "is_chosen": True, **changes,
        }
    )  # fmt: skip


def pair(one, other, *, p=0.0001, low=0.01, high=0.03, **changes):
    """Two variants and what their paired test says of the first less the second."""
    test = PairedTest(
        difference=(low + high) / 2, low=low, high=high, only_one=60, only_other=20, both=900, neither=20, p=p,
        num_images=1000, num_trainings=3,
    )  # fmt: skip
    return Pair(**{"one": one, "other": other, "split": "test", "test": test, "adjusted_p": p, **changes})
