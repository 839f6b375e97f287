"""What a hostile user hands in: taken without fuss, left out and told, or refused in one line with nothing written."""

import os
import shutil
import threading
import time
import zipfile

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from builders import names_in, write_video
from fudemoji.models import build_model
from pictures import write_photos
from trainings import TINY, flags

SHORT = flags({**TINY, "epochs": 1})
RNG = np.random.default_rng(0)


def two_classes(folder, number=8):
    write_photos(folder / "犬", number)
    write_photos(folder / "猫", number, seed=1)
    return folder


def picture(mode="RGB"):
    return Image.fromarray(RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)).convert(mode)


def findings(cli, source, *more):
    """Kind of finding to files, as `data check --json` tells them."""
    answer = cli("data", "check", source, *more, "--json")
    assert answer.exit_code == 0, answer.err
    return {found["kind"]: found["files"] for found in answer.json["findings"]}, answer.json["num_images"]


def test_every_mode_of_picture_links_and_japanese_names_are_taken_without_fuss(cli, tmp_path):
    photos = two_classes(tmp_path / "写真")
    home = photos / "犬"
    for mode, name in (("L", "grey.png"), ("RGBA", "alpha.png"), ("P", "palette.png"), ("CMYK", "ink.jpg")):
        picture(mode).save(home / name)
    for suffix in ("png", "tif"):
        deep = RNG.integers(0, 65536, (20, 30)).astype(np.uint16)
        Image.fromarray(deep).save(home / f"deep-{suffix}.{suffix}")
    turned = Image.Exif()
    turned[0x0112] = 6
    picture().save(home / "turned.jpg", exif=turned)
    picture().save(home / "progressive.jpg", progressive=True)
    for suffix in ("gif", "webp", "apng"):
        picture().save(home / f"moving.{suffix}", save_all=True, append_images=[picture()])
    picture().save(tmp_path / "elsewhere.png")
    (home / "link-out.png").symlink_to(tmp_path / "elsewhere.png")
    (home / "loop").symlink_to(photos)
    (home / "nowhere.png").symlink_to(tmp_path / "nothing")
    os.mkfifo(home / "pipe.png")
    (home / "Thumbs.db").write_bytes(b"x")
    (photos / "README.txt").write_text("x")
    (photos / ".DS_Store").write_bytes(b"x")
    found, num_images = findings(cli, photos)
    assert num_images == 16 + 12
    assert sorted(found["stray"]) == [".DS_Store", "README.txt", "犬/Thumbs.db", "犬/loop", "犬/pipe.png"]
    assert found["missing"] == ["犬/nowhere.png"]
    assert not {"broken", "truncated", "empty", "huge"} & set(found)
    answer = cli("train", photos, *SHORT, "--output", tmp_path / "runs")
    assert answer.exit_code == 0, answer.err
    assert "1 file left out: 犬/nowhere.png: is a link that leads nowhere" in answer.err


def test_files_that_cannot_be_read_are_left_out_told_and_not_touched(cli, tmp_path):
    photos = two_classes(tmp_path / "photos")
    home = photos / "犬"
    (home / "broken.png").write_bytes(b"no picture")
    (home / "empty.png").touch()
    picture().save(home / "cut.jpg")
    (home / "cut.jpg").write_bytes((home / "cut.jpg").read_bytes()[:-30])
    Image.new("1", (12_000, 9_000)).save(home / "huge.png")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.iterdir()}
    found, num_images = findings(cli, photos)
    assert num_images == 16
    assert found["broken"] == ["犬/broken.png"]
    assert found["empty"] == ["犬/empty.png"]
    assert found["truncated"] == ["犬/cut.jpg"]
    assert found["huge"] == ["犬/huge.png"]
    answer = cli("train", photos, *SHORT, "--output", tmp_path / "runs")
    assert answer.exit_code == 0, answer.err
    assert "4 files left out: " in answer.err
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.iterdir()} == before


def broken_class(folder):
    two_classes(folder)
    for path in (folder / "猫").iterdir():
        path.write_bytes(b"no picture")
    return folder


def all_broken(folder):
    broken_class(folder)
    for path in (folder / "犬").iterdir():
        path.write_bytes(b"no picture")
    return folder


def loop(folder):
    folder.symlink_to(folder)
    return folder


def pipe(folder):
    folder.mkdir()
    os.mkfifo(folder / "t.csv")
    return folder / "t.csv"


def utf16(folder):
    two_classes(folder)
    (folder / "t.csv").write_text("path,label\n犬/000.png,犬\n猫/000.png,猫\n", encoding="utf-16")
    return folder / "t.csv"


def two_labels(folder):
    two_classes(folder)
    (folder / "t.csv").write_text("path,label\n犬/000.png,a\n犬/000.png,b\n", encoding="utf-8")
    return folder / "t.csv"


