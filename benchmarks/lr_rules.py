"""Every rule of the LR finder, and its recommendation, against a grid of short trainings.

For each model and optimiser the finder runs once, then one short 1cycle training for each rate of a
geometric grid and for the recommended rate. Score: accuracy on a validation split cut from the training
images, never the test split; the best rate has the highest mean over the seeds (the lower loss where
two tie). Flatness is the range of grid rates whose score is within a point of the best.
"""

import math
import statistics
from argparse import Namespace
from typing import Any

import common
import ours
import turns

Scores = dict[float, tuple[float, float]]  # rate: accuracy in points, loss

# where each grid is centred
CENTRES = {"sgd": 0.1, "adamw": 0.01}
# decay as usual for each: SGD's is part of the gradient, AdamW's is not
DECAY = {"sgd": 5e-4, "adamw": 0.05}


def grid(centre: float, *, factor: float, reach: float) -> list[float]:
    """Rates spaced by `factor`, at most `reach` either way from `centre`."""
    count = int(math.log(reach) / math.log(factor))
    return [centre * factor**power for power in range(-count, count + 1)]


def finder(turn: turns.Turn, *, data: str, **values: Any) -> None:
    """What the LR finder says."""
    import fudemoji as fm

    verdict = fm.find_lr(data, **values).verdict
    turn({"recommended": verdict.recommended, "kind": verdict.kind, "rules": verdict.rules})


def training(turn: turns.Turn, **values: Any) -> None:
    """A short training; one whose loss explodes scores nothing."""
    from fudemoji.errors import TrainingFailed

    try:
        ours.epochs(turn, recipe="quick", split="valid", **values)
    except TrainingFailed:
        turn({"accuracy": 0.0, "loss": math.inf})


def score(options: Namespace, rate: float, *, model: str, opt: str) -> tuple[float, float]:
    """Mean validation accuracy (in points) and loss at the end of the short trainings at `rate`."""
    last = []
    for seed in range(options.seeds):
        values = {"model": model, "opt": opt, "weight_decay": DECAY[opt], "lr": rate, "seed": seed}
        contestant = turns.Contestant(
            training, data=str(options.data), epochs=options.epochs, valid=options.valid, **values
        )
        last.append(turns.alone(f"{model} {opt} {rate:.2g}", contestant)[-1])
    return statistics.mean(100 * r["accuracy"] for r in last), statistics.mean(r["loss"] for r in last)


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--models", default="mlp,cnn,fude-s,resnet18")
    parser.add_argument("--optimisers", default="sgd,adamw")
    parser.add_argument("--epochs", default="2ep", help="length of a training: 2ep or 150st")
    parser.add_argument("--factor", type=float, default=2.0, help="between neighbours of the grid")
    parser.add_argument(
        "--reach", type=float, default=32.0, help="how far the grid goes from its centre, as a factor"
    )
    parser.add_argument("--valid", type=float, default=0.25, help="share of the training images to score on")
    parser.add_argument("--seeds", type=int, default=1, help="trainings at each rate")
    options = parser.parse_args()
    result = common.Result("LR rules against a grid", options)
    overview, curves = [], []
    for model in common.names(options.models):
        for opt in common.names(options.optimisers):
            found, scores = study(options, model=model, opt=opt)
            overview.append(row(found, scores, model=model, opt=opt))
            told = ", ".join(f"{rate:.2g}: {points:.1f}" for rate, (points, _) in sorted(scores.items()))
            curves.append({"model": model, "optimiser": opt, "rate: validation accuracy, %": told})
    result.add(overview)
    result.add(curves, title="The grids")
    within = sum(bool(row["within a factor of 3"] == "yes") for row in overview)
    result.note(
        f"The recommendation is within a factor of 3 of the grid's best rate in {within} of {len(overview)} "
        f"cases. n = {options.seeds} trainings of {options.epochs} at each rate, batch 128, scored on "
        f"{100 * options.valid:g} % of the training images; a rule's cell is its rate over the grid's best."
    )
    result.write()


def study(options: Namespace, *, model: str, opt: str) -> tuple[common.Record, Scores]:
    """The finder's answer, and the score of every rate of the grid and of the recommendation."""
    values = {"model": model, "opt": opt, "weight_decay": DECAY[opt], "valid": options.valid, "seed": 0}
    asked = turns.Contestant(finder, data=str(options.data), **values)
    found = turns.alone(f"finder {model} {opt}", asked)[-1]
    rates = grid(CENTRES[opt], factor=options.factor, reach=options.reach)
    scores = {rate: score(options, rate, model=model, opt=opt) for rate in rates}
    if found["recommended"]:
        found["points"] = score(options, found["recommended"], model=model, opt=opt)[0]
    return found, scores


def row(found: common.Record, scores: Scores, *, model: str, opt: str) -> dict[str, str]:
    """One model and optimiser: the best rate, how flat it is there, and every rule's rate over it."""
    best = max(scores, key=lambda rate: (scores[rate][0], -scores[rate][1]))
    flat = [rate for rate, (points, _) in scores.items() if points >= scores[best][0] - 1]
    recommended = found["recommended"]
    ratio = recommended / best if recommended else math.nan
    return {
        "model": model,
        "optimiser": opt,
        "best rate": f"{best:.2g}",
        "accuracy there, %": f"{scores[best][0]:.1f}",
        "within a point of it": f"{min(flat):.2g} to {max(flat):.2g}",
        "recommended": f"{recommended:.2g} ({found['kind']})" if recommended else found["kind"],
        "accuracy there, % ": f"{found['points']:.1f}" if recommended else "",
        "recommended over best": f"{ratio:.2f}",
        "within a factor of 3": "yes" if 1 / 3 <= ratio <= 3 else "no",
        **{f"{rule} over best": f"{rate / best:.2g}" for rule, rate in found["rules"].items()},
    }


if __name__ == "__main__":
    main()
