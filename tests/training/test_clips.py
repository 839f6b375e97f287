"""A network for clips from its training to its predictions; C3D with few channels, so that it takes seconds."""

# N clips, C channels, T frames, H x W pixels

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from builders import motions, write_video
from fudemoji.config import resolve
from fudemoji.data import sample_sheet
from fudemoji.errors import DataError, SettingsError
from fudemoji.evaluation import evaluate
from fudemoji.events import Note
from fudemoji.models import c3d
from fudemoji.predictor import Predictor
from fudemoji.predictor.files import see_files
from fudemoji.report.page import write_report
from fudemoji.runs import Run
from fudemoji.training import find_batch_size, find_lr, fit, fit_events, resume
from fudemoji.training.workbench import Workbench
from trainings import differences

NARROW = {
    "model": "c3d",
    "opt": "adamw",
    "lr": 0.004,
    "weight_decay": 0.0,
    "batch_size": 16,
    "epochs": 24,
    "ema": 0,
    "smoothing": 0,
    "precision": "fp32",
    "policy": "none",
    "test_shifts": 0,
}


@pytest.fixture(scope="module", autouse=True)
def narrow_c3d():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c3d, "_WIDTHS", (8, 8, 16, 16, 16, 16, 16, 16))
        patch.setattr(c3d, "_HIDDEN", 32)
        yield


@pytest.fixture(scope="module")
def data():
    return motions(160, 40)


@pytest.fixture(scope="module")
def run(tmp_path_factory, data):
    finished = fit(data, output=tmp_path_factory.mktemp("clips"), name="a", trackers=[], **NARROW)
    return Run(
        finished.run
        if hasattr(finished.run, "is_dir")
        else type(tmp_path_factory.getbasetemp())(finished.run)
    )


def test_it_tells_kinds_of_motion_apart_that_no_single_frame_shows(run, data):
    assert evaluate(run, data=data).accuracy > 0.9


def test_the_run_holds_films_of_clips_and_their_number_of_frames(run, data):
    samples = run.read_arrays("samples")
    assert samples["images"].shape[1:] == (1, 24, 24)
    first = data.images[samples["indices"][0], :, 0]
    assert np.array_equal(samples["images"][0, :, :12, :12], first)
    assert run.read_json("data")["num_frames"] == 6
    assert "6 frames of 12 × 12 pixels" in write_report(run).read_text(encoding="utf-8")
    assert sample_sheet(data).width >= 640


@pytest.mark.parametrize("label", [0, 1, 2, 3])
def test_an_array_of_frames_a_grey_one_and_a_video_file_give_the_same_answer(run, data, tmp_path, label):
    place = data.indices("test")[label]
    frames_THW = data.images[place, 0]
    colour_THWC = np.repeat(frames_THW[..., None], 3, axis=3)
    path = write_video(tmp_path / "a.mkv", np.pad(colour_THWC, ((0, 0), (2, 2), (2, 2), (0, 0))))
    predict = Predictor(run)
    answers = [predict(frames) for frames in (frames_THW, frames_THW[..., None], colour_THWC)]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].label == data.classes[label]
    exact = write_video(tmp_path / "b.mkv", colour_THWC)
    assert predict(exact) == predict(str(exact)) == answers[0]
    assert predict(path).label.id in {c.id for c in data.classes}  # another size: fitted, frame by frame
    for answer in predict.many([exact, frames_THW]):
        assert answer.label == answers[0].label
        assert answer.prob == pytest.approx(answers[0].prob, abs=1e-5)


