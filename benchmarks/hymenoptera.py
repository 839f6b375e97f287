"""Ants and bees, from scratch and from a network pretrained here; and 1cycle against fixed rates at one budget.

The network is pretrained on `insects.py`, a set of small animals drawn by rule. Every way to train has the same
photos, batch, number of steps and grid of rates. Each takes the rate that did best in cross-validation inside the
training photos; the validation photos choose nothing, and only measure the last epoch of each run.
"""

import multiprocessing
import shutil
import statistics
import tempfile
from argparse import Namespace
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import common
from fudemoji.data import ImageSet
from fudemoji.runs import Run
from grounds import GROUNDS
from insects import insects
from kinds import KINDS

# the ways to train; `decay` follows PyTorch's tutorial: a tenth after every 7 of 25 epochs
PLAIN = {"recipe": "fine-tune-plain"}
FIXED = {**PLAIN, "sched": "constant", "warmup": "0ep"}
DECAY = {**FIXED, "decay": 0.1, "decay_every": "28%"}
WAYS: dict[str, dict[str, Any]] = {
    "from scratch, 1cycle": {**PLAIN, "start": "random"},
    "pretrained, 1cycle": {**PLAIN, "start": "pretrained"},
    "pretrained, fixed rate": {**FIXED, "start": "pretrained"},
    "pretrained, fixed rate with decay": {**DECAY, "start": "pretrained"},
}
SHOWN = 5  # epochs between the columns of the curves' table


@dataclass(frozen=True)
class Trial:
    """One training: how, at which rate, with which seed; on a fold of the training photos or (None) on all."""

    way: str
    lr: str
    seed: int
    fold: int | None

    @property
    def name(self) -> str:
        """Of its run."""
        words = self.way.replace(",", "").split()
        place = "all" if self.fold is None else f"fold{self.fold}"
        return "-".join([*words, self.lr, place, f"seed{self.seed}"])


Found = dict[Trial, common.Record]


def main() -> None:
    """Pretrain, choose the rates, train every way, print and write."""
    options = read_options()
    result = common.Result("Ants and bees: pretrained or not, 1cycle or fixed", options)
    with tempfile.TemporaryDirectory() as folder:
        pretrained = pretrain(options, options.keep or Path(folder))
        rates, num_cuts = common.names(options.lrs), options.folds * options.rounds
        trials = train_all(
            [Trial(way, lr, cut, cut) for way in WAYS for lr in rates for cut in range(num_cuts)],
            options=options,
            weights=pretrained["run"],
        )
        chosen = {way: max(rates, key=lambda lr: accuracy(trials, way, lr)) for way in WAYS}
        found = train_all(
            [Trial(way, lr, seed, None) for way, lr in chosen.items() for seed in range(options.seeds)],
            options=options,
            weights=pretrained["run"],
        )
    result.add([row(way, lr, found) for way, lr in chosen.items()])
    result.add([curve(way, found) for way in WAYS], title="Epoch by epoch: accuracy, % (loss)")
    result.add(
        [{"way": way} | {f"rate {lr}": spread(trials, way, lr) for lr in rates} for way in WAYS],
        title="Accuracy in cross-validation inside the training photos, %",
    )
    if not options.dry:
        plot(found, common.RESULTS / f"hymenoptera{'-' if options.tag else ''}{options.tag}.svg")
    result.note(note(options, pretrained))
    result.write()


def read_options() -> Namespace:
    """The command line."""
    parser = common.parser(__doc__ or "")
    parser.set_defaults(data=Path("../shared/data/hymenoptera"))
    parser.add_argument("--model", default="fude-s")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--lrs", default="0.001,0.003,0.01,0.03")
    parser.add_argument("--folds", type=int, default=3, help="of the cross-validation")
    parser.add_argument("--rounds", type=int, default=2, help="of the cross-validation, each cut anew")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2, help="trainings at once, with one thread each")
    parser.add_argument("--pre-images", type=int, default=160, help="of each kind on each ground")
    parser.add_argument("--pre-epochs", type=int, default=12)
    parser.add_argument("--keep", type=Path, help="folder for the runs; those in it are not trained again")
    return parser.parse_args()


