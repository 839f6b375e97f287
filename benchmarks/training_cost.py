"""Processor time of training by the number of pixels: what hours and times of trainings are planned by.

Noise, one epoch each, one thread; processor time, so that other work on the machine counts little.
"""

import os
import tempfile
import time

import numpy as np
import torch

import common
import fudemoji as fm
from fudemoji.events import EpochDone, RunStarted
from fudemoji.training import fit_events

NUM_IMAGES = {28: 4096, 64: 1024, 96: 512}
FEW_IMAGES = {28: 1024, 128: 128}  # for models that are slower by far
RECIPES = ("quick", "best")
MODELS = (
    "mlp",
    "cnn",
    "fude-l",
    "resnet18",
    "resnet34",
    "resnet50",
    "keras-cats-dogs",
    "vgg16_bn",
    "vgg19_bn",
)


def cost(data: fm.ImageSet, recipe: str, **given: str) -> float:
    """Seconds of the processor for a million pixels, in one epoch of training."""
    with tempfile.TemporaryDirectory() as folder:
        values = {"epochs": 1, "batch_size": 64, "device": "cpu", "test_shifts": 0, **given}
        for event in fit_events(data, recipe=recipe, output=folder, **values):
            if isinstance(event, RunStarted):
                start, num_images = time.process_time(), event.num_train
            if isinstance(event, EpochDone):
                return (time.process_time() - start) / (num_images * np.prod(data.image_size) / 1e6)
    raise AssertionError("no epoch ended")


def noise(side: int, *, num: int) -> fm.ImageSet:
    """Grey images of the size of characters, colour images of others."""
    shape = (num, side, side) if side == 28 else (num, side, side, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return fm.from_arrays(images, np.arange(len(images)) % 10, name="noise")


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"  # which the result tells of
    result = common.Result("Cost of training by pixels", options)
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(options.rounds):
        for side, num in NUM_IMAGES.items():
            data = noise(side, num=num)
            for recipe in RECIPES:
                found.setdefault((recipe, side), []).append(cost(data, recipe))
    rows = [
        {"recipe": recipe, **{f"{side}x{side}": common.summary(found[recipe, side]) for side in NUM_IMAGES}}
        for recipe in RECIPES
    ]
    result.add(rows, title="Seconds of one core for a million pixels, median (range)")
    slow: dict[tuple[str, int], list[float]] = {}
    for _ in range(options.rounds):
        for side, num in FEW_IMAGES.items():
            data = noise(side, num=num)
            for model in MODELS:
                slow.setdefault((model, side), []).append(cost(data, "quick", model=model))
    rows = [
        {"model": model, **{f"{side}x{side}": common.summary(slow[model, side]) for side in FEW_IMAGES}}
        for model in MODELS
    ]
    result.add(rows, title="Other models with the settings of quick, the same")
    result.note(f"n = {options.rounds} rounds, each with all sizes and both recipes.")
    result.write()


if __name__ == "__main__":
    main()
