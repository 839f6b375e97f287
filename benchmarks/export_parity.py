"""Every model of the zoo, trained for a few steps and exported: do the files answer as the runs do on 1,000 images?

Each export compares itself and is refused where a probability is off by more than 1e-4; the table tells by how much
they are off, and on how many images another class came out because two are closer than that. The images are the test
images of the set; models of clips see each as four frames that move by a pixel.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

import common
import fudemoji as fm
from fudemoji.data import ImageSet
from fudemoji.errors import ExportFailed
from fudemoji.export import export
from fudemoji.models import CLIP_MODELS, MODELS

SETTINGS = {"batch_size": 64, "recipe": "quick", "test_shifts": 0, "precision": "fp32"}


def as_clips(data: ImageSet) -> ImageSet:
    """Each image as four frames that move to the right."""
    frames = [np.roll(data.images, step, axis=3) for step in range(4)]
    places = {name: places for name, places in data.splits.items() if name in ("train", "valid", "test")}
    clips = np.stack(frames, axis=2)
    return fm.from_arrays(
        clips, data.labels, classes=data.classes, name="moving characters", splits=places, kind="clips"
    )


def rows_of(
    name: str, data: ImageSet, *, steps: int, formats: list[str], images: int
) -> list[dict[str, str]]:
    """Train a model and export it in every format."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        finished = fm.fit(
            data, model=name, epochs=f"{steps}st", output=folder, name="run", trackers=[], **SETTINGS
        )
        for kind in formats:
            start = time.perf_counter()
            row = {"model": name, "accuracy": f"{finished.test_accuracy:.1%}", "format": kind}
            try:
                made = export(finished.run, to=kind, images=images, data=data, output=Path(folder) / kind)
            except ExportFailed as error:
                rows.append({**row, "images": "refused", "greatest difference": str(error)})
                continue
            parity = made.parity
            rows.append(
                {
                    **row,
                    "images": f"{parity.num_images:,}",
                    "greatest difference": f"{parity.greatest:.1e}",
                    "ties": str(parity.num_ties),
                    "batches": " ".join(map(str, parity.batches)),
                    "MB": f"{made.num_bytes / 1e6:.1f}",
                    "seconds": f"{time.perf_counter() - start:.0f}",
                }
            )
            common.say(common.brief(rows[-1]))
    return rows


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--models", type=common.names, default=list(MODELS), help="comma-separated")
    parser.add_argument(
        "--formats", type=common.names, default=["onnx", "torchscript", "safetensors"], help="comma-separated"
    )
    parser.add_argument("--steps", type=int, default=60, help="of each training")
    parser.add_argument("--images", type=int, default=1000, help="to compare on")
    options = parser.parse_args()
    result = common.Result("Exports of every model against their runs", options)
    images = fm.load(options.data)
    clips = as_clips(images) if set(options.models) & set(CLIP_MODELS) else images
    rows = []
    for name in options.models:
        data = clips if name in CLIP_MODELS else images
        rows += rows_of(name, data, steps=options.steps, formats=options.formats, images=options.images)
    result.add(rows)
    num_right = sum(row["images"] != "refused" for row in rows)
    result.note(
        f"{num_right} of {len(rows)} exports answer as their runs: the same likeliest class on every image, ties "
        "excepted, and every probability within 1e-4 (the bar)."
    )
    result.write()


if __name__ == "__main__":
    main()