def pretrain(options: Namespace, folder: Path) -> common.Record:
    """A run on the drawn set, and how well it did."""
    run = Run(folder / "pretrained")
    if not is_finished(run):
        train_run(
            run,
            draw(options),
            recipe="quick",
            model=options.model,
            epochs=options.pre_epochs,
            batch_size=64,
            lr=0.01,
            smoothing=0,
            policy="none",  # each image has its own draw already
            mirror=True,
            test_shifts=0,
            validate_every="2ep",
        )
    done = run.events()[-1]
    common.say(f"pretrained: {done.valid_accuracy:.3f} in {done.train_seconds:.0f} s")
    return {"run": str(run.path), "accuracy": done.valid_accuracy, "seconds": done.train_seconds}


def is_finished(run: Run) -> bool:
    """Whether an earlier call, perhaps interrupted since, left this run whole."""
    return (run.path / "status.json").exists() and run.read_json("status")["state"] == "finished"


def train_run(run: Run, data: ImageSet, **settings: Any) -> None:
    """Train in place of what an interrupted call left there."""
    from fudemoji.training import fit

    shutil.rmtree(run.path, ignore_errors=True)
    fit(data, output=run.path.parent, name=run.name, trackers=[], **settings)


def draw(options: Namespace) -> ImageSet:
    """The drawn set, in four parts that share nothing but the rules."""
    with workers(options) as pool:
        parts = list(pool.map(partial(part, options), range(1, 5)))
    splits = ("train", "valid")
    cut = sum(len(one.splits["train"]) for one in parts)
    images, labels = (
        np.concatenate([getattr(one, name)[one.splits[split]] for split in splits for one in parts])
        for name in ("images", "labels")
    )
    return replace(
        parts[0],
        images=images,
        labels=labels,
        splits={"train": np.arange(cut), "valid": np.arange(cut, len(labels))},
    )


