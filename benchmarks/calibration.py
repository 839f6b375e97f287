"""How far an overfitted model's probabilities are from what comes true, before and after its temperature.

No augmentation, no smoothing, no average, many epochs: the training loss goes to nothing, and every answer sounds
certain. The validation images choose the temperature at the end of each training; the figures are those of the test
split, as trust.json tells them. The accuracy is counted before and after.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import common
import fudemoji as fm
from fudemoji.runs import Run
from fudemoji.trust import Trust, read_trust

OVERFITTED = {"policy": "none", "smoothing": 0.0, "ema": 0, "test_shifts": 0, "weight_decay": 0.0}


def main() -> None:
    """Train every model on every seed and print the table."""
    parser = common.parser(__doc__)
    parser.add_argument("--models", default="mlp,cnn,fude-s", help="separated by commas")
    parser.add_argument("--epochs", default="30")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    result = common.Result("Calibration of overfitted runs on kmnist-8k", options)
    data = fm.load(str(options.data))
    found: dict[str, list[common.Record]] = {}
    for model in common.names(options.models):
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                settings = {**OVERFITTED, "model": model, "epochs": options.epochs, "seed": seed}
                done = fm.fit(data, recipe="quick", output=folder, trackers=[], **settings)
                found.setdefault(model, []).append(figures(Run(Path(done.run)), data.num_classes))
            common.say(f"{model}, seed {seed}: {common.brief(found[model][-1])}")
    result.add([row(model, records) for model, records in found.items()])
    records = [record for each in found.values() for record in each]
    halved = sum(record["error after"] <= record["error before"] / 2 for record in records)
    result.note(
        f"n = {options.seeds} seeds a model, {options.epochs} epochs of quick without augmentation, smoothing, weight "
        f"decay and average; the temperature is chosen by {len(data.indices('train')) // 10:,} validation images, the "
        f"figures are those of {len(data.indices('test')):,} test images. Mean ± standard deviation over seeds. "
        f"Calibration error over 15 bins of equal width; perfect ones are answers as sure that come true as "
        f"often as they say: their error is chance alone. At least halved in {halved} of {len(records)} runs; the "
        f"accuracy differs in {sum(record['accuracy before'] != record['accuracy after'] for record in records)}. "
        "kmnist-8k is a split inside the official test set: never compare it with published KMNIST figures."
    )
    result.write()


def figures(run: Run, num_classes: int) -> common.Record:
    """What trust.json tells of the test split, beside the accuracy that the training measured."""
    trust = read_trust(run, num_classes=num_classes, multi_label=False)
    found = trust.splits["test"]
    return {
        "temperature": trust.temperature,
        "error before": 100 * found.before.expected_error,
        "error after": 100 * found.after.expected_error,
        "least error": 100 * least_error(trust),
        "loss before": found.before.log_loss,
        "loss after": found.after.log_loss,
        "accuracy before": 100 * run.read_json("metrics")["accuracy"],
        "accuracy after": 100 * found.accuracy,
    }


def least_error(trust: Trust) -> float:
    """The mean error that answers of these confidences would show if they were perfectly calibrated: chance alone."""
    rng = np.random.default_rng(0)
    counts, confidences = (
        np.array(column) for column in list(zip(*trust.splits["test"].after.bins, strict=True))[:2]
    )
    shares = rng.binomial(counts, confidences, size=(2000, len(counts))) / counts
    return float((np.abs(shares - confidences) * counts).sum(axis=1).mean() / counts.sum())


def row(model: str, records: list[common.Record]) -> dict[str, str]:
    """One model over all seeds."""

    def told(name: str, digits: int = 2) -> str:
        return common.mean_spread([record[name] for record in records], digits)

    return {
        "model": model,
        "temperature": told("temperature"),
        "calibration error before, %": told("error before"),
        "after, %": told("error after"),
        "of perfect ones, %": told("least error"),
        "log-loss before": told("loss before", 3),
        "after": told("loss after", 3),
        "accuracy before, %": told("accuracy before"),
        "after (the same), %": told("accuracy after"),
    }


if __name__ == "__main__":
    main()
