"""Images a second of a trained fude-s on one thread: PNG files of 28x28 in memory, in batches and one by one.

The peer is what is often written: Pillow, a model in fp32, a softmax, one image a call.
"""

import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import common
from fudemoji import fit
from fudemoji.predictor import Predictor, load_trained
from fudemoji.predictor.preparing import Preparation
from fudemoji.runs import open_run
from fudemoji.training.sources import stored_set

TOGETHER = 64


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--run", type=Path, help="a run of fude-s; trained for --epochs where not given")
    parser.add_argument("--epochs", default="3")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    result = common.Result("Prediction on one thread", options)
    with trained(options) as run:
        contestants = ways(run, files(run))
        times = measured(contestants, options.rounds)
    rows = [
        {
            "what": name,
            "microseconds an image, median (range)": common.summary(each, 1),
            "images/s": f"{1e6 / sorted(each)[len(each) // 2]:,.0f}",
        }
        for name, each in times.items()
    ]
    result.add(rows)
    result.note(f"n = {options.rounds} interleaved rounds of {TOGETHER} files each, one thread.")
    result.write()


@contextmanager
def trained(options: common.argparse.Namespace) -> Iterator[Path]:
    """A run of fude-s."""
    if options.run:
        yield options.run
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(
            fit(str(options.data), model="fude-s", epochs=options.epochs, output=folder, trackers=[]).run
        )


def files(run: Path) -> list[bytes]:
    """Test images as PNG files."""
    data = stored_set(open_run(run))
    found = []
    for image_HW in data.images[data.indices("test")[:TOGETHER], 0]:
        file = io.BytesIO()
        Image.fromarray(image_HW).save(file, "PNG")
        found.append(file.getvalue())
    return found


def ways(run: Path, pngs: Sequence[bytes]) -> dict[str, Callable[[], object]]:
    """What is timed: each call reads all files."""
    predictor, own = Predictor(run, device="cpu"), load_trained(run, device="cpu")
    preparation = Preparation.of(own.sheet, own.settings)
    shifts = own.settings.loop.test_shifts

    def in_parts(size: int) -> Callable[[], object]:
        parts = [pngs[start : start + size] for start in range(0, len(pngs), size)]
        return lambda: [predictor.answers(part, shifts=0) for part in parts]

    def plain() -> list[list[float]]:
        found = []
        with torch.no_grad():
            for content in pngs:
                pixels_HW = np.asarray(Image.open(io.BytesIO(content)).convert("L"), dtype=np.float32)
                images_BCHW = torch.from_numpy((pixels_HW - own.pixels.mean[0]) / own.pixels.std[0])[
                    None, None
                ]
                found.append(own.model(images_BCHW.float()).softmax(1)[0].tolist())
        return found

    return {
        "decoded and prepared, 64 together": lambda: preparation.prepare(pngs),
        "predicted, 64 together": in_parts(64),
        "predicted, 16 together": in_parts(16),
        "predicted, one by one": in_parts(1),
        f"predicted, 64 together, averaged over shifts of {shifts}": lambda: predictor.answers(pngs),
        "the peer, one by one": plain,
    }


def measured(contestants: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Microseconds an image, round by round."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, work in contestants.items():
            start = time.perf_counter()
            work()
            if number:  # the first is to warm up
                times[name].append((time.perf_counter() - start) / TOGETHER * 1e6)
    return times


if __name__ == "__main__":
    main()
