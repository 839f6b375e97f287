"""The 2022 report's three models and `quick` compared: the table, the paired tests and the recommendation.

The page itself is `compare.html` in the folder `--output`; called again with the same folder, what is trained is kept.
"""

from pathlib import Path

import common

RECIPES = "report-2022-mlp,report-2022-cnn,report-2022-resnet34,quick"


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--recipes", default=RECIPES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", default="", help="instead of each recipe's own, to try the script")
    parser.add_argument("--output", type=Path, default=Path("runs/compare-report"))
    options = parser.parse_args()
    result = common.Result("The 2022 report's models compared", options)
    found = common.fudemoji_json(
        "compare", str(options.data), "--recipes", *common.names(options.recipes), "--seeds", str(options.seeds),
        *(["--epochs", options.epochs] if options.epochs else []),
        "--output", str(options.output.parent), "--name", options.output.name,
    )  # fmt: skip
    result.add([row(variant) for variant in found["variants"]])
    result.add([difference(pair) for pair in found["pairs"]], title="Differences")
    recommendation = found["recommendation"]
    choice = f"Recommended: **{recommendation['choice']}**. " if recommendation["choice"] else ""
    result.note(f"{choice}{' '.join(recommendation['sentences'])}")
    for warning in found["warnings"]:
        result.note(f"Warning: {warning}")
    result.note(f"n = {options.seeds} seeds; mean ± standard deviation. The rules are in docs/compare.md.")
    result.write()


def row(variant: common.Record) -> common.Record:
    """A variant's accuracies and costs."""
    figures, costs = variant["figures"], variant["costs"]
    shares = {
        f"{split}, %": common.mean_spread([100 * x for x in figures[f"{split} accuracy"]["values"]])
        for split in ("train", "validation", "test")
        if f"{split} accuracy" in figures
    }
    return {
        "recipe": variant["name"],
        "parameters": f"{variant['parameters']:,}",
        **shares,
        "training, s": common.mean_spread(costs["training, s"]["values"], 1),
        "an epoch, s": common.mean_spread(costs["epoch, s"]["values"], 1),
        "peak memory, MB": f"{costs['peak memory, bytes']['mean'] / 1e6:.0f}"
        if "peak memory, bytes" in costs
        else "",
    }


def difference(pair: common.Record) -> common.Record:
    """A pair's paired test."""
    test = pair["test"]
    return {
        "one less the other": f"{pair['one']} less {pair['other']}",
        "points": f"{100 * test['difference']:+.2f}",
        "95 % interval": f"{100 * test['low']:+.2f} to {100 * test['high']:+.2f}",
        "right in one, in the other": f"{test['only_one']}, {test['only_other']}",
        "p (exact)": f"{test['p']:.2g}",
        "p (Holm)": f"{pair['adjusted_p']:.2g}",
    }


if __name__ == "__main__":
    main()
