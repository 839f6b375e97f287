"""Sets of one's own on the command line, and what bad ones get."""

import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from trainings import TINY, flags

SHORT = flags({**TINY, "epochs": 1})


def write_photos(folder, *labels, number=12):
    rng = np.random.default_rng(0)
    for place, label in enumerate(labels):
        (folder / label).mkdir(parents=True)
        for index in range(number):
            pixels = rng.integers(0, 60, (20, 24, 3)) + 150 * place
            Image.fromarray(pixels.astype(np.uint8)).save(folder / label / f"{index}.png")
    return folder


def empty(folder):
    folder.mkdir()
    return folder


def without_classes(folder):
    return write_photos(folder, ".").parent / folder.name


def with_table(folder):
    without_classes(folder)
    (folder / "labels.csv").write_text("path,label\n0.png,a\n1.png,b\n")
    return folder


def one_class(folder):
    return write_photos(folder, "ants")


def table(text, encoding="utf-8"):
    def write(folder):
        write_photos(folder, "ants")
        (folder / "t.csv").write_bytes(text.encode(encoding))
        return folder / "t.csv"

    return write


def archive(name, *, is_encrypted=False):
    def write(folder):
        folder.mkdir()
        with zipfile.ZipFile(folder / "a.zip", "w") as opened:
            opened.writestr(name, b"x")
        if is_encrypted:
            content = (folder / "a.zip").read_bytes()
            place = content.find(b"PK\x01\x02")
            (folder / "a.zip").write_bytes(content[: place + 8] + b"\1" + content[place + 9 :])
        return folder / "a.zip"

    return write


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (empty, "is empty; expected CLASS/IMAGE, or train/CLASS/IMAGE with valid/ and test/ beside train/"),
        (without_classes, "holds 12 images or videos but no class folders; expected CLASS/IMAGE"),
        (with_table, "; if labels.csv lists the images, `fudemoji train SET/labels.csv` reads it"),
        (one_class, "has one class only (ants); a classifier needs two or more"),
        (table("path,label\nants/0.png,a\nnone.png,b\n"), "t.csv: line 3: no file none.png (No such file"),
        (
            table("path,lable\nants/0.png,a\n"),
            "t.csv: line 1 has an unknown column 'lable' (did you mean 'label'?)",
        ),
        (table("path,label\nants/0.png,\n"), "t.csv: line 2 (ants/0.png) has an empty label"),
        (
            table("path,label\nants/0.png,犬\n", "cp932"),
            "t.csv: line 2 is not UTF-8 (byte 0x8c); save it as UTF-8",
        ),
        (archive("../ants/1.png"), "a.zip: member '../ants/1.png' points outside its folder"),
        (
            archive("ants/1.png", is_encrypted=True),
            "a.zip: member 'ants/1.png' is encrypted; unpack the archive",
        ),
    ],
)
def test_a_bad_set_gets_one_line_and_leaves_nothing_behind(refused, tmp_path, write, message):
    message = message.replace("SET", str(tmp_path / "set"))
    assert message in refused("train", write(tmp_path / "set"), *SHORT, "--output", tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_file_that_is_not_there_or_of_another_kind_is_told(refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "no file nothere.zip; give a folder, a .csv," in refused("train", "nothere.zip", *SHORT)
    (tmp_path / "a.rar").touch()
    assert "a.rar is a file of another kind; give a folder, a .csv," in refused("train", "a.rar", *SHORT)


def test_a_folder_of_photos_is_trained_on_shown_and_evaluated(cli, tmp_path):
    photos = write_photos(tmp_path / "photos", "ants", "bees")
    answer = cli("train", photos, *SHORT, "--size", "16", "--output", tmp_path / "runs", "--json")
    assert answer.exit_code == 0, answer.err
    assert "photos: 16x16, cropped (the shorter side fills it), RGB" in answer.err
    assert "no splits given: cut train " in answer.err
    run = answer.json["run"]
    assert cli("evaluate", run, "--json").exit_code == 0
    shown = cli("data", "show", photos, "--json")
    assert "no splits given: cut train " in shown.err
    sheet = json.loads(shown.out)
    assert [c["id"] for c in sheet["classes"]] == ["ants", "bees"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ["--frames", "16"],
            "frames 16 would do nothing: that is for video files, and SET holds images, not videos",
        ),
        (
            ["--clip-sampling", "windows", "--frames", "4"],
            "frames 4 and clip_sampling windows would do nothing",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["train", "data check", "data show"])
def test_settings_of_videos_are_refused_for_images(refused, tmp_path, verb, given, message):
    photos = write_photos(tmp_path / "photos", "ants", "bees")
    assert refused(*verb.split(), photos, *given).startswith(message.replace("SET", str(photos)))


@pytest.mark.parametrize("verb", ["train", "data check", "data show"])
@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        (
            "kana",
            ["--fit", "crop"],
            "fit crop would do nothing: that is for image and video files, and kana holds",
        ),
        ("folder", ["--size", "16x24", "--frames", "4"], "size 16x24 and frames 4 would do nothing"),
        ("npz", ["--fit", "letterbox"], "fit letterbox would do nothing"),
        ("kana", ["--size", "auto"], "size auto would do nothing"),
    ],
)
def test_settings_of_files_are_refused_for_pixels(refused, folder, tmp_path, verb, source, given, message):
    np.savez(tmp_path / "a.npz", images=np.zeros((20, 8, 8), np.uint8), labels=np.arange(20) % 2)
    path = {"kana": "kana", "folder": folder, "npz": tmp_path / "a.npz"}[source]
    assert refused(*verb.split(), path, *given).startswith(message)


