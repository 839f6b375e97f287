"""The 2022 report's tables of tried and chosen values, made anew: one grid for each of its models.

Chosen on the validation images by the rules of docs/compare.md; the test figure is that of the chosen values alone.
The grids are ours: the report names what it chose, and Adam at 0.01 for the CNN, which never leaves 10 %.
"""

from pathlib import Path

import common

GRIDS = {
    "report-2022-mlp": ("opt=adagrad,adam,sgd", "lr=0.01,0.001", "batch_size=32,128"),
    "report-2022-cnn": ("opt=adam,sgd", "lr=0.01,0.001", "batch_size=32,128"),
    "report-2022-resnet34": ("opt=adam,sgd", "lr=0.01,0.001"),
}


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--recipes", default=",".join(GRIDS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", default="", help="instead of each recipe's own, to try the script")
    parser.add_argument("--output", type=Path, default=Path("runs/tried-values"))
    options = parser.parse_args()
    result = common.Result("Tried and chosen values", options)
    for recipe in common.names(options.recipes):
        found = common.fudemoji_json(
            "compare", str(options.data), "--recipe", recipe, "--vary", *GRIDS[recipe], "--seeds", str(options.seeds),
            *(["--epochs", options.epochs] if options.epochs else []),
            "--output", str(options.output), "--name", recipe,
        )  # fmt: skip
        result.add([row(variant) for variant in found["variants"]], title=recipe)
        recommendation = found["recommendation"]
        choice = f"Chosen: **{recommendation['choice']}**. " if recommendation["choice"] else ""
        result.note(f"{choice}{' '.join(recommendation['sentences'])}")
    result.note(
        "n = 1 seed." if options.seeds == 1 else f"n = {options.seeds} seeds; mean ± standard deviation."
    )
    result.write()


def row(variant: common.Record) -> common.Record:
    """What was tried, and how it did."""
    figures = variant["figures"]
    return {
        **variant["tried"],
        **{
            f"{split}, %": common.mean_spread([100 * x for x in figures[f"{split} accuracy"]["values"]])
            if f"{split} accuracy" in figures
            else ""
            for split in ("train", "validation", "test")
        },
        "training, s": f"{variant['costs']['training, s']['mean']:.1f}" if variant["costs"] else "",
        "": "chosen" if variant["is_chosen"] else _out(variant),
    }


def _out(variant: common.Record) -> str:
    if not variant["runs"]:
        return "failed"
    return "at chance" if variant["at_chance"] == len(variant["runs"]) else ""


if __name__ == "__main__":
    main()
