"""What a training says about its set before the first step."""

import shutil

import numpy as np
from PIL import Image

from builders import glyphs
from fudemoji.events import Note
from fudemoji.training import fit_events

SHORT = {"recipe": "quick", "model": "mlp", "epochs": "2st", "batch_size": 8}


def warnings(data, folder):
    events = fit_events(data, output=folder / "runs", name="a", **SHORT)
    return [event.text for event in events if isinstance(event, Note) and event.level == "warning"]


def test_a_set_without_faults_is_trained_on_without_a_warning(tmp_path):
    assert warnings(glyphs(40, 12), tmp_path) == []


def test_a_copy_in_the_test_split_is_warned_of(tmp_path):
    data = glyphs(40, 12)
    data.images[41] = data.images[1]
    assert warnings(data, tmp_path) == [
        "1 picture with the same pixels in test and train; see `fudemoji data check`"
    ]


def test_near_copies_across_given_splits_are_warned_of(tmp_path):
    rng = np.random.default_rng(0)
    for split, count in (("train", 16), ("valid", 6), ("test", 6)):
        for number in range(count):
            path = tmp_path / "set" / split / "ab"[number % 2] / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
            coarse.resize((48, 48), Image.Resampling.BICUBIC).save(path)
    copy = Image.open(tmp_path / "set" / "train" / "a" / "0.png")
    copy.save(tmp_path / "set" / "test" / "a" / "again.jpg", quality=85)
    shutil.copyfile(tmp_path / "set" / "train" / "b" / "1.png", tmp_path / "set" / "valid" / "b" / "same.png")
    assert warnings(str(tmp_path / "set"), tmp_path) == [
        "1 picture with the same pixels in train and valid; see `fudemoji data check`",
        "1 picture nearly alike in test and train; see `fudemoji data check`",
    ]


def test_files_that_are_left_out_are_warned_of_and_stray_ones_only_noted(tmp_path):
    rng = np.random.default_rng(0)
    for place in range(24):
        path = tmp_path / "set" / ("a", "b")[place % 2] / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((16, 16)).save(path)
    (tmp_path / "set" / "a" / "broken.jpg").write_bytes(b"nothing")
    (tmp_path / "set" / "notes.txt").write_text("hello")
    shutil.copyfile(tmp_path / "set" / "a" / "0.png", tmp_path / "set" / "b" / "copy.png")
    left_out, double = warnings(str(tmp_path / "set"), tmp_path)
    assert left_out.startswith("1 file left out: a/broken.jpg: ")
    assert double == "1 picture with the same pixels under two labels; see `fudemoji data check`"
