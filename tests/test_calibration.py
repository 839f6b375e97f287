import dataclasses
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from builders import classes, glyphs, labelled_glyphs, motions, write_glyphs
from fudemoji.calibration import calibrate
from fudemoji.errors import DataError, RunError, SettingsError
from fudemoji.metrics import log_loss
from fudemoji.predictor import Predictor
from fudemoji.runs import Run
from fudemoji.training import fit
from fudemoji.trust import Wish, read_trust
from trainings import TINY, finished_run


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A run that has learnt the signs half, so that some images are misread."""
    return finished_run(tmp_path_factory.mktemp("calibration"), epochs=4, valid=0.5, smoothing=0)


@pytest.fixture
def run(original, tmp_path):
    """A copy that a test may change."""
    return Run(shutil.copytree(original.path, tmp_path / "run"))


@pytest.fixture(scope="module")
def noise():
    """Images of no sign at all, under other classes."""
    rng = np.random.default_rng(5)
    data = glyphs(60, 20)
    images = rng.integers(0, 256, data.images.shape).astype(np.uint8)
    return dataclasses.replace(data, name="noise", images=images, classes=classes("あいうえ"))


def trust_of(run):
    return read_trust(run, num_classes=4, multi_label=False)


def test_a_training_ends_with_what_its_answers_are_worth(run):
    trust, metrics = trust_of(run), run.read_json("metrics")
    assert trust.chosen_on == "valid"
    assert trust.temperature != 1
    assert trust.splits["valid"].num_images == len(run.read_arrays("split")["valid"]) == 60
    assert trust.splits["test"].accuracy == metrics["accuracy"]
    assert trust.splits["test"].before.log_loss == pytest.approx(metrics["loss"], rel=1e-5)
    assert trust.splits["test"].before.expected_error == pytest.approx(metrics["calibration_error"], abs=1e-6)
    assert trust.splits["valid"].after.log_loss < trust.splits["valid"].before.log_loss


def test_a_run_that_averages_over_shifts_knows_what_images_as_they_are_are_worth(tmp_path):
    run = finished_run(tmp_path, epochs=4, valid=0.5, smoothing=0, test_shifts=2)
    trust, images = trust_of(run), list(glyphs(120, 40).images[:, 0])
    assert trust.shifts == 2
    assert trust.at(0).splits["test"].num_images == trust.splits["test"].num_images == 40
    assert trust.at(0).temperature != trust.temperature
    plain = Predictor(run, shifts=0)
    assert plain.trust == trust.at(0)
    rows = run.read_arrays("split")["valid"]
    labels = glyphs(120, 40).labels[rows]
    probs = plain.probabilities([images[row] for row in rows])
    stated = -np.log(probs[np.arange(len(rows)), labels]).mean()
    assert stated == pytest.approx(trust.at(0).splits["valid"].after.log_loss, rel=1e-4)
    before = (run.path / "trust.json").read_bytes()
    calibrate(run)
    assert (run.path / "trust.json").read_bytes() == before


def test_calibrating_again_changes_nothing(run):
    before = (run.path / "trust.json").read_bytes()
    calibrate(run)
    assert (run.path / "trust.json").read_bytes() == before
    (run.path / "trust.json").unlink()
    calibrate(run.path)
    assert (run.path / "trust.json").read_bytes() == before


def test_a_wish_is_kept_until_another_is_asked_for(run):
    wished = calibrate(run, wish=Wish("precision", 0.9))
    assert trust_of(run) == wished
    assert len(wished.rule.classes) == 4
    assert calibrate(run).rule == wished.rule
    assert calibrate(run, wish=Wish("known", 0.8)).rule.kept["valid"].num_kept == 48


def test_a_damaged_file_is_written_anew(run):
    whole = (run.path / "trust.json").read_bytes()
    (run.path / "trust.json").write_bytes(whole[:100])
    calibrate(run)
    assert (run.path / "trust.json").read_bytes() == whole


def test_predictions_are_calibrated_and_called_unknown_below_the_threshold(run):
    trust = calibrate(run, wish=Wish("known", 0.7))
    images = glyphs(120, 40).images[120:, 0]
    answers = Predictor(run).many(list(images), top=4)
    probs = np.array([answer.prob for answer in answers])
    unknown = np.array([answer.is_unknown for answer in answers])
    assert (unknown == (probs <= trust.rule.threshold)).all()
    assert 40 - unknown.sum() == trust.rule.kept["test"].num_kept
    assert 0 < unknown.sum() < 40
    bold = Predictor(run, reject=False).many(list(images))
    assert not any(answer.is_unknown for answer in bold)
    assert [answer.label for answer in bold] == [answer.label for answer in answers]
    logarithms = np.log([[prob for _, prob in sorted(a.top, key=lambda one: one[0].id)] for a in answers])
    ids = sorted(c.id for c in Predictor(run).classes)
    labels = [ids.index(Predictor(run).classes[k].id) for k in glyphs(120, 40).labels[120:]]
    assert log_loss(logarithms, np.array(labels)) == pytest.approx(
        trust.splits["test"].after.log_loss, rel=1e-3
    )
    doubtful = answers[int(unknown.argmax())]
    assert str(doubtful) == f"unknown (nearest: {doubtful.label} {doubtful.prob:.1%})"
    assert doubtful.to_dict()["is_unknown"] is True


def test_a_run_without_the_file_still_predicts_and_a_damaged_one_is_one_line(run):
    image = glyphs(120, 40).images[120, 0]
    (run.path / "trust.json").rename(run.path / "kept.json")
    old = Predictor(run)(image)
    assert not old.is_unknown
    assert old.prob == pytest.approx(run.read_arrays("predictions")["top_probs"][0, 0], rel=1e-4)
    (run.path / "trust.json").write_text("{}")
    with pytest.raises(
        RunError, match=r"trust\.json is damaged: num_classes: Field required; write it anew with"
    ) as caught:
        Predictor(run)
    assert "\n" not in str(caught.value)


def test_images_of_no_class_are_more_often_unknown(run, noise):
    trust = calibrate(run, unknown=noise)
    found = trust_of(run).unknown
    assert found == trust.unknown
    assert (found.name, found.num_images) == ("noise", 80)
    probs = Predictor(run).probabilities(list(noise.images[:, 0]))
    assert found.rejected == pytest.approx((probs.max(axis=1) <= trust.rule.threshold).mean())
    assert calibrate(run).unknown is None


def test_images_of_known_classes_are_no_strangers(run, noise):
    mixed = dataclasses.replace(noise, classes=classes("一いうえ"))
    assert calibrate(run, unknown=mixed).unknown.num_images == 60
    known = dataclasses.replace(noise, classes=glyphs().classes)
    with pytest.raises(
        DataError, match=r"^every image of noise shows a class that .*run knows; none is unknown to it$"
    ):
        calibrate(run, unknown=known)


def test_strangers_come_from_any_source_and_are_brought_to_size(run, noise, tmp_path):
    folder = write_glyphs(tmp_path / "idx", noise)
    assert calibrate(run, unknown=str(folder)).unknown.num_images == 80
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for place in range(10):
            Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)).save(
                tmp_path / "photos" / name / f"{place}.png"
            )
    assert calibrate(run, unknown=tmp_path / "photos").unknown.num_images == 20
    with pytest.raises(DataError, match="nothing-here"):
        calibrate(run, unknown=str(tmp_path / "nothing-here"))


def test_without_a_validation_split_nothing_is_chosen(tmp_path):
    data = glyphs(64, 16)
    run = Run(tmp_path / "a")
    events = fit(data, output=tmp_path, name="a", trackers=[], **{**TINY, "epochs": 1, "valid": 0})
    assert events.valid_accuracy is None
    assert not (run.path / "trust.json").exists()
    assert any(
        "no validation split: probabilities stay" in line for line in run.events_path.read_text().splitlines()
    )
    assert calibrate(run, data=data) is None
    with pytest.raises(
        DataError, match=r"a has no validation split to choose thresholds by; train with one \(--valid 0.1\)$"
    ):
        calibrate(run, data=data, wish=Wish("accuracy", 0.9))


def test_several_labels_have_thresholds_of_their_own(tmp_path, noise):
    data = labelled_glyphs(200, 40)
    finished = fit(data, output=tmp_path, trackers=[], **{**TINY, "epochs": 1, "valid": 0.3})
    run = Run(tmp_path / finished.run)
    images = list(data.images[200:, 0])
    halves = [answer.labels for answer in Predictor(run).many(images)]
    assert json.loads((run.path / "trust.json").read_bytes())["rule"]["wanted"] == "half"
    trust = calibrate(run, data=data, wish=Wish("recall", 0.95))
    given = [answer.labels for answer in Predictor(run).many(images)]
    assert sum(map(len, given)) == trust.rule.kept["test"].num_kept != sum(map(len, halves))
    assert not any(answer.is_unknown for answer in Predictor(run).many(images))
    with pytest.raises(
        SettingsError, match=r"^unknown images are for a run with one label an image, but .* has several"
    ):
        calibrate(run, data=data, unknown=noise)


def test_clips_are_no_strangers_to_a_model_of_images(run):
    with pytest.raises(DataError, match=r"^motions holds clips, but .*run reads images$"):
        calibrate(run, unknown=motions())
