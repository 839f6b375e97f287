"""Settings searched by TPE with pruning against as many drawn at random: the best validation accuracy of each.

Both search the ready space of the model, begin with the recipe as it is, and train every trial on the same cut for
the same epochs; what differs is how settings are drawn and whether poor trials are broken off. A round is both
searches with one seed, the one that begins alternating. The test split is in no trial.
"""

import json
import shutil
import statistics
import tempfile
import time
from argparse import Namespace
from pathlib import Path

import common

ARMS = {"tpe": ("tpe", "median"), "random": ("random", "none")}


def search(options: Namespace, arm: str, seed: int, output: Path) -> common.Record:
    """One search: its best score, its wall time, and how much was trained."""
    from fudemoji.tuning import tune

    sampler, pruner = ARMS[arm]
    start = time.perf_counter()
    found = tune(
        str(options.data), trials=options.trials, sampler=sampler, pruner=pruner, model=options.model,
        epochs=options.epochs, valid=options.valid, seed=seed, output=output, name=f"{arm}-{seed}",
    )  # fmt: skip
    seconds = time.perf_counter() - start
    trials = json.loads((found.folder / "tune.json").read_bytes())["trials"]
    done = [trial["score"] for trial in trials if trial["state"] == "done"]
    record = {
        "arm": arm,
        "seed": seed,
        "best, %": 100 * (found.score or 0.0),
        "wall, s": seconds,
        "done": len(done),
        "pruned": sum(trial["state"] == "pruned" for trial in trials),
        "epochs trained": sum(trial["course"][-1][0] for trial in trials if trial["course"])
        * options.epochs
        / 100,
        "recipe as it is, %": next(100 * trial["score"] for trial in trials if trial["is_start"]),
    }
    common.say(common.brief(record))
    return record


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--model", default="mlp")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--valid", type=float, default=0.25, help="share of the training images to score on")
    parser.add_argument(
        "--folder", type=Path, help="keep the studies here, and go on with those that are there"
    )
    options = parser.parse_args()
    result = common.Result(
        f"Searching the settings of {options.model}: TPE with pruning against random", options
    )
    output = options.folder or Path(tempfile.mkdtemp(prefix="fudemoji-tune-"))
    records = []
    for seed in range(options.repeats):
        arms = list(ARMS) if seed % 2 == 0 else list(ARMS)[::-1]
        records += [search(options, arm, seed, output) for arm in arms]
    if options.folder is None:
        shutil.rmtree(output)
    report(result, options, records)


def report(result: common.Result, options: Namespace, records: list[common.Record]) -> None:
    """The searches, and what they say together."""
    shown = [
        {key: f"{value:.2f}" if isinstance(value, float) else value for key, value in record.items()}
        for record in records
    ]
    result.add(sorted(shown, key=lambda record: (record["seed"], record["arm"])), title="Searches")
    best = {
        arm: [r["best, %"] for r in sorted(records, key=lambda r: r["seed"]) if r["arm"] == arm]
        for arm in ARMS
    }
    walls = {arm: [r["wall, s"] for r in records if r["arm"] == arm] for arm in ARMS}
    gains = [a - b for a, b in zip(best["tpe"], best["random"], strict=True)]
    rows = [
        {"search": arm, "best, %": common.mean_spread(best[arm]), "wall, s": common.summary(walls[arm], 0)}
        for arm in ARMS
    ]
    result.add(rows, title="Together: mean ± deviation, median (range)")
    result.note(
        f"n = {len(gains)} rounds of {options.trials} trials, {options.epochs} epochs each, scored on "
        f"{100 * options.valid:g} % of the training images. TPE with pruning less random, points, paired by seed: "
        f"{common.mean_spread(gains)}; it is better in {sum(gain > 0 for gain in gains)} rounds and worse in "
        f"{sum(gain < 0 for gain in gains)}. On average it is "
        f"{'better' if statistics.mean(gains) > 0 else 'NOT better'}."
    )
    result.write()


if __name__ == "__main__":
    main()