def part(options: Namespace, seed: int) -> ImageSet:
    """A quarter of the drawn set."""
    return insects(options.pre_images // 4, 3, seed=seed)


def train_all(trials: list[Trial], *, options: Namespace, weights: str) -> Found:
    """What became of each training; some at once, so that no core waits for another."""
    with workers(options) as pool:
        return dict(
            zip(trials, pool.map(partial(train, options=options, weights=weights), trials), strict=True)
        )


def workers(options: Namespace) -> ProcessPoolExecutor:
    """Processes of one thread each."""
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(options.jobs, spawn, initializer=use_one_thread)


def use_one_thread() -> None:
    """Of this process; more would wait for each other."""
    import torch

    torch.set_num_threads(1)


def train(trial: Trial, *, options: Namespace, weights: str) -> common.Record:
    """One training; what the photos held out make of its epochs."""
    from fudemoji.events import Evaluated

    run = Run(Path(weights).parent / trial.name)
    if not is_finished(run):
        photos, way = read(options), dict(WAYS[trial.way])
        if way.pop("start") == "pretrained":
            way["weights"] = weights
        train_run(
            run,
            photos if trial.fold is None else fold_of(photos, trial.fold, num_folds=options.folds),
            model=options.model,
            epochs=options.epochs,
            batch_size=32,
            lr=float(trial.lr),
            seed=trial.seed,
            validate_every=f"{options.epochs if trial.fold is not None else 1}ep",
            **way,
        )
    valid = [event for event in run.events() if isinstance(event, Evaluated) and event.split == "valid"]
    common.say(f"{trial.name}: {valid[-1].accuracy:.3f}")
    return {
        "accuracy": valid[-1].accuracy,
        "loss": valid[-1].loss,
        "course": [(event.accuracy, event.loss) for event in valid],
    }


def read(options: Namespace) -> ImageSet:
    """The photos, decoded."""
    from fudemoji.data import load
    from fudemoji.data.cache.decoded import Decoding

    return load(options.data, decoding=Decoding(size=options.size))


def fold_of(photos: ImageSet, cut: int, *, num_folds: int) -> ImageSet:
    """The training photos alone, one fold held out; after each `num_folds` cuts the folds are drawn anew."""
    turn, fold = divmod(cut, num_folds)
    train_N = np.random.default_rng(turn).permutation(photos.splits["train"])
    train_N = train_N[np.argsort(photos.labels[train_N], kind="stable")]  # so that folds share out each class
    is_held_N = np.arange(len(train_N)) % num_folds == fold
    return ImageSet(
        name="training-photos",
        images=np.asarray(photos.images),
        labels=photos.labels,
        classes=photos.classes,
        splits={"train": np.sort(train_N[~is_held_N]), "valid": np.sort(train_N[is_held_N])},
        source=photos.source,
        kind=photos.kind,
    )


def of(found: Found, way: str, lr: str | None = None) -> list[common.Record]:
    """The records of one way, at one rate if given."""
    return [record for trial, record in found.items() if trial.way == way and lr in (None, trial.lr)]


def accuracy(found: Found, way: str, lr: str) -> float:
    """The mean at the end."""
    return statistics.mean(record["accuracy"] for record in of(found, way, lr))


def spread(found: Found, way: str, lr: str | None = None) -> str:
    """Mean and deviation of the accuracy in percent."""
    return common.mean_spread([100 * record["accuracy"] for record in of(found, way, lr)], 1)


def row(way: str, lr: str, found: Found) -> dict[str, str]:
    """One way at its rate, over all seeds."""
    return {
        "way": way,
        "rate": lr,
        "accuracy, %": spread(found, way),
        "loss": common.mean_spread([record["loss"] for record in of(found, way)]),
        "of each seed, %": " ".join(f"{100 * record['accuracy']:.1f}" for record in of(found, way)),
    }


def curve(way: str, found: Found) -> dict[str, str]:
    """The mean over the seeds at every fifth epoch."""
    courses = [record["course"] for record in of(found, way)]
    cells = {"way": way}
    for epoch, points in enumerate(zip(*courses, strict=True), start=1):
        if epoch % SHOWN == 0:
            share = statistics.mean(share for share, _ in points)
            loss = statistics.mean(loss for _, loss in points)
            cells[f"epoch {epoch}"] = f"{100 * share:.1f} ({loss:.2f})"
    return cells


def plot(found: Found, path: Path) -> None:
    """Draw the mean over the seeds, and each seed thin, of accuracy and loss."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = zip(figure.subplots(1, 2), ("accuracy, %", "loss"), (100, 1), strict=True)
    for which, (axes, title, unit) in enumerate(panels):
        for number, way in enumerate(WAYS):
            courses = unit * np.array(
                [[point[which] for point in record["course"]] for record in of(found, way)]
            )
            epochs = np.arange(1, courses.shape[1] + 1)
            axes.plot(epochs, courses.T, color=f"C{number}", linewidth=0.4, alpha=0.5)
            axes.plot(epochs, courses.mean(axis=0), color=f"C{number}", linewidth=2, label=way)
        axes.set(xlabel="epoch", title=title)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(path, metadata={"Date": None})


def note(options: Namespace, pretrained: common.Record) -> str:
    """What the tables say, and what they do not."""
    splits = read(options).splits
    num_kinds = len(KINDS) + 1
    num_drawn = options.pre_images // 4 * 4 * num_kinds * len(GROUNDS)
    num_train, num_valid = len(splits["train"]), len(splits["valid"])
    return (
        f"{options.model} on {options.size}x{options.size}, {options.epochs} epochs of batch 32 for every way; the "
        f"last epoch counts. n = {options.seeds} seeds, the same for all; mean ± standard deviation over seeds. The "
        f"rates were chosen in {options.folds}-fold cross-validation inside the {num_train} training photos, "
        f"{options.rounds} times with fresh folds (mean ± standard deviation over folds); the {num_valid} validation "
        f"photos chose nothing. On {num_valid} photos one standard deviation of sampling at 75 % is "
        f"{100 * (0.75 * 0.25 / num_valid) ** 0.5:.1f} points, in part the same for all ways, as all read the same "
        f"photos. Pretrained on {num_drawn:,} images of insects.py, {options.pre_epochs} epochs, "
        f"{pretrained['seconds']:.0f} s, {100 * pretrained['accuracy']:.1f} % of its {num_kinds} classes; "
        "ants and bees are among the kinds drawn there."
        + (
            " The runs were kept, and the minutes above may be those of the last call alone."
            if options.keep
            else ""
        )
    )


if __name__ == "__main__":
    main()
