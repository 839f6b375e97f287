"""Folders of pictures that tests write, and their listings."""

from pathlib import Path

import numpy as np
from PIL import Image

from fudemoji.data.listing import Item, Listing
from fudemoji.data.sets import LabelClass


def write_photos(folder: Path, num: int, *, size=(40, 30), mode="RGB", suffix="png", seed=0) -> Path:
    """So many pictures of noise, 000.png and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for number in range(num):
        pixels = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).convert(mode).save(folder / f"{number:03}.{suffix}")
    return folder


def list_files(folder: Path, *, kind="photos") -> Listing:
    """Every file of the folder as an item of one class."""
    items = []
    for path in sorted(folder.iterdir()):
        facts = path.stat()
        items.append(
            Item(path.name, (0,), path.read_bytes, stamp=(facts.st_size, facts.st_mtime_ns), path=path)
        )
    return Listing(folder.name, str(folder), kind, (LabelClass("a"),), tuple(items))
