"""Several labels an image, from a list of files to a page: every verb on one set."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from builders import labelled_glyphs
from fudemoji.cli.app import _run
from fudemoji.config import Augment, Balance, resolve
from fudemoji.data import data_sheet, load, sample_sheet
from fudemoji.data.augment import mix
from fudemoji.engine.losses import chance_level
from fudemoji.errors import SettingsError
from fudemoji.evaluation import evaluate
from fudemoji.events import EpochDone, Evaluated, RunStarted
from fudemoji.predictor import Predictor
from fudemoji.runs import Run
from fudemoji.runtime import generator
from fudemoji.training import find_lr, fit, fit_events, resume
from fudemoji.training.workbench import Workbench
from trainings import TINY, differences

LONG = {**TINY, "epochs": 10}


@pytest.fixture(scope="module")
def data():
    return labelled_glyphs(240, 60)


@pytest.fixture(scope="module")
def done(tmp_path_factory, data):
    """The last event and the folder of a run that has learnt the labels."""
    finished = fit(data, output=tmp_path_factory.mktemp("labels"), name="done", trackers=[], **LONG)
    return finished, Run(Path(finished.run))


def test_the_labels_are_learnt_and_the_figures_that_mean_something_are_told(done):
    finished, run = done
    assert finished.test_mean_average_precision > 0.95
    assert finished.test_accuracy > 0.8
    assert finished.test_macro_f1 > 0.9
    assert (finished.valid_balanced_accuracy, finished.test_balanced_accuracy) == (None, None)
    events = run.events()
    assert next(e for e in events if isinstance(e, RunStarted)).multi_label
    best = max(e.mean_average_precision for e in events if isinstance(e, Evaluated) and e.split == "valid")
    assert finished.valid_mean_average_precision == best
    assert run.read_json("data")["multi_label"]


def test_evaluation_finds_the_same_again(done, data):
    finished, run = done
    before = run.read_json("metrics")
    metrics = evaluate(run, data=data)
    assert metrics.mean_average_precision == finished.test_mean_average_precision
    assert run.read_json("metrics") == before


def test_a_run_that_was_left_ends_like_the_unbroken_one(tmp_path, data):
    how = {**TINY, "epochs": 4, "mixup": 0.4, "class_weights": "balanced", "sampling": "shuffled"}
    whole = Run(Path(fit(data, output=tmp_path, name="whole", trackers=[], **how).run))
    events = fit_events(data, output=tmp_path, name="left", **how)
    for event in events:
        if isinstance(event, EpochDone) and event.epoch == 2:
            events.close()
    resume(tmp_path / "left", data=data, trackers=[])
    assert differences(whole, Run(tmp_path / "left")) == []


def test_a_prediction_gives_every_label_above_a_half_and_ranks_all(done, data):
    _, run = done
    predict = Predictor(run)
    images, labels = data.split("test")
    found = predict.many(list(images[:, 0]), top=2)
    given = np.array([[c in p.labels for c in predict.classes] for p in found])
    stored = run.read_arrays("predictions")["probs"] > 0.5
    assert (given == stored).mean() > 0.99
    assert all(len(p.top) == 2 and p.top[0][1] >= p.top[1][1] for p in found)
    both = next(
        p
        for p, label_K in zip(found, labels, strict=True)
        if label_K.tolist() == [True, True, False] and len(p.labels) == 2
    )
    assert {c.glyph for c in both.labels} == {"一", "丨"}
    assert both.to_dict()["labels"] == [c.id for c in both.labels]
    assert str(both) == ", ".join(map(str, both.labels))
    nothing = predict(np.full((12, 12), 25, dtype=np.uint8))
    assert nothing.labels == ()
    assert str(nothing).startswith("no label (nearest: ")


def test_the_lr_finder_knows_what_guessing_is_worth(data):
    counts = data.class_counts(data.indices("train"))
    chance = chance_level(Balance(), counts_K=counts, num_images=240, multi_label=True)
    assert 0.4 < chance < np.log(2)
    finding = find_lr(data, **LONG)
    assert finding.verdict.kind in ("clear", "noisy")
    assert finding.curve.losses[0] < 2


def test_what_is_for_one_label_is_refused(data):
    with pytest.raises(
        SettingsError,
        match=r"^logit_adjust is for one label an image, but labelled glyphs has several; "
        r"use class_weights or sampling$",
    ):
        Workbench.of(resolve("quick", {**TINY, "logit_adjust": 1}), data)


def test_the_sheet_counts_an_image_for_each_of_its_labels_and_shows_it_in_each_row(data):
    sheet = data_sheet(data)
    counts = [c["counts"]["train"] for c in sheet["classes"]]
    assert counts == data.split("train")[1].sum(axis=0).tolist()
    assert sum(counts) != sheet["splits"]["train"]
    assert sample_sheet(data, per_class=4).size[0] > 0


@pytest.fixture
def listed(tmp_path, data):
    """The same set as PNG files and a list of them."""
    (tmp_path / "files").mkdir()
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "labels", "split"])
        for split in ("train", "test"):
            for index in data.splits[split]:
                name = f"files/{index}.png"
                Image.fromarray(data.images[index, 0]).save(tmp_path / name)
                ids = [data.classes[k].glyph for k in np.flatnonzero(data.labels[index])]
                writer.writerow([name, "|".join(ids), split])
    return tmp_path / "labels.csv"


def test_a_list_of_files_goes_through_every_verb(listed, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    flags = [part for name, value in LONG.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    assert load(str(listed)).is_multi_label
    assert _run(["train", str(listed), "--output", str(tmp_path), "--name", "a", "--json", *flags]) == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out.splitlines()[-1])
    assert told["test_mean_average_precision"] > 0.9
    assert told["test_balanced_accuracy"] is None
    assert "mean_ap" in shown.err
    assert _run(["evaluate", str(tmp_path / "a")]) == 0
    shown = capsys.readouterr().out
    assert "mean average precision" in shown
    assert "balanced" not in shown
    image = str(listed.parent / "files" / "0.png")
    assert _run(["predict", str(tmp_path / "a"), image]) == 0
    assert capsys.readouterr().out.startswith(f"{image}: ")
    assert _run(["predict", str(tmp_path / "a"), image, "--json"]) == 0
    assert "labels" in json.loads(capsys.readouterr().out)[0]
    assert _run(["runs", "--output", str(tmp_path)]) == 0
    assert "mean_ap" in capsys.readouterr().out
    assert _run(["data", "show", str(listed)]) == 0
    assert "several labels an image: each counts for all of its labels" in capsys.readouterr().out
    assert _run(["train", str(listed), "--output", str(tmp_path), "--name", "b", "--logit-adjust", "1"]) == 2
    assert "logit_adjust is for one label an image" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_labels_are_mixed_like_images(data):
    truth_BK = torch.from_numpy(data.labels[:8]).float()
    images = truth_BK[:, :, None, None].expand(8, 3, 4, 4)  # a channel for each label
    how = Augment(mixup=1.0, mix_share=1)
    mixed, targets_BK = mix(images, truth_BK, how=how, rng=generator(1, "test"))
    assert not torch.equal(mixed, images)
    torch.testing.assert_close(mixed[:, :, 0, 0], targets_BK)
