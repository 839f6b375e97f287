"""Which test images several trained runs get wrong again and again: what caps the accuracy.

Takes run folders of one set, as `recipes.py --keep FOLDER` leaves them, and reads their predictions.npz. An image
that every run gets wrong, and all in the same way, is probably mislabelled or ambiguous.
"""

import collections
from argparse import Namespace
from pathlib import Path

import numpy as np

import common


def main() -> None:
    """Count, print, write, and draw the images if asked to."""
    parser = common.parser(__doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="run folders")
    parser.add_argument("--sheet", type=Path, help="draw the images into this PNG file")
    options = parser.parse_args()
    from fudemoji.runs import open_run

    runs = [open_run(path) for path in options.runs]
    classes = [c["glyph"] or c["id"] for c in runs[0].read_json("data")["classes"]]
    wrong: dict[int, list[str]] = collections.defaultdict(list)
    truth: dict[int, str] = {}
    for run in runs:
        arrays = run.read_arrays("predictions")
        for row in np.flatnonzero(arrays["top_labels"][:, 0] != arrays["labels"]):
            place = int(arrays["indices"][row])
            wrong[place].append(f"{classes[arrays['top_labels'][row, 0]]} {arrays['top_probs'][row, 0]:.0%}")
            truth[place] = classes[arrays["labels"][row]]
    order = sorted(wrong, key=lambda place: (-len(wrong[place]), place))
    result = common.Result("Test images that stay wrong", options)
    result.add(
        [
            {
                "image": str(p),
                "label": truth[p],
                "runs wrong": str(len(wrong[p])),
                "read as": ", ".join(wrong[p]),
            }
            for p in order
            if len(wrong[p]) * 2 > len(runs)
        ]
    )
    num_images = len(runs[0].read_arrays("predictions")["labels"])
    always = sum(len(found) == len(runs) for found in wrong.values())
    result.note(
        f"{always} of {num_images} images are wrong in all {len(runs)} runs, {len(wrong)} in at least one: no run of "
        f"this kind gets past {1 - always / num_images:.2%}. The number is the image's place in the set."
    )
    result.write()
    if options.sheet:
        draw(options, runs[0].settings().data.source, [p for p in order if len(wrong[p]) * 2 > len(runs)])


def draw(options: Namespace, source: str, places: list[int]) -> None:
    """The images side by side, ten a row, three times their size, black on white."""
    from PIL import Image

    import fudemoji as fm

    images = 255 - fm.load(source).images[places, 0]
    rows = [images[start : start + 10] for start in range(0, len(images), 10)]
    height, width = images.shape[1:]
    sheet = Image.new("L", (10 * (width + 4), len(rows) * (height + 4)), 255)
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            sheet.paste(Image.fromarray(image), (x * (width + 4), y * (height + 4)))
    sheet.resize((3 * sheet.width, 3 * sheet.height)).save(options.sheet)


if __name__ == "__main__":
    main()
