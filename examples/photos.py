"""Photographs of your own, from a folder of class folders to a prediction.

python examples/photos.py path/to/photos          # or: --model MODEL --epochs LENGTH --size PIXELS
"""

import argparse
from pathlib import Path

import fudemoji as fm
from fudemoji.data.cache.decoded import Decoding

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("data", type=Path, help="class folders, a CSV, a zip, a tar or a parquet file")
parser.add_argument("--model", default="fude-s")
parser.add_argument("--epochs", default="10")
parser.add_argument("--size", type=int, default=64)
parser.add_argument("--output", type=Path, default=Path("runs"))
asked = parser.parse_args()

# decoded once; what was left out, and how it was cut
data = fm.load(asked.data, decoding=Decoding(size=asked.size))
print(*data.notes, sep="\n")
for name, indices in data.splits.items():
    print(
        f"{name}: {', '.join(f'{n:,} {c}' for c, n in zip(data.classes, data.class_counts(indices), strict=True))}"
    )

# the training, which finds the same set by its path, so that it can be resumed from anywhere
finished = fm.fit(
    str(asked.data), model=asked.model, epochs=asked.epochs, size=asked.size, output=asked.output
)
print(f"accuracy {finished.test_accuracy or finished.valid_accuracy:.2%}: {finished.run}/report.html")

# one image of it, read again
place = int(data.splits["test" if "test" in data.splits else "valid"][0])
image = data.images[place].transpose(1, 2, 0)
print(f"{data.names[place]} shows {data.classes[data.labels[place]]} and is taken for", end=" ")
print(fm.Predictor(finished.run)(image).label)
