"""Ants and bees, from scratch and from a network pretrained here; and 1cycle against fixed rates at one budget.

The network is pretrained on the synthetic set of `textures.py`, which shows no animal. Every way to train has the
same images, batch and number of steps, each rate of the grid, and the same seeds.
"""

import statistics
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

import common
from textures import textures

# the ways to train; `decay` follows PyTorch's tutorial: a tenth after every 7 of 25 epochs
PLAIN = {"recipe": "fine-tune-plain"}
WAYS: dict[str, dict[str, Any]] = {
    "from scratch, 1cycle": {**PLAIN, "start": "random"},
    "pretrained, 1cycle": {**PLAIN, "start": "pretrained"},
    "pretrained, fixed rate": {**PLAIN, "start": "pretrained", "sched": "constant", "warmup": "0ep"},
    "pretrained, fixed rate with decay": {
        **PLAIN, "start": "pretrained", "sched": "constant", "warmup": "0ep", "decay": 0.1, "decay_every": "28%",
    },
    "pretrained, fine-tune": {"recipe": "fine-tune", "start": "pretrained"},
}  # fmt: skip


def main() -> None:
    """Pretrain, train every way, print and write."""
    parser = common.parser(__doc__)
    parser.set_defaults(data=Path("../shared/data/hymenoptera"))
    parser.add_argument("--model", default="fude-s")
    parser.add_argument("--stem", default="auto", help="of a ResNet; standard is the fast one")
    parser.add_argument("--size", default="64")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--lrs", default="0.003,0.01")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pre-images", type=int, default=200, help="of each of the 48 classes of textures")
    parser.add_argument("--pre-lr", type=float, default=0.005)
    parser.add_argument("--pre-epochs", type=int, default=10)
    options = parser.parse_args()
    result = common.Result("Ants and bees: pretrained or not, 1cycle or fixed", options)
    with tempfile.TemporaryDirectory() as folder:
        pretrained = pretrain(options, Path(folder))
        found = {
            (way, lr): [train(options, way, lr, seed, pretrained) for seed in range(options.seeds)]
            for way in WAYS
            for lr in common.names(options.lrs)
        }
        result.add([row(way, lr, records) for (way, lr), records in found.items()])
        result.add(verdicts(found), title="Each way at its best rate")
        result.note(
            f"n = {options.seeds} seeds, the same for all; mean ± standard deviation. {options.model} on "
            f"{options.size}x{options.size}, {options.epochs} epochs of batch 32. The validation photos chose the best "
            "epoch and the best rate, for all ways alike, as in the blog that this follows: no figure here is a "
            "measurement of how well new photos would be read. On 153 photos one standard deviation of sampling at "
            "75 % is 3.5 points. Pretrained on textures.py: "
            f"{48 * options.pre_images:,} images, {options.pre_epochs} epochs, "
            f"{pretrained['seconds']:.0f} s, {100 * pretrained['accuracy']:.1f} % of its 48 classes."
        )
    result.write()


def pretrain(options: Namespace, folder: Path) -> common.Record:
    """A run on the synthetic set, and how well it did."""
    from fudemoji.training import fit

    done = fit(
        textures(options.pre_images, 10, size=int(options.size)),
        recipe="quick",
        output=folder,
        name="pretrained",
        trackers=[],
        model=options.model,
        stem=options.stem,
        epochs=options.pre_epochs,
        batch_size=64,
        lr=options.pre_lr,
        smoothing=0,
        policy="none",  # each image has its own draw already
        test_shifts=0,
    )
    common.say(f"pretrained: {done.valid_accuracy:.3f} in {done.train_seconds:.0f} s")
    return {"run": done.run, "accuracy": done.valid_accuracy, "seconds": done.train_seconds}


def train(options: Namespace, way: str, lr: str, seed: int, pretrained: common.Record) -> common.Record:
    """One training; its validation accuracies."""
    from fudemoji.events import Evaluated
    from fudemoji.runs import Run
    from fudemoji.training import fit

    values = dict(WAYS[way])
    if values.pop("start") == "pretrained":
        values["weights"] = pretrained["run"]
    done = fit(
        str(options.data),
        output=Path(pretrained["run"]).parent,
        trackers=[],
        model=options.model,
        stem=options.stem,
        size=options.size,
        epochs=options.epochs,
        batch_size=32,
        lr=float(lr),
        seed=seed,
        validate_every="1ep",
        **values,
    )
    valid = [e for e in Run(Path(done.run)).events() if isinstance(e, Evaluated) and e.split == "valid"]
    record = {
        "best": done.valid_accuracy,
        "last": valid[-1].accuracy,
        "loss": valid[-1].loss,
        "seconds": done.train_seconds,
    }
    common.say(f"{way}, {lr}, seed {seed}: {common.brief(record)}")
    return record


def row(way: str, lr: str, records: list[common.Record]) -> dict[str, str]:
    """One way at one rate, over all seeds."""
    return {
        "way": way,
        "rate": lr,
        "best validation accuracy, %": common.mean_spread([100 * record["best"] for record in records], 1),
        "last, %": common.mean_spread([100 * record["last"] for record in records], 1),
        "last loss": common.mean_spread([record["loss"] for record in records]),
        "training, s": common.summary([record["seconds"] for record in records], 1),
    }


def verdicts(found: dict[tuple[str, str], list[common.Record]]) -> list[dict[str, str]]:
    """Each way at the rate with the best mean of its best epochs."""
    rows = []
    for way in WAYS:
        rates = {lr: records for (of, lr), records in found.items() if of == way}
        lr = max(rates, key=lambda rate: statistics.mean(record["best"] for record in rates[rate]))
        rows.append(row(way, lr, rates[lr]))
    return rows


if __name__ == "__main__":
    main()
