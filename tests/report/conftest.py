"""A run folder with real pieces and made-up content."""

import dataclasses
import math

import numpy as np
import pytest

from fudemoji.config import resolve
from fudemoji.events import EpochDone, Evaluated, Note, RunFinished, RunStarted, StepsDone, to_json
from fudemoji.metrics import Predictions, choose_samples, summarise
from fudemoji.runs import Run, describe_environment

KANA = (
    "おきすつなはまやれを"
    + "".join(chr(0x30A2 + k) for k in range(80))
    + "".join(chr(0x4E00 + k) for k in range(400))
)


@dataclasses.dataclass
class Fake:
    """What a fake run is made of; every test changes what it is about."""

    num_classes: int = 10
    num_images: int = 600
    split: str = "test"
    accuracy: float = 0.97
    values: dict = dataclasses.field(default_factory=lambda: {"epochs": 4, "data": "kmnist"})
    splits: dict = dataclasses.field(default_factory=lambda: {"train": 7200, "valid": 800, "test": 600})
    sheet: dict = dataclasses.field(default_factory=dict)
    classes: list | None = None
    images: np.ndarray | None = None
    labels: np.ndarray | None = None
    state: str = "finished"
    with_predictions: bool = True
    with_samples: bool = True
    epochs: int = 4


def drawn_images(labels, *, rng):
    """Images uint8 (N, 1, 28, 28): bars whose slant and place tell the class, with noise."""
    rows, columns = np.mgrid[0:28, 0:28]
    angles = labels[:, None, None] * 0.7 + rng.normal(0, 0.05, (len(labels), 1, 1))
    away = (rows - 14) * np.cos(angles) + (columns - 14) * np.sin(angles) - (labels[:, None, None] % 5 - 2)
    ink = np.exp(-(away**2) / 6) * (np.hypot(rows - 14, columns - 14) < 11)
    return np.clip(ink * 235 + rng.normal(0, 6, ink.shape) * (ink > 0.02), 0, 255).astype(np.uint8)[:, None]


def made_up_predictions(labels, *, num_classes, accuracy, split, rng):
    """Predictions whose errors cluster on neighbouring classes."""
    count = len(labels)
    near = (labels + rng.choice([1, 1, 1, 2, 3], count)) % num_classes
    wrong = rng.uniform(size=count) > accuracy ** (1 + labels % 3)
    probs = rng.dirichlet(np.full(num_classes, 0.05), count) * 0.02
    best = 0.6 + 0.4 * rng.beta(4, 1.2, count)
    probs[np.arange(count), near] += np.where(wrong, best, 1 - best)
    probs[np.arange(count), labels] += np.where(wrong, 1 - best, best)
    probs /= probs.sum(axis=1, keepdims=True)
    top = np.argsort(-probs, axis=1, kind="stable")[:, : min(5, num_classes)]
    return Predictions(
        split=split,
        indices_N=np.arange(count) + 8000,
        labels_N=labels,
        top_labels_NT=top,
        top_probs_NT=np.take_along_axis(probs, top, axis=1).astype(np.float32),
        label_probs_N=probs[np.arange(count), labels].astype(np.float32),
        num_classes=num_classes,
    )