def test_the_windows_of_a_long_video_are_averaged(run, data, tmp_path):
    long = Run(tmp_path / "windows")
    shutil.copytree(run.path, long.path)
    config = json.loads((long.path / "config.json").read_text(encoding="utf-8"))
    config["data"]["clip_sampling"] = "windows"
    (long.path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    one, other = data.images[data.indices("test")[0], 0], data.images[data.indices("test")[1], 0]
    predict = Predictor(long)
    both = predict(np.concatenate([one, other, one[:3]]), top=4)
    probs = {c.id: prob for c, prob in both.top}
    for label in data.classes:
        parts = [{c.id: p for c, p in predict(frames, top=4).top}[label.id] for frames in (one, other)]
        assert probs[label.id] == pytest.approx(sum(parts) / 2, abs=1e-5)


def test_class_folders_of_videos_train_evaluate_and_predict_by_their_path(tmp_path, data):
    folder = tmp_path / "walks"
    for split in ("train", "test"):
        for number, place in enumerate(data.indices(split)[:48]):
            home = folder / split / data.classes[data.labels[place]].id
            home.mkdir(parents=True, exist_ok=True)
            colour_THWC = np.repeat(data.images[place, 0][..., None], 3, axis=3)
            write_video(home / f"{number}.mkv", colour_THWC[: 6 if number else 4])
    values = {**NARROW, "epochs": 30, "size": 12, "frames": 6, "data_dir": str(tmp_path / "sets")}
    told = [
        e.text for e in fit_events(str(folder), output=tmp_path, name="a", **values) if isinstance(e, Note)
    ]
    assert any(
        "2 files too short: t" in text and "has 4 frames, fewer than 6: they are" in text for text in told
    )
    run = Run(tmp_path / "a")
    assert run.read_json("data")["kind"] == "clips"
    metrics = evaluate(run)
    assert metrics.num_images == 40
    assert metrics.accuracy > 0.7
    (folder / "test" / "still.png").write_bytes(b"no video")
    predict = Predictor(run)
    found = predict(folder / "test" / "left" / "5.mkv")
    assert found.label.id in {c.id for c in data.classes}
    seen = list(see_files(predict, [folder / "test"]))
    assert [one.path for one in seen] == sorted(map(str, folder.glob("test/*/*.mkv")))
    again = next(one.prediction for one in seen if one.path.endswith("left/5.mkv"))
    assert (again.label, again.prob) == (found.label, pytest.approx(found.prob, abs=1e-5))


def test_heat_of_a_clip_lies_over_four_of_its_frames(run, data):
    picture = Predictor(run).heat(data.images[data.indices("test")[0], 0])
    assert (picture.mode, picture.size) == ("RGB", (240, 240))


def test_what_is_no_video_is_refused(run, tmp_path):
    predict = Predictor(run)
    with pytest.raises(
        DataError, match=r"^the model reads clips, not an image; give a video file or an array"
    ):
        predict(Image.new("L", (12, 12)))
    with pytest.raises(
        DataError, match=r"^still\.png is an image, but the model reads clips of 6 frames; give a video file$"
    ):
        predict("still.png")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    with pytest.raises(DataError, match=r"broken.mp4 is no video that can be read"):
        predict(broken)


def test_a_resumed_training_on_clips_ends_where_an_unbroken_one_does(tmp_path, data):
    values = {**NARROW, "epochs": 2, "policy": "clips", "cutmix": 1.0, "seed": 3}
    whole = Run(tmp_path / "whole")
    fit(data, output=tmp_path, name="whole", trackers=[], **values)
    events = fit_events(data, output=tmp_path, name="broken", **values)
    for event in events:
        if getattr(event, "step", 0) >= 4:
            break
    events.close()
    resume(tmp_path / "broken", data=data, trackers=[])
    assert differences(whole, Run(tmp_path / "broken")) == []


def test_the_policy_is_that_of_clips_is_told_and_is_stored(tmp_path, data):
    values = {name: value for name, value in NARROW.items() if name != "policy"}
    events = fit_events(data, output=tmp_path, name="a", **{**values, "epochs": 1, "mirror": False})
    told = [event.text for event in events if isinstance(event, Note)]
    assert "augmentation clips: light 0.2, rotate 5, zoom 0.1, shift 0.08" in told
    stored = Run(tmp_path / "a").settings().augment
    assert (stored.policy, stored.mirror, stored.rotate) == ("clips", False, 5)


def test_the_finders_work_on_clips(data):
    values = {name: value for name, value in NARROW.items() if name not in ("batch_size", "epochs")}
    assert find_lr(data, **values, batch_size=16).curve.losses.size > 10
    assert find_batch_size(data, **values).recommended >= 4


def test_a_model_of_images_on_clips_is_told_before_anything_is_written(tmp_path, data):
    with pytest.raises(
        SettingsError, match=r"^model fude-s reads images, not clips of 6 frames; for clips take c3d"
    ):
        fit(data, output=tmp_path, trackers=[])
    assert list(tmp_path.iterdir()) == []


def test_a_single_clip_a_slice_is_refused_because_of_batch_norm(data):
    bench = Workbench.of(resolve("quick", {**NARROW, "batch_size": 2, "accumulate": 2}), data)
    with pytest.raises(SettingsError, match=r"^batch norm needs two images a slice at least"):
        bench.batches(2)
    assert isinstance(bench.model, torch.nn.Module)
