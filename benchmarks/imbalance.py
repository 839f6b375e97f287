"""What each method for rare classes does to accuracy and balanced accuracy.

The training images of kmnist-8k are thinned out until the most common class has 800 of them and the rarest 20, with
equal ratios between; which class is how common changes with the seed. The test images stay as they are. There is no
validation split: the last weights count, and the test images choose nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import common
import fudemoji as fm
from fudemoji.runs import Run

METHODS: dict[str, dict[str, object]] = {
    "none": {},
    "class weights (balanced)": {"class_weights": "balanced"},
    "class weights (effective)": {"class_weights": "effective"},
    "balanced sampling": {"sampling": "balanced"},
    "focal (gamma 2)": {"loss": "focal"},
    "logit adjustment (tau 1)": {"logit_adjust": 1.0},
    "logit adjustment (tau 1) and focal": {"logit_adjust": 1.0, "loss": "focal"},
}
NUM_RARE = 3


def main() -> None:
    """Train every method on every seed's subset and print the table."""
    parser = common.parser(__doc__)
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--epochs", default="20", help="a subset has a third of the images, so more of them")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most", type=int, default=800, help="images of the most common class")
    parser.add_argument("--least", type=int, default=20, help="images of the rarest class")
    parser.add_argument("--methods", default="", help="some of them, separated by commas; all if not given")
    options = parser.parse_args()
    methods = common.names(options.methods) or list(METHODS)
    result = common.Result("Methods for rare classes on an imbalanced part of kmnist-8k", options)
    whole = fm.load(str(options.data))
    found: dict[str, list[common.Record]] = {method: [] for method in methods}
    for seed in range(options.seeds):
        data, counts_K = subset(whole, most=options.most, least=options.least, seed=seed)
        for method in methods:
            settings = {"epochs": options.epochs, "valid": 0, "seed": seed, **METHODS[method]}
            with tempfile.TemporaryDirectory() as folder:
                done = fm.fit(data, recipe=options.recipe, output=folder, trackers=[], **settings)
                recall_K = np.array(Run(Path(done.run)).read_json("metrics")["recall"])
            found[method].append(figures(recall_K, counts_K, seconds=done.train_seconds))
            common.say(f"{method}, seed {seed}: {common.brief(found[method][-1])}")
    result.add([row(method, records) for method, records in found.items()])
    result.note(
        f"n = {options.seeds} seeds, {options.epochs} epochs of {options.recipe}, "
        f"{len(data.splits['train']):,} training images in "
        f"{data.num_classes} classes ({', '.join(map(str, sorted(counts_K.tolist(), reverse=True)))}). Mean ± standard "
        "deviation over seeds. The test images of each class are weighted by its share of the training images for "
        "`accuracy`, and all classes alike for `balanced accuracy`. kmnist-8k is a split inside the official test "
        "set: never compare it with published KMNIST figures."
    )
    result.write()


def subset(whole: fm.ImageSet, *, most: int, least: int, seed: int) -> tuple[fm.ImageSet, NDArray[np.int64]]:
    """The set with fewer training images, and how many there are of each class."""
    rng = np.random.default_rng(seed)
    num = whole.num_classes
    train = whole.indices("train")
    wanted_K = np.round(np.geomspace(most, least, num)).astype(np.int64)[rng.permutation(num)]
    kept = [rng.permutation(train[whole.labels[train] == label])[: wanted_K[label]] for label in range(num)]
    cut = whole.with_splits({"train": np.sort(np.concatenate(kept)), "test": whole.indices("test")})
    return cut, cut.class_counts(cut.indices("train"))


def figures(recall_K: NDArray[np.float64], counts_K: NDArray[np.int64], *, seconds: float) -> common.Record:
    """What a run's recalls come to."""
    order_K = np.argsort(-counts_K)
    return {
        "accuracy": 100 * float((recall_K * counts_K).sum() / counts_K.sum()),
        "balanced accuracy": 100 * float(recall_K.mean()),
        "common": 100 * float(recall_K[order_K[:NUM_RARE]].mean()),
        "rare": 100 * float(recall_K[order_K[-NUM_RARE:]].mean()),
        "seconds": seconds,
    }


def row(method: str, records: list[common.Record]) -> dict[str, str]:
    """One method over all seeds."""

    def told(name: str) -> str:
        return common.mean_spread([record[name] for record in records])

    return {
        "method": method,
        "accuracy, %": told("accuracy"),
        "balanced accuracy, %": told("balanced accuracy"),
        f"recall of the {NUM_RARE} commonest, %": told("common"),
        f"recall of the {NUM_RARE} rarest, %": told("rare"),
        "training, s": common.summary([record["seconds"] for record in records], 1),
    }


if __name__ == "__main__":
    main()
