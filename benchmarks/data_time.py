"""Time to bring photographs to the network: the first pass, later epochs, and whole epochs of training.

JPEGs of 500x375 in two class folders, made here unless `--photos` names a folder of class folders. Three
contestants read them at 64 px in batches of 128, shuffled, without augmentation: fudemoji (decoded once, from its
cache), Keras' `image_dataset_from_directory`, and torchvision's `ImageFolder` with a DataLoader of 2 workers. Then
fudemoji and torchvision train the same net.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import common
import ours
import peers
import turns

BATCH = 128
PLAIN = {"rotate": 0.0, "zoom": 0.0, "shear": 0.0, "shift": 0.0, "elastic": 0.0, "cutout": 0.0, "mixup": 0.0,
         "cutmix": 0.0}  # fmt: skip


def make_photos(turn: turns.Turn, *, folder: str, num_images: int) -> None:
    """Cuttings of forty large sheets of coarse and fine patterns with some noise, as large as photographs are."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)

    def sheet(width: int, height: int) -> Image.Image:
        total = np.full((height, width, 3), 128, np.float32)
        for side, share in ((4, 0.9), (12, 0.55), (40, 0.35), (120, 0.22)):
            levels = rng.integers(0, 256, (side * 3 // 4, side, 3), dtype=np.uint8)
            large = Image.fromarray(levels).resize((width, height), Image.Resampling.BICUBIC)
            total += (np.asarray(large, np.float32) - 128) * share
        total += rng.normal(0, 4, (height, width, 1))
        return Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))

    sheets = [sheet(700, 525) for _ in range(40)]
    for split, count in (("train", num_images), ("test", 100)):
        for number in range(count):
            place = Path(folder) / split / f"class{number % 2}"
            place.mkdir(parents=True, exist_ok=True)
            left, top = rng.integers(0, 200), rng.integers(0, 150)
            cutting = sheets[number % 40].crop((left, top, left + 500, top + 375))
            cutting.save(place / f"{number:05}.jpg", quality=88)
    turn({"photos": num_images})


# --- data only: a turn is an epoch -------------------------------------------


def fudemoji_data(turn: turns.Turn, *, folder: str, cache: str, side: int) -> None:
    """The first turn is the first pass: list, decode, write; the others are epochs of batches from the cache."""
    from fudemoji.config import resolve
    from fudemoji.data import load
    from fudemoji.data.cache.decoded import Decoding, decode
    from fudemoji.data.loader import list_source
    from fudemoji.training.workbench import Workbench

    start = time.perf_counter()
    listing = list_source(Path(folder), scratch=Path(cache))
    decode(listing, Decoding(size=side), root=Path(cache))
    turn({"seconds": time.perf_counter() - start, "num_images": len(listing.items)})
    data = load(Path(folder), decoding=Decoding(size=side), cache_dir=cache)
    bench = Workbench.of(resolve("quick", {"valid": 0.0, "model": "mlp", **PLAIN}), data)
    batches, step = bench.batches(BATCH), 0
    while True:
        start, count = time.perf_counter(), 0
        for _ in range(batches.steps_per_epoch):
            count += len(batches.at(step)[0])
            step += 1
        turn({"seconds": time.perf_counter() - start, "num_images": count})


def keras_data(turn: turns.Turn, *, folder: str, side: int) -> None:
    """`image_dataset_from_directory` as its documentation shows it, which prefetches."""
    import keras

    dataset = keras.utils.image_dataset_from_directory(
        Path(folder) / "train", image_size=(side, side), batch_size=BATCH, verbose=False
    )
    while True:
        start, count = time.perf_counter(), 0
        for images, _ in dataset:
            count += len(images)
        turn({"seconds": time.perf_counter() - start, "num_images": count})


def torchvision_loader(folder: str, side: int) -> Any:
    """`ImageFolder` under a DataLoader with 2 workers, which stay between epochs."""
    import torch
    from torchvision import datasets, transforms

    cut = transforms.Compose(
        [transforms.Resize(side), transforms.CenterCrop(side), transforms.ToTensor(),
         transforms.Normalize([0.5] * 3, [0.25] * 3)]
    )  # fmt: skip
    images = datasets.ImageFolder(str(Path(folder) / "train"), cut)
    return torch.utils.data.DataLoader(images, BATCH, shuffle=True, num_workers=2, persistent_workers=True)


def torchvision_data(turn: turns.Turn, *, folder: str, side: int) -> None:
    """Epochs of batches."""
    loader = torchvision_loader(folder, side)
    while True:
        start, count = time.perf_counter(), 0
        for images, _ in loader:
            count += len(images)
        turn({"seconds": time.perf_counter() - start, "num_images": count})


