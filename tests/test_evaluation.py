import dataclasses
import shutil

import numpy as np
import pytest

from builders import glyphs
from fudemoji.errors import DataError, RunError
from fudemoji.evaluation import evaluate
from fudemoji.runs import Run
from fudemoji.training import fit
from trainings import TINY, finished_run


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return finished_run(tmp_path_factory.mktemp("evaluation"))


@pytest.fixture
def run(original, tmp_path):
    """A copy that a test may change."""
    return Run(shutil.copytree(original.path, tmp_path / "run"))


def test_the_test_split_is_measured_as_at_the_end_of_the_training(run):
    before, predictions = run.read_json("metrics"), run.read_arrays("predictions")
    for name in ("metrics.json", "predictions.npz", "samples.npz", "report.html"):
        (run.path / name).unlink()
    metrics = evaluate(run.path)
    assert metrics.accuracy == before["accuracy"]
    assert run.read_json("metrics") == before
    again = run.read_arrays("predictions")
    assert all((again[name] == array).all() for name, array in predictions.items())
    assert run.report_path.exists()


def test_accuracy_is_the_share_of_images_told_right(run):
    metrics = evaluate(run)
    found = run.read_arrays("predictions")
    assert metrics.accuracy == (found["top_labels"][:, 0] == found["labels"]).mean()
    assert metrics.num_images == 40
    assert metrics.accuracy > 0.8


@pytest.mark.parametrize(("split", "count"), [("valid", 12), ("train", 108), ("test", 40)])
def test_every_split_can_be_measured_with_the_cut_that_is_stored(run, split, count):
    metrics = evaluate(run, split=split)
    assert (metrics.split, metrics.num_images) == (split, count)
    assert str(run.read_arrays("predictions")["split"]) == split
    assert (run.read_arrays("predictions")["indices"] == run.read_arrays("split")[split]).all()


def test_shifts_can_be_asked_for(run):
    plain, shifted = evaluate(run), evaluate(run, shifts=2)
    assert run.read_json("metrics")["shifts"] == 2
    assert plain.loss != shifted.loss


def test_the_training_it_measures_is_left_as_it_is(run):
    kept = {
        name: (run.path / name).read_bytes()
        for name in ("config.json", "events.jsonl", "status.json", "split.npz")
    }
    evaluate(run, split="valid")
    assert {name: (run.path / name).read_bytes() for name in kept} == kept


def test_without_a_test_split_validation_is_measured(tmp_path):
    data = glyphs(88, 0)
    finished = fit(data, output=tmp_path, trackers=[], **TINY)
    assert evaluate(finished.run, data=data).split == "valid"
    with pytest.raises(DataError, match=r"^glyphs has no split 'test'; it has: train, valid$"):
        evaluate(finished.run, data=data, split="test")


def test_a_run_on_a_set_from_python_needs_that_set_and_no_other(tmp_path):
    data = glyphs(88, 24)
    finished = fit(data, output=tmp_path, trackers=[], **TINY)
    assert evaluate(finished.run, data=data).accuracy == finished.test_accuracy
    changed = dataclasses.replace(data, images=np.zeros_like(data.images))
    with pytest.raises(RunError, match=r"^glyphs is not the set that .* was started with"):
        evaluate(finished.run, data=changed)


def test_damage_is_told_with_the_file_that_is_damaged(run):
    whole = run.checkpoint_path("best").read_bytes()
    run.checkpoint_path("best").write_bytes(whole[:-100])
    with pytest.raises(RunError, match=r"best\.safetensors is damaged"):
        evaluate(run)
    run.checkpoint_path("best").write_bytes(whole)
    (run.path / "split.npz").unlink()
    with pytest.raises(RunError, match=r"split\.npz is missing; .* is no whole run folder"):
        evaluate(run)