def test_a_check_by_the_settings_of_a_training_decodes_what_it_will_use(cli, tmp_path):
    photos = write_photos(tmp_path / "photos", "ants", "bees")
    how = ["--size", "16x24", "--fit", "letterbox"]
    checked = cli("data", "check", photos, *how, "--json")
    assert checked.json["image_size"] == [16, 24]
    cached = cli("data", "cache", "--json").json["entries"]
    assert cli("train", photos, *SHORT, *how, "--output", tmp_path / "runs").exit_code == 0
    assert cli("data", "show", photos, *how, "--json").json["image_size"] == [16, 24]
    (entry,) = cli("data", "cache", "--json").json["entries"]
    assert entry["folder"] == cached[0]["folder"]


def test_one_file_of_arrays_is_checked_and_trained_on(cli, tmp_path):
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    images = (rng.integers(0, 60, (60, 10, 8)) + 150 * labels[:, None, None]).astype(np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=labels)
    assert cli("data", "check", tmp_path / "mine.npz").exit_code == 0
    answer = cli("train", tmp_path / "mine.npz", *SHORT, "--output", tmp_path / "runs", "--json")
    assert answer.exit_code == 0, answer.err
    assert "no splits given: cut train 48" in answer.err
    assert cli("evaluate", answer.json["run"]).exit_code == 0


@pytest.mark.parametrize("verb", ["train", "lr", "batch", "data show", "data check"])
def test_the_first_pass_over_a_set_shows_a_bar_and_later_ones_do_not(cli, tmp_path, monkeypatch, verb):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes stderr for a terminal
    photos = write_photos(tmp_path / "photos", "ants", "bees", number=40)
    values = [] if verb.startswith("data") else SHORT if verb == "train" else flags({"model": "mlp"})
    output = ["--output", tmp_path / "runs"] if verb == "train" else []
    first, second = (cli(*verb.split(), photos, *values, *output) for _ in range(2))
    assert "decoding" in first.err
    assert "80/80" in first.err
    assert "decoding" not in second.err


def test_a_set_that_is_decoded_anew_for_a_run_shows_a_bar(cli, tmp_path, monkeypatch):
    photos = write_photos(tmp_path / "photos", "ants", "bees")
    run = cli("train", photos, *SHORT, "--output", tmp_path / "runs", "--json").json["run"]
    monkeypatch.setenv("FORCE_COLOR", "1")
    shutil.rmtree(tmp_path / "cache")
    assert "24/24" in cli("evaluate", run).err


def test_oblong_images_are_trained_on_evaluated_reported_and_predicted(cli, tmp_path):
    photos = write_photos(tmp_path / "photos", "ants", "bees")
    values = {**TINY, "epochs": 1, "model": "fude-s", "size": "16x24", "policy": "photos", "mixup": 0.2}
    for name in ("rotate", "zoom", "shear", "shift"):
        del values[name]
    answer = cli("train", photos, *flags(values), "--output", tmp_path / "runs", "--json")
    assert answer.exit_code == 0, answer.err
    assert "photos: 16x24, cropped" in answer.err
    run = answer.json["run"]
    assert cli("evaluate", run).exit_code == 0
    assert "16 × 24 pixels" in (tmp_path / "runs" / run / "report.html").read_text()
    assert cli("predict", run, photos / "ants" / "0.png").exit_code == 0
    answer = cli(
        "train", photos, *SHORT, "--weights", run, "--model", "fude-s", "--output", tmp_path / "runs"
    )
    assert answer.exit_code == 0, answer.err
    assert "photos: 16x24, cropped" in answer.err  # as the weights have seen it
