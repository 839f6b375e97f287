import dataclasses
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from builders import classes, glyphs, write_glyphs
from fudemoji.errors import DataError, Interrupted, RunError, SettingsError
from fudemoji.evaluation import evaluate, measure
from fudemoji.events import EpochDone
from fudemoji.report.page import write_report
from fudemoji.runs import Run
from fudemoji.training import fit, fit_events
from trainings import TINY, finished_run, interrupted_run


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


@pytest.mark.parametrize(("split", "count"), [("valid", 12), ("train", 108)])
def test_another_split_is_measured_with_the_cut_that_is_stored_and_kept_apart(run, split, count):
    own = {
        name: (run.path / name).read_bytes() for name in ("metrics.json", "predictions.npz", "report.html")
    }
    found = measure(run, split=split)
    assert (found.metrics.split, found.metrics.num_images) == (split, count)
    assert found.folder == run.path / "evaluations" / split
    stored = Run(found.folder).read_arrays("predictions")
    assert str(stored["split"]) == split
    assert (stored["indices"] == run.read_arrays("split")[split]).all()
    assert {name: (run.path / name).read_bytes() for name in own} == own
    assert "An evaluation of run run" in found.page.read_text()


def test_another_set_is_measured_under_the_classes_they_share(run, tmp_path):
    data = glyphs(40, 0, seed=5)
    data = dataclasses.replace(
        data, name="other", classes=classes("一丨口木"), splits={"test": np.arange(40)}
    )
    found = measure(run, data)
    assert found.folder == run.path / "evaluations" / "other-test"
    assert found.metrics.num_images == 30
    assert found.metrics.support == (10, 10, 10, 0)
    assert found.metrics.accuracy > 0.6
    assert "left out: 10 images of classes that the model does not know (U+6728 木)" in found.notes
    assert run.read_json("metrics")["num_images"] == 40
    page = found.page.read_text()
    assert "left out: 10 images" in page
    assert "The same weights on other images" in write_report(run).read_text()
    elsewhere = measure(run, data, output=tmp_path / "elsewhere")
    assert elsewhere.folder == tmp_path / "elsewhere"
    assert elsewhere.metrics == found.metrics


def test_another_set_is_read_from_its_path_like_the_runs_own(run, tmp_path):
    folder = write_glyphs(tmp_path / "more", glyphs(40, 24, seed=3))
    found = measure(run, folder)
    assert (found.data, found.metrics.split, found.metrics.num_images) == ("more", "test", 24)
    assert measure(run, str(folder), split="all").metrics.num_images == 64


def test_what_lies_in_the_way_of_results_is_never_overwritten(run, tmp_path):
    data = dataclasses.replace(glyphs(8, 0), splits={"test": np.arange(8)})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match=r"mine exists and holds no evaluation; give another --output$"):
        measure(run, data, output=tmp_path / "mine")
    with pytest.raises(RunError, match=r"run exists and holds no evaluation; give another --output$"):
        measure(run, data, output=run.path)
    measure(run, data)
    other = dataclasses.replace(data, source="another place")
    message = r"glyphs-test holds the evaluation of run run on tests; give another --output$"
    with pytest.raises(RunError, match=message):
        measure(run, other)
    measure(run, data)  # the same again is written anew


def test_the_worst_images_get_a_grad_cam_and_an_mlp_says_why_not(run):
    found = measure(run)
    told = "model mlp has no Grad-CAM: it has no convolution over an image, so no feature map with places"
    assert run.read_json("metrics")["no_gradcam"] == told
    assert told in found.page.read_text()
    with pytest.raises(SettingsError, match=f"^{told}$"):
        measure(run, num_cams=3)


def test_a_convolutional_model_tells_where_it_looked(tmp_path):
    data = glyphs(64, 16)
    finished = fit(data, output=tmp_path, trackers=[], **{**TINY, "model": "fude-s", "epochs": 1})
    run = Run(Path(finished.run))
    arrays = run.read_arrays("gradcam")
    assert arrays["heat"].shape[1:] == (12, 12)
    assert set(arrays["indices"]) <= set(run.read_arrays("samples")["indices"])
    assert "Where it looked" in run.report_path.read_text()
    measure(run, data=data, num_cams=2)
    worst = run.read_arrays("gradcam")["indices"]
    assert len(set(worst[:3].tolist())) <= 3
    measure(run, data=data, num_cams=0)
    assert not (run.path / "gradcam.npz").exists()
    assert "Where it looked" not in run.report_path.read_text()


def test_a_run_that_never_finished_is_measured_with_its_best_weights_and_says_so(tmp_path):
    run = interrupted_run(tmp_path)
    found = measure(run)
    step = run.read_json("status")["step"]
    assert found.notes == (
        f"the training was interrupted at step {step}: these are its best weights so far; "
        f"go on with `fudemoji resume {run.path}`",
    )
    assert found.metrics.num_images == 40
    assert "Interrupted" in found.page.read_text()
    run.set_status("running", step=3)
    assert measure(run).notes[0].startswith("the training is still running, or was killed at step 3: ")
    run.set_status("failed", step=4)
    assert measure(run).notes[0].startswith("the training failed at step 4: ")


def test_an_interrupted_training_leaves_a_report(tmp_path):
    events = fit_events(glyphs(88, 24), output=tmp_path, name="left", **{**TINY, "epochs": 4})
    for event in events:
        if isinstance(event, EpochDone):
            signal.raise_signal(signal.SIGINT)
            break
    with pytest.raises(Interrupted):
        list(events)
    page = Run(tmp_path / "left").report_path.read_text()
    assert "Interrupted" in page
    assert "fudemoji resume" in page


def test_a_run_without_best_weights_says_how_to_go_on(run):
    run.checkpoint_path("best").unlink()
    run.set_status("interrupted", step=2)
    message = (
        r"run has not come to its first checkpoint with a validation, so there are no best weights to measure; "
        r"go on with `fudemoji resume .*run`$"
    )
    with pytest.raises(RunError, match=message):
        measure(run)


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