def cut_zip(folder):
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("犬/1.png", bytes(100))
    (folder / "a.zip").write_bytes((folder / "a.zip").read_bytes()[:-30])
    return folder / "a.zip"


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (
            broken_class,
            "has one class only (犬) with images that can be read; a classifier needs two or more",
        ),
        (
            all_broken,
            "set: none of the 16 files can be read; the first: 犬/000.png: is no image that can be read",
        ),
        (loop, "is a link that leads nowhere; give a folder, a .csv,"),
        (pipe, "t.csv is neither a file nor a folder; give a folder, a .csv,"),
        (utf16, "t.csv: line 1 is in UTF-16, expected UTF-8; save it as UTF-8 (in Excel: 'CSV UTF-8')"),
        (two_labels, "t.csv: line 3: 犬/000.png is in line 2 already, with another label or split; keep one"),
        (cut_zip, "a.zip: the list of members at a zip's end is missing; get the file again"),
    ],
)
def test_a_set_that_cannot_be_trained_on_is_refused_and_leaves_nothing(refused, tmp_path, write, message):
    source = write(tmp_path / "set")
    assert message in refused("train", source, *SHORT, "--output", tmp_path / "runs")
    assert names_in(tmp_path) == ["cache", "set"] or names_in(tmp_path) == ["set"]
    assert not [path for path in (tmp_path / "cache").rglob("*.npy") if write is all_broken]


def test_a_table_with_a_byte_order_mark_is_read(cli, tmp_path):
    photos = two_classes(tmp_path / "photos")
    lines = [f"{label}/{number:03}.png,{label}" for label in "犬猫" for number in range(8)]
    (photos / "t.csv").write_text("\n".join(["path,label", *lines]), encoding="utf-8-sig")
    _, num_images = findings(cli, photos / "t.csv")
    assert num_images == 16


def test_an_archive_of_a_million_members_is_refused_at_once(refused, tmp_path):
    entry = b"PK\x01\x02" + bytes(42)  # a member of the list, without a name
    members = entry * 1_000_000
    end = b"PK\x05\x06" + bytes(8) + len(members).to_bytes(4, "little") + bytes(6)
    (tmp_path / "a.zip").write_bytes(members + end)
    line = refused("train", tmp_path / "a.zip", *SHORT, "--output", tmp_path / "runs")
    assert line.startswith("a.zip: has more than 500,000 members; unpack it and give the folder")


def test_a_file_that_is_written_to_during_the_first_pass_ends_it_and_nothing_is_kept(refused, cli, tmp_path):
    photos = two_classes(tmp_path / "photos", number=40)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            os.utime(photos / "犬" / "005.png", ns=(time.time_ns(), time.time_ns()))
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        line = refused("train", photos, *SHORT, "--output", tmp_path / "runs")
    finally:
        done.set()
        writer.join()
    assert line.startswith(
        "犬/005.png changed while photos was being read; nothing was kept: start again when"
    )
    assert not (tmp_path / "runs").exists()
    assert cli("data", "cache", "--json").json["entries"] == []


def test_weights_of_another_architecture_are_refused_with_the_model_that_they_fit(refused, tmp_path):
    photos = two_classes(tmp_path / "photos")
    save_file(
        build_model("mlp", in_channels=3, num_classes=2, image_size=64).state_dict(),
        tmp_path / "w.safetensors",
    )
    line = refused(
        "train",
        photos,
        "--model",
        "cnn",
        "--weights",
        tmp_path / "w.safetensors",
        "--output",
        tmp_path / "runs",
    )
    assert line.startswith(f"{tmp_path}/w.safetensors is of another architecture than cnn: 0 of ")
    assert not (tmp_path / "runs").exists()


def test_videos_of_too_few_frames_repeat_them_and_are_told(cli, tmp_path):
    for place, label in enumerate("ab"):
        (tmp_path / "clips" / label).mkdir(parents=True)
        for number in range(4):
            frames = RNG.integers(0, 60, (3, 16, 16, 3), dtype=np.uint8) + np.uint8(150 * place)
            write_video(tmp_path / "clips" / label / f"{number}.mkv", frames)
    (tmp_path / "clips" / "a" / "sound.mp4").write_bytes(b"no video")
    found, num_clips = findings(cli, tmp_path / "clips", "--frames", "4", "--size", "16")
    assert num_clips == 8
    assert len(found["short"]) == 8
    assert found["broken"] == ["a/sound.mp4"]


def test_what_a_model_reads_is_told_where_it_is_given_another_thing(refused, done, tmp_path):
    frames = np.zeros((3, 16, 16, 3), np.uint8)
    write_video(tmp_path / "a.mkv", frames)
    line = refused("predict", done.path, tmp_path / "a.mkv")
    assert line == f"{tmp_path}/a.mkv is a video, but the model reads images; give an image file"


def test_a_data_sheet_that_was_damaged_by_hand_is_one_line(refused, done, tmp_path):
    copy = shutil.copytree(done.path, tmp_path / "run")
    text = (copy / "data.json").read_text(encoding="utf-8")
    (copy / "data.json").write_text(text.replace('"channels": 1', '"channels": "one"'), encoding="utf-8")
    for arguments in (("predict", copy, tmp_path / "a.png"), ("evaluate", copy)):
        line = refused(*arguments)
        assert line.startswith(
            f"{copy}/data.json is damaged (channels: input should be a valid integer); put back"
        )
