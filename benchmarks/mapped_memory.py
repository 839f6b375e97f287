"""Resident memory of training on a cached set that is larger than what may stay in memory.

Random images of 64x64x3 are decoded into a cache entry by one process; another finds the entry and trains on it
for an epoch, from `decode` to the report, while its resident size is sampled from /proc. The first process is
measured too. Files of PPM are made up as they are read: nothing but the cache is on the disk.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import common
import turns

HEAD = b"P6\n%d %d\n255\n"


class Sampler(threading.Thread):
    """Samples this process's resident size; `peak` in GB, and the share of it that is pages of files."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.peak_of_files, self.done = 0.0, 0.0, threading.Event()

    def run(self) -> None:
        """Until `done` is set."""
        while not self.done.wait(0.02):
            with Path("/proc/self/status").open(encoding="ascii") as file:
                sizes = {key: rest for key, _, rest in (line.partition(":") for line in file)}
            resident = int(sizes["VmRSS"].split()[0]) * 1024 / 1e9
            if resident > self.peak:
                self.peak, self.peak_of_files = resident, int(sizes["RssFile"].split()[0]) * 1024 / 1e9


def listing(num_images: int, side: int) -> Any:
    """Images out of one block of random bytes, each from a place of its own."""
    import numpy as np

    from fudemoji.data.listing import Item, Listing
    from fudemoji.data.sets import LabelClass

    size, span = side * side * 3, 1 << 24
    block = np.random.default_rng(0).integers(0, 256, span + size, dtype=np.uint8).tobytes()

    def read(number: int) -> bytes:
        start = number * 7919 % span
        return HEAD % (side, side) + block[start : start + size]

    items = tuple(
        Item(f"{number:06}.ppm", (number % 10,), partial(read, number), stamp=(number,))
        for number in range(num_images)
    )
    return Listing("random", "nowhere", "photos", tuple(LabelClass(str(k)) for k in range(10)), items)


def make(turn: turns.Turn, *, root: str, num_images: int, side: int) -> None:
    """The first pass."""
    from fudemoji.data.cache.decoded import Decoding, decode

    files, sampler, start = listing(num_images, side), Sampler(), time.perf_counter()
    sampler.start()
    decode(files, Decoding(size=side, channels=3), root=Path(root))
    sampler.done.set()
    turn({"step": "first pass", "seconds": time.perf_counter() - start, "peak": sampler.peak,
          "files": sampler.peak_of_files})  # fmt: skip


def train(turn: turns.Turn, *, root: str, num_images: int, side: int, model: str, output: str) -> None:
    """Find the entry, train an epoch, evaluate, write the report."""
    import numpy as np

    import fudemoji as fm
    from fudemoji.data.cache.decoded import Decoding, decode

    files, sampler, start = listing(num_images, side), Sampler(), time.perf_counter()
    sampler.start()
    decoded = decode(files, Decoding(size=side, channels=3), root=Path(root))
    found = time.perf_counter() - start
    places, test = np.arange(num_images), num_images // 10
    images = fm.ImageSet(
        name="random", images=decoded.images, labels=places % 10, classes=files.classes, digest=decoded.digest,
        splits={"train": places[test:], "test": places[:test]}, kind="photos",
    )  # fmt: skip
    run = fm.fit(images, model=model, epochs=1, output=output)
    sampler.done.set()
    turn({"step": "an epoch", "seconds": time.perf_counter() - start, "peak": sampler.peak,
          "files": sampler.peak_of_files, "found": found, "train_seconds": run.train_seconds})  # fmt: skip


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--model", default="mlp")
    parser.add_argument("--folder", help="where the cache is made; else the system's temporary folder")
    options = parser.parse_args()
    result = common.Result("Memory of training from a cached set", options)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        same = {"root": f"{folder}/cache", "num_images": options.images, "side": options.side}
        (first,) = turns.alone("first pass", turns.Contestant(make, **same))
        (epoch,) = turns.alone(
            "an epoch", turns.Contestant(train, model=options.model, output=f"{folder}/runs", **same)
        )
    result.add(
        [
            {
                "process": record["step"],
                "peak resident memory, GB": f"{record['peak']:.2f}",
                "of it pages of files (libraries and the map), GB": f"{record['files']:.2f}",
                "seconds": f"{record['seconds']:.1f}",
            }
            for record in (first, epoch)
        ]
    )
    size = options.images * options.side**2 * 3 / 1e9
    result.note(
        f"n = 1. {options.images:,} images of {options.side}x{options.side}x3, {size:.2f} GB; model {options.model}; "
        f"the entry was found in {epoch['found']:.2f} s, the training itself took {epoch['train_seconds']:.1f} s. "
        f"The bar is a peak under 1.5 GB. {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB "
        "of memory: the system keeps the file in its cache, so that this is no measure of a disk."
    )
    result.write()


if __name__ == "__main__":
    main()
