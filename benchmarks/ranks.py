"""Several processes against one: weights after an epoch, throughput, and ten kills at random.

Weights: an epoch in fp32 in one process with two threads, in two gloo ranks with one thread each, and, to see what
rounding alone does, in one process with one thread. Throughput: the same two contestants in turns. Kills: a training
under `torchrun --max-restarts`, of which a random rank is killed at a random moment after each start, against the
unbroken one.

    python benchmarks/ranks.py
    python benchmarks/ranks.py --rounds 1 --kills 2 --dry
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import safetensors.numpy

from common import FUDEMOJI, ROOT, Record, Result, parser, ratios, say, summary

EPOCH = ("--epochs", "1", "--precision", "fp32")
CASES = {
    "mlp, AdamW (recipe quick)": ("--model", "mlp"),
    "cnn, AdamW 1e-4": ("--model", "cnn", "--lr", "1e-4"),
    "fude-s, SGD 1e-3": ("--opt", "sgd", "--lr", "1e-3"),
    "fude-s, SGD 1e-3, batch 130 in 3 slices, CutMix, class weights": (
        *("--opt", "sgd", "--lr", "1e-3", "--batch-size", "130", "--accumulate", "3"),
        *("--cutmix", "1", "--class-weights", "balanced"),
    ),
    "fude-s, AdamW 0.02 (recipe quick)": (),
}
SPEEDS = {"mlp": ("--model", "mlp"), "cnn": ("--model", "cnn"), "fude-s": (), "fude-m": ("--model", "fude-m")}
KILLED = ("--epochs", "8", "--checkpoint-minutes", "0.02")


def main() -> None:
    """Measure and write."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5, help="pairs of epochs for throughput")
    options.add_argument("--kills", type=int, default=10, help="ranks killed")
    options.add_argument("--seed", type=int, default=0, help="of the kills")
    options.add_argument("--parts", default="weights,speed,kills", help="which of the three")
    chosen = options.parse_args()
    result = Result("Several processes", chosen)
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        if "weights" in chosen.parts:
            result.add(
                list(weights(chosen, runs)), title="Weights after an epoch in fp32, against one process"
            )
        if "speed" in chosen.parts:
            result.add(
                list(speed(chosen, runs)), title="Throughput in the number format that the machine is best at"
            )
        if "kills" in chosen.parts:
            result.add([kills(chosen, runs)], title="Ranks killed at random")
    result.write()


# --- equal weights -----------------------------------------------------------


def weights(options: argparse.Namespace, runs: Path) -> Iterator[Record]:
    """How far the weights of two ranks are from those of one process, case by case."""
    for number, (case, flags) in enumerate(CASES.items()):
        names = {"one": f"{number}-one", "threads": f"{number}-threads", "ranks": f"{number}-ranks"}
        train(options, runs, names["one"], *EPOCH, *flags, ranks=1, threads=2)
        train(options, runs, names["threads"], *EPOCH, *flags, ranks=1, threads=1)
        train(options, runs, names["ranks"], *EPOCH, *flags, ranks=2, threads=1)
        ends = {name: runs / folder for name, folder in names.items()}
        record = {
            "case": case,
            "two ranks: largest difference": f"{furthest(ends['one'], ends['ranks']):.1e}",
            "one thread instead of two: largest difference": f"{furthest(ends['one'], ends['threads']):.1e}",
            "test accuracy, one process": f"{accuracy(ends['one']):.2%}",
            "two ranks": f"{accuracy(ends['ranks']):.2%}",
        }
        say(case)
        yield record


def furthest(one: Path, other: Path) -> float:
    """The largest difference between two runs' weights, buffers and averages."""
    first, second = (
        safetensors.numpy.load_file(run / "checkpoints/last.safetensors") for run in (one, other)
    )
    names = [name for name in first if not name.startswith("optimiser/")]
    return max(float(np.abs(first[name].astype(float) - second[name].astype(float)).max()) for name in names)


def accuracy(run: Path) -> float:
    """The test accuracy that a run ended with."""
    return float(events(run, "run_finished")[-1]["test_accuracy"])


# --- throughput --------------------------------------------------------------


