"""Peak resident memory of training on a set as large as Kuzushiji-49.

Random images in Kuzushiji-49's own npz files; the whole command `fudemoji train FOLDER` is measured,
reading and validation included, in a process of its own whose peak the kernel reports when it ends
(wait4). This process stays small: a child's peak starts at its parent's.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import turns


def make_set(turn: turns.Turn, *, folder: str, num_images: int, num_classes: int, side: int) -> None:
    """Write random images under Kuzushiji-49's official names; the test split is a tenth as large."""
    import numpy as np

    rng = np.random.default_rng(0)
    for split, count in (("train", num_images), ("test", num_images // 10)):
        images = rng.integers(0, 256, (count, side, side), dtype=np.uint8)
        np.savez(Path(folder) / f"k49-{split}-imgs.npz", images)
        np.savez(Path(folder) / f"k49-{split}-labels.npz", (np.arange(count) % num_classes).astype(np.uint8))
    turn({"images": num_images})


def peak(command: list[str]) -> tuple[common.Record, float, float]:
    """The last stdout line of `command` as an object, its peak resident memory in GiB, and its wall time."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process.stdout as lines:
        told = lines.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"exit code {process.returncode}")
    kibibytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return json.loads(told.strip().splitlines()[-1]), kibibytes / 2**20, time.perf_counter() - start


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--models", default="fude-s")
    parser.add_argument("--images", type=int, default=232_365)
    parser.add_argument("--classes", type=int, default=49)
    parser.add_argument("--batch-size", type=int, default=128)
    options = parser.parse_args()
    result = common.Result("Memory", options)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "k49"
        data.mkdir()
        size = {"num_images": options.images, "num_classes": options.classes, "side": 28}
        turns.in_turns({"images": turns.Contestant(make_set, folder=str(data), **size)}, rounds=1)
        for model in common.names(options.models):
            words = [
                "train",
                str(data),
                "--model",
                model,
                "--epochs",
                "1",
                "--batch-size",
                str(options.batch_size),
            ]
            command = [*common.FUDEMOJI, *words, "--output", f"{folder}/runs", "--json"]
            told, memory, seconds = peak(command)
            rows.append(
                {
                    "model": model,
                    "training images": f"{options.images:,}",
                    "classes": options.classes,
                    "peak resident memory, GiB": f"{memory:.2f}",
                    "training, s": f"{told['train_seconds']:.1f}",
                    "whole command, s": f"{seconds:.1f}",
                    "images/s": f"{told['images_per_second']:.0f}",
                }
            )
    result.add(rows)
    megabytes = options.images * 28 * 28 / 1e6
    result.note(f"n = 1. The images alone are {megabytes:.0f} MB as uint8; the bar is under 2 GB (1.86 GiB).")
    result.write()


if __name__ == "__main__":
    main()
