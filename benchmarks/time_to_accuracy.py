"""Time to 97 % on kmnist-8k: fudemoji's `quick` against fastai's ResNets and the report's CNN in Keras.

All start from scratch, and their epochs take turns in one run. The clock runs while a contestant trains
(batches, augmentation, steps); reading the set, building the model and evaluation are off the clock for all
alike. The test split is measured after every epoch, as it is (no shifts), for this comparison only. All get
the same training split; fudemoji keeps the recipe's share of it (10 %) for validation, the others train on
all of it.
"""

import statistics
import sys
from typing import Any

import common
import ours
import peers
import turns


def contestant(name: str, **same: Any) -> turns.Contestant:
    """The contestant called `fudemoji:RECIPE[:EPOCHS]`, `keras`, or `fastai:ARCH` after a torchvision network."""
    who, _, what = name.partition(":")
    if who == "fudemoji":
        recipe, _, length = what.partition(":")
        return turns.Contestant(ours.epochs, recipe=recipe, **{**same, "epochs": length or None})
    if who == "keras":
        return turns.Contestant(peers.keras_report_cnn, batch_size=32, jit="no", **same)
    return turns.Contestant(peers.fastai_vision_learner, arch=what, batch_size=128, peak=3e-3, **same)


def to_target(run: list[common.Record], target: float) -> dict[str, float | None]:
    """Epochs and training seconds until the test accuracy first reaches `target`; None for never."""
    seconds = 0.0
    for record in run:
        seconds += record["seconds"]
        if record["accuracy"] >= target:
            return {"epochs": record["epoch"], "seconds": seconds}
    return {"epochs": None, "seconds": None}


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--peers", default="fastai:resnet18,fastai:resnet34,keras")
    parser.add_argument(
        "--ours", default="quick", help="our recipes; quick:3 is quick in 3 epochs; the first is compared"
    )
    parser.add_argument("--epochs", type=int, default=10, help="length of the peers' trainings")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--target", type=float, default=0.97)
    parser.add_argument(
        "--to-the-end", action="store_true", help="go on after the target, for the final accuracy"
    )
    options = parser.parse_args()
    result = common.Result(f"Time to {100 * options.target:g} %", options)
    mine, *others = [f"fudemoji:{recipe}" for recipe in common.names(options.ours)]
    found: dict[str, list[dict[str, float | None]]] = {}
    rows = []
    for seed in range(options.seeds):
        same = {"data": options.data, "epochs": options.epochs, "seed": seed}
        runs = turns.in_turns(
            {name: contestant(name, **same) for name in [mine, *others, *common.names(options.peers)]},
            rounds=sys.maxsize,
            enough=lambda record: not options.to_the_end and record["accuracy"] >= options.target,
        )
        for name, run in runs.items():
            found.setdefault(name, []).append(reached := to_target(run, options.target))
            rows.append(
                {
                    "contestant": name,
                    "seed": seed,
                    "images an epoch": run[0]["num_images"],
                    "epochs to target": reached["epochs"] or "not reached",
                    "seconds to target": f"{reached['seconds']:.2f}" if reached["seconds"] else "",
                    "seconds in all": f"{sum(record['seconds'] for record in run):.2f}",
                    "test accuracy after each epoch, %": " / ".join(
                        f"{100 * r['accuracy']:.2f}" for r in run
                    ),
                }
            )
    result.add(rows)
    result.add(list(ratio_rows(found, mine)), title="Against fudemoji")
    result.note(f"n = {options.seeds} seeds; a ratio of 30 or more against fastai's networks is the bar.")
    result.write()


def ratio_rows(found: dict[str, list[dict[str, float | None]]], mine: str) -> list[dict[str, str]]:
    """A row for each contestant: median seconds, and how many times fudemoji's they are, seed by seed."""
    rows = []
    for name, runs in found.items():
        pairs = [
            (theirs["seconds"], own["seconds"])
            for theirs, own in zip(runs, found[mine], strict=True)
            if theirs["seconds"] and own["seconds"]
        ]
        rows.append(
            {
                "contestant": name,
                "reached": f"{len(pairs)} of {len(runs)}",
                "seconds to target, median": f"{statistics.median(t for t, _ in pairs):.2f}" if pairs else "",
                "times fudemoji's, median (range)": common.summary([t / o for t, o in pairs], 1)
                if pairs
                else "",
            }
        )
    return rows


if __name__ == "__main__":
    main()
