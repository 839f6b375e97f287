"""Sets of a handful of images, as a server trains on them."""

import csv

import numpy as np
from PIL import Image

from builders import glyphs
from fudemoji.predictor import Predictor
from fudemoji.runs import Run
from fudemoji.training import fit


def write_listing(folder, images_NCHW, names):
    """A table of PNG files with their labels, all for training, as a server writes it."""
    folder.mkdir()
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "split"])
        for place, (image_CHW, name) in enumerate(zip(images_NCHW, names, strict=True)):
            Image.fromarray(image_CHW[0]).save(folder / f"{place}.png")
            rows.writerow([f"{place}.png", name, "train"])
    return str(folder / "labels.csv")


def told(run):
    return [event.text for event in run.events() if hasattr(event, "text")]


def test_five_images_of_two_signs_are_enough_for_signs_never_seen(tmp_path):
    data = glyphs(20, 80, size=16)
    rows = np.flatnonzero(data.labels[:20] < 2)
    names = ["bar", "post"]
    path = write_listing(tmp_path / "few", data.images[rows], [names[k] for k in data.labels[rows]])
    finished = fit(path, output=tmp_path / "runs", valid=0.2, trackers=[])
    run = Run(tmp_path / "runs" / finished.run.rpartition("/")[2])
    assert finished.step == 300
    assert any("a small set: 300 epochs instead of 9" in text for text in told(run))
    assert run.report_path.exists()
    assert run.read_json("trust")["temperature"] == 1.0
    unseen = 20 + np.flatnonzero(data.labels[20:] < 2)
    probs_NK = Predictor(run).probabilities([data.images[place, 0] for place in unseen])
    assert (probs_NK.argmax(axis=1) == data.labels[unseen]).mean() > 0.8


def test_copies_of_one_picture_a_class_are_trained_on_and_nothing_is_measured(tmp_path):
    data = glyphs(4, 0, size=16)
    path = write_listing(tmp_path / "same", np.repeat(data.images[:2], 5, axis=0), ["bar"] * 5 + ["post"] * 5)
    finished = fit(path, output=tmp_path / "runs", epochs=2, model="mlp", trackers=[])
    run = Run(tmp_path / "runs" / finished.run.rpartition("/")[2])
    assert finished.valid_accuracy is None
    assert any("no class has 2 training images that differ" in text for text in told(run))
    assert run.report_path.exists()