def course(fake, *, name="run", model="fude-s"):
    """Events of a training with a one-cycle rate, up to its end or somewhere in the middle."""
    total, an_epoch = fake.epochs * 56, 56
    yield RunStarted(
        run=name,
        recipe="quick",
        data="kmnist",
        model=model,
        num_parameters=312_458,
        num_train=7200,
        num_valid=fake.splits.get("valid", 0),
        num_classes=fake.num_classes,
        epochs=fake.epochs,
        total_steps=total,
        steps_per_epoch=an_epoch,
        batch_size=128,
        device="cpu",
        precision="bf16",
    )
    yield Note(text="precision bf16 and channels_last: this CPU has AMX")
    for step in range(2, total + 1, 2):
        part = step / total
        lr = 0.02 * (
            math.sin(math.pi * part / 0.5) if part < 0.25 else math.cos(math.pi * (part - 0.25) / 1.5)
        )
        loss = 0.52 + 1.9 * math.exp(-6 * part) + 0.05 * math.sin(step * 1.7)
        momentum = 0.95 - 0.1 * lr / 0.02
        yield StepsDone(
            step=step, epoch=step / an_epoch, loss=loss, lr=lr, momentum=momentum, images_per_second=5900
        )
        if step % an_epoch == 0:
            epoch = step // an_epoch
            yield EpochDone(step=step, epoch=epoch, train_loss=loss, seconds=1.31)
            if "valid" in fake.splits:
                yield Evaluated(
                    step=step,
                    epoch=epoch,
                    split="valid",
                    num_images=800,
                    loss=0.4 * math.exp(-epoch),
                    accuracy=1 - 0.1 * math.exp(-epoch),
                    balanced_accuracy=0.97,
                    seconds=0.1,
                )
        if fake.state != "finished" and part > 0.6:
            return
    if "test" in fake.splits:
        yield Evaluated(
            step=total,
            epoch=fake.epochs,
            split="test",
            num_images=fake.num_images,
            loss=0.05,
            accuracy=0.97,
            balanced_accuracy=0.97,
            seconds=0.2,
        )
    yield RunFinished(
        run=name,
        step=total,
        recipe="quick",
        model=model,
        parameters=312_458,
        epochs=fake.epochs,
        train_seconds=5.3,
        images_per_second=5903.2,
        valid_accuracy=None,
        test_accuracy=None,
    )


def build(fake: Fake, folder, name="2026-11-20-kmnist-fude-s-a3f") -> Run:
    """The run folder that `fake` describes."""
    rng = np.random.default_rng(1)
    run = Run(folder / name)
    run.path.mkdir(parents=True)
    settings = resolve("quick", fake.values)
    (run.path / "config.json").write_text(settings.model_dump_json(), encoding="utf-8")
    run.write_json("env", describe_environment())
    classes = fake.classes or [
        {"id": f"U+{ord(KANA[k]):04X}", "glyph": KANA[k], "romanisation": f"r{k}"}
        for k in range(fake.num_classes)
    ]
    classes = [
        {"counts": {split: size // fake.num_classes for split, size in fake.splits.items()}, **c}
        for c in classes
    ]
    run.write_json(
        "data",
        {
            "name": "kmnist",
            "source": "https://codh.rois.ac.jp/kmnist/",
            "licence": "CC BY-SA 4.0",
            "credit": "“KMNIST Dataset” (created by CODH), adapted from “Kuzushiji Dataset” "
            "(created by NIJL and others), doi:10.20676/00000341",
            "synthetic": False,
            "fingerprint": "5e" * 32,
            "image_size": [28, 28],
            "channels": 1,
            "num_classes": fake.num_classes,
            "splits": fake.splits,
            "classes": classes,
            "mean": [0.1904],
            "std": [0.3475],
            **fake.sheet,
        },
    )
    run.events_path.write_text(
        "".join(to_json(event) + "\n" for event in course(fake, name=name)), encoding="utf-8"
    )
    run.set_status(fake.state, step=224)
    if fake.with_predictions:
        labels = fake.labels if fake.labels is not None else np.arange(fake.num_images) % fake.num_classes
        made = made_up_predictions(
            labels.astype(np.int64),
            num_classes=fake.num_classes,
            accuracy=fake.accuracy,
            split=fake.split,
            rng=rng,
        )
        run.write_arrays("predictions", made.to_arrays())
        run.write_json("metrics", summarise(made).to_dict())
        if fake.with_samples:
            chosen = choose_samples(made)
            images = fake.images if fake.images is not None else drawn_images(labels, rng=rng)
            run.write_arrays("samples", {"indices": chosen, "images": images[chosen - 8000]})
    return run


@pytest.fixture
def make_run(tmp_path):
    """A function that builds a fake run from the fields of `Fake`."""
    return lambda **changes: build(Fake(**changes), tmp_path / "runs")
