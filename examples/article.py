"""The 2019 article "Teach your computer Japanese", from its data to its prediction.

fudemoji data get kmnist            # once, 21 MB
python examples/article.py          # or: DATA --model MODEL --epochs LENGTH
"""

import argparse
from pathlib import Path

import fudemoji as fm
from fudemoji.data import sample_sheet

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("data", nargs="?", default="kmnist", help="a set by name, or a folder")
parser.add_argument("--model", default="resnet34")
parser.add_argument("--epochs", default="10")
parser.add_argument("--output", type=Path, default=Path("runs"))
asked = parser.parse_args()

# the data, and a look at it
data = fm.load(asked.data)
asked.output.mkdir(parents=True, exist_ok=True)
sample_sheet(data).save(asked.output / "samples.png")
print(f"{len(data):,} images of {data.num_classes} classes: {asked.output / 'samples.png'}")

# the learning rate: lr.png has the curve and every rule
how = {"recipe": "article-2019", "model": asked.model, "epochs": asked.epochs}
finding = fm.find_lr(data, **how)
print(f"{finding.verdict.text}; rules: {finding.verdict.rules}; {finding.save(asked.output)[0]}")

# the batch size: those that ran, and the knee of throughput; the article took 128
print(f"batch size: {fm.find_batch_size(data, **how).sizes.reason}; taking 128 as the article did")

# the training with 1cycle, and its report; then one image is read
finished = fm.fit(asked.data, **how, lr=finding.verdict.rules["minimum/10"], output=asked.output)
print(f"accuracy {finished.test_accuracy or finished.valid_accuracy:.2%}: {finished.run}/report.html")
prediction = fm.Predictor(finished.run)(data.images[-1, 0])
print(f"the last image shows {data.classes[data.labels[-1]]} and is read as {prediction.label}")
