import shutil

import numpy as np
import pytest
from PIL import Image

from builders import glyphs
from fudemoji.runs import Run
from trainings import finished_run


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return finished_run(tmp_path_factory.mktemp("trust"), epochs=4, valid=0.5, smoothing=0)


@pytest.fixture
def run(original, tmp_path):
    return Run(shutil.copytree(original.path, tmp_path / "run"))


def test_evaluate_tells_calibration_and_the_rule_in_use(cli, run):
    answer = cli("evaluate", run.path)
    assert answer.exit_code == 0
    assert "calibration error" in answer.out
    assert "chosen by 60 validation images" in answer.out
    assert "unknown below" in answer.out
    assert 'id="trust"' in run.report_path.read_text(encoding="utf-8")


def test_thresholds_can_be_asked_for(cli, run):
    assert cli("evaluate", run.path, "--for-accuracy", "0.9").exit_code == 0
    assert run.read_json("trust")["rule"]["wanted"] == "accuracy"
    answer = cli("evaluate", run.path, "--for-precision", "0.95", "--json")
    assert answer.json["trust"]["rule"] == run.read_json("trust")["rule"]
    assert answer.json["trust"]["rule"]["wanted"] == "precision"
    assert "threshold" in cli("evaluate", run.path, "--for-recall", "0.9").out
    assert cli("evaluate", run.path, "--for-known", "0.5").exit_code == 0
    assert run.read_json("trust")["rule"]["share"] == 0.5


def test_an_accuracy_that_is_not_reached_is_said(cli, run):
    rule = run.read_json("trust")["offers"][0]
    assert rule["wanted"] == "precision"
    answer = cli("evaluate", run.path, "--for-recall", "1")
    assert "recall of 1 is not reached on validation; the nearest is" in answer.out


def test_images_of_no_class_can_be_shown(cli, run, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / "noise" / name).mkdir(parents=True)
        for place in range(8):
            pixels = rng.integers(0, 256, (12, 12), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "noise" / name / f"{place}.png")
    answer = cli("evaluate", run.path, "--unknown", tmp_path / "noise")
    assert "% of 16 images of noise (area under the ROC curve" in answer.out
    assert "test with noise" in run.report_path.read_text(encoding="utf-8")


def test_predict_says_unknown_unless_told_not_to(cli, run, tmp_path):
    assert cli("evaluate", run.path, "--for-known", "0.1").exit_code == 0
    paths = []
    for place, image in enumerate(glyphs(120, 40).images[120:130, 0]):
        paths.append(tmp_path / f"{place}.png")
        Image.fromarray(image).save(paths[-1])
    assert ": unknown  (" in cli("predict", run.path, *paths).out
    assert ": unknown  (" not in cli("predict", run.path, *paths, "--no-reject").out
    found = cli("predict", run.path, *paths, "--json").json
    assert any(one["is_unknown"] for one in found)
    assert all(one["prob"] == one["top"][0]["prob"] for one in found)


def test_wishes_that_make_no_sense_are_one_line(refused, run):
    told = refused("evaluate", run.path, "--for-accuracy", "0.9", "--for-recall", "0.9")
    assert told == "--for-recall and --for-accuracy: thresholds are for one thing at a time; give one of them"
    told = refused("evaluate", run.path, "--for-accuracy", "99")
    assert told == "--for-accuracy 99 is no share: more than 0, and 1 at most"
    assert "nowhere" in refused("evaluate", run.path, "--unknown", "nowhere")
    (run.path / "trust.json").write_text("{}")
    Image.new("L", (12, 12)).save(run.path.parent / "image.png")
    assert "trust.json is damaged" in refused("predict", run.path, run.path.parent / "image.png")