def torchvision_epochs(turn: turns.Turn, *, folder: str, side: int, model: str) -> None:
    """A plain loop, fp32, as torchvision's references train; a turn is an epoch."""
    import torch

    import fudemoji as fm

    net = fm.build_model(model, in_channels=3, num_classes=2, image_size=side).to(peers.best_device()).train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3)
    loader = torchvision_loader(folder, side)
    while True:
        start, count = time.perf_counter(), 0
        for images, labels in loader:
            logits = net(images.to(peers.best_device()))
            loss = torch.nn.functional.cross_entropy(logits, labels.to(peers.best_device()))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            count += len(images)
        peers.finish_device_work()
        turn({"seconds": time.perf_counter() - start, "num_images": count})


# --- the comparison ----------------------------------------------------------


def first_passes(photos: str, folder: str, side: int, rounds: int) -> list[float]:
    """Seconds of the first pass, each in a process and a cache of its own."""
    found = []
    for number in range(rounds):
        contestant = turns.Contestant(
            fudemoji_data, folder=photos, cache=f"{folder}/cache{number}", side=side
        )
        found.append(turns.in_turns({"first pass": contestant}, rounds=1)["first pass"][0]["seconds"])
    return found


def compare(result: common.Result, records: dict[str, list[common.Record]], *, title: str) -> None:
    """A table of the epochs after the first, and how many times longer the others take than fudemoji."""
    seconds = {  # a last batch that is not full waits for fudemoji's next epoch
        name: [1000 * record["seconds"] / record["num_images"] for record in found[1:]]
        for name, found in records.items()
    }
    result.add(
        [
            {
                "contestant": name,
                "seconds for 1,000 images, median (range)": common.summary(taken, 3),
                "first turn, s": f"{records[name][0]['seconds']:.2f}",
                "images": records[name][-1]["num_images"],
                "times fudemoji's": common.summary(common.ratios(taken, seconds["fudemoji"]), 1),
            }
            for name, taken in seconds.items()
        ],
        title=title,
    )


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--images", type=int, default=4_000)
    parser.add_argument(
        "--photos", help="a folder with train/ and test/ of class folders, instead of made ones"
    )
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=6, help="turns; the first is the warm-up")
    parser.add_argument("--model", default="fude-s")
    options = parser.parse_args()
    result = common.Result("Data time: decoded once, or every epoch", options)
    with tempfile.TemporaryDirectory() as folder:
        photos = options.photos or f"{folder}/photos"
        if not options.photos:
            made = turns.Contestant(make_photos, folder=photos, num_images=options.images)
            turns.alone("photos", made)
        same, rounds = {"folder": photos, "side": options.side}, options.rounds
        data = turns.in_turns(
            {
                "fudemoji": turns.Contestant(fudemoji_data, cache=f"{folder}/cache", **same),
                "Keras": turns.Contestant(keras_data, **same),
                "torchvision": turns.Contestant(torchvision_data, **same),
            },
            rounds=rounds,
        )
        compare(result, data, title="Data alone; fudemoji's first turn is its first pass")
        first = first_passes(photos, folder, options.side, min(3, rounds))
        faster = min(
            statistics.median(r["seconds"] for r in data[name][1:]) for name in ("Keras", "torchvision")
        )
        result.note(
            "First pass (list, decode, write; with it the 100 photographs for testing): "
            f"{common.summary(first)} s, n = {len(first)}, "
            f"each in a new process; an epoch of the faster peer takes {faster:.2f} s."
        )
        values = {"data": photos, "cache_dir": f"{folder}/cache", "size": options.side, "epochs": rounds,
                  "batch_size": BATCH, "seed": 0, "valid": 0.0, "model": options.model, **PLAIN}  # fmt: skip
        training = turns.in_turns(
            {
                "fudemoji": turns.Contestant(ours.epochs, recipe="quick", **values),
                "torchvision": turns.Contestant(torchvision_epochs, model=options.model, **same),
            },
            rounds=rounds,
        )
        compare(result, training, title=f"Whole epochs of {options.model}, without augmentation")
    result.note(
        f"n = {rounds - 1} epochs each after a warm-up, in turns. Made photographs have about the bytes of real ones "
        "(50 KB) and no faces; `--photos ../shared/data/hymenoptera`-like folders can be given instead. The bars: data "
        "time a fifth of either peer's, whole epochs half of torchvision's, the first pass no slower than one epoch of "
        "the faster peer."
    )
    result.write()


if __name__ == "__main__":
    main()