def speed(options: argparse.Namespace, runs: Path) -> Iterator[Record]:
    """Images a second in epochs by turns."""
    for model, flags in SPEEDS.items():
        found: dict[str, list[float]] = {"one": [], "two": []}
        for number in range(options.rounds):
            for name, ranks in (("one", 1), ("two", 2)):
                run = train(
                    options,
                    runs,
                    f"{model}-{number}-{name}",
                    *flags,
                    "--epochs",
                    "2",
                    ranks=ranks,
                    threads=2 // ranks,
                )
                seconds = events(run, "epoch_done")[-1][
                    "seconds"
                ]  # the second epoch: nothing is made any more
                steps = events(run, "run_started")[-1]
                found[name].append(steps["steps_per_epoch"] * steps["batch_size"] / seconds)
            say(f"{model}: {found['one'][-1]:,.0f} and {found['two'][-1]:,.0f} images/s")
        yield {
            "model": model,
            "one process, two threads: images/s": summary(found["one"], 0),
            "two ranks, one thread each": summary(found["two"], 0),
            "ratio": summary(ratios(found["two"], found["one"])),
        }


# --- kills -------------------------------------------------------------------


def kills(options: argparse.Namespace, runs: Path) -> Record:
    """Train with kills and without; whether both end alike."""
    start = time.perf_counter()
    whole = train(options, runs, "unbroken", *KILLED, ranks=2, threads=1)
    seconds = time.perf_counter() - start
    command, environment = launched(
        options, runs, "killed", *KILLED, ranks=2, threads=1, restarts=options.kills
    )
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    rng, killed, before = random.Random(options.seed), [], set()
    while process.poll() is None and len(killed) < options.kills:
        pids = set(children(process.pid))
        if len(pids) < 2 or pids & before:  # the ranks of the last kill are still leaving
            time.sleep(0.02)
            continue
        wait = rng.uniform(0, seconds / 2)
        time.sleep(wait)
        rank = rng.randrange(2)
        if process.poll() is None and set(children(process.pid)) == pids:
            os.kill(sorted(pids)[rank], signal.SIGKILL)
            killed.append(f"{wait:.1f}")
            say(f"killed one of the ranks after {wait:.1f} s, at step {last_step(runs / 'killed')}")
        before = pids
    exit_code = process.wait()
    starts = [event["step"] for event in events(runs / "killed", "run_started")]
    return {
        "kills": len(killed),
        "seconds after a start of the ranks": ", ".join(killed),
        "went on from step": ", ".join(map(str, starts)),
        "exit code": exit_code,
        "checkpoints and predictions bit for bit those of the unbroken run": "yes"
        if alike(runs / "killed", whole)
        else "no",
    }


def alike(one: Path, other: Path) -> bool:
    """Whether two runs hold the same weights, states, averages and predictions, bit for bit."""
    for name in ("last", "best"):
        first, second = (
            safetensors.numpy.load_file(run / f"checkpoints/{name}.safetensors") for run in (one, other)
        )
        if first.keys() != second.keys() or any(
            first[key].tobytes() != second[key].tobytes() for key in first
        ):
            return False
    arrays = [np.load(run / "predictions.npz") for run in (one, other)]
    return all(arrays[0][key].tobytes() == arrays[1][key].tobytes() for key in arrays[0])


def children(pid: int) -> list[int]:
    """The processes that a torchrun has started."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def last_step(run: Path) -> int:
    """How far a run is."""
    steps = events(run, "steps_done") if (run / "events.jsonl").exists() else []
    return int(steps[-1]["step"]) if steps else 0


# --- one training ------------------------------------------------------------


def train(options: argparse.Namespace, runs: Path, name: str, *flags: str, ranks: int, threads: int) -> Path:
    """A finished run."""
    command, environment = launched(options, runs, name, *flags, ranks=ranks, threads=threads)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return runs / name


def launched(
    options: argparse.Namespace,
    runs: Path,
    name: str,
    *flags: str,
    ranks: int,
    threads: int,
    restarts: int = 0,
) -> tuple[Sequence[str], dict[str, str]]:
    """The command of a training, by torchrun where it has several ranks, and its environment."""
    torchrun = (
        *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)),
        *("--max-restarts", str(restarts), "-m", "fudemoji"),
    )
    start = FUDEMOJI if ranks == 1 else torchrun
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT / "src")}
    command = [*start, "train", str(options.data), "--output", str(runs), "--name", name, *flags]
    return command, environment


def events(run: Path, kind: str) -> list[Record]:
    """A run's events of a kind."""
    lines = (run / "events.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    return [event for event in map(json.loads, lines) if event["kind"] == kind]


if __name__ == "__main__":
    main()
