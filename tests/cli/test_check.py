import json
import shutil

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photos(tmp_path):
    """Sixteen pictures of two classes without splits."""
    folder = tmp_path / "photos"
    rng = np.random.default_rng(0)
    for place in range(16):
        path = folder / ("left", "right")[place % 2] / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((48, 48)).save(path)
    return folder


def test_check_of_a_tidy_set_says_so_and_is_happy_with_strict(cli, photos):
    answer = cli("data", "check", photos, "--strict")
    assert answer.exit_code == 0
    assert answer.out.splitlines() == [
        "photos: 16 images in 2 classes (no splits given), 48x48 pixels",
        "nothing found",
    ]


def test_check_exits_with_0_whatever_it_finds_and_with_1_if_strict(cli, photos):
    shutil.copyfile(photos / "left" / "0.png", photos / "right" / "copy.png")
    assert cli("data", "check", photos).exit_code == 0
    answer = cli("data", "check", photos, "--strict")
    assert answer.exit_code == 1
    assert "    left/0.png = right/copy.png" in answer.out.splitlines()
    assert answer.err == ""


def test_check_ends_with_one_json_object_that_names_every_file(cli, photos):
    shutil.copyfile(photos / "left" / "0.png", photos / "left" / "写し \"<b>'.png")
    for place in range(9):
        (photos / "right" / f"broken{place}.jpg").write_bytes(b"nothing")
    answer = cli("data", "check", photos, "--json")
    assert answer.out.count("\n") == 1
    told = {finding["kind"]: finding["files"] for finding in answer.json["findings"]}
    assert told["broken"] == [f"right/broken{place}.jpg" for place in range(9)]
    assert told["duplicate"] == ["left/0.png", "left/写し \"<b>'.png"]
    assert answer.json == json.loads(answer.out)


def test_check_lists_a_few_files_and_says_where_the_others_are(cli, photos):
    for place in range(9):
        (photos / "right" / f"broken{place}.jpg").write_bytes(b"nothing")
    lines = cli("data", "check", photos).out.splitlines()
    assert lines[1] == "error: broken files: 9 files left out: unreadable content."
    assert len(lines) == 9
    assert lines[-1] == "    and 3 more; --json names all"


def test_check_writes_a_page_where_asked(cli, photos, tmp_path):
    page = tmp_path / "check.html"
    assert cli("data", "check", photos, "--output", page).out.splitlines()[-1] == f"page: {page}"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_check_takes_idx_arrays_and_a_zip(cli, folder, photos, tmp_path):
    assert cli("data", "check", folder, "--json").json["num_images"] == 112
    archive = shutil.make_archive(str(tmp_path / "photos"), "zip", photos)
    assert cli("data", "check", archive, "--json").json["num_images"] == 16


def test_what_cannot_be_checked_is_refused(refused, photos, tmp_path):
    assert refused("data", "check", tmp_path / "nowhere").startswith(f"no folder {tmp_path / 'nowhere'}")
    (tmp_path / "nothing").mkdir()
    assert refused("data", "check", tmp_path / "nothing").startswith(f"{tmp_path / 'nothing'} is empty")
    page = tmp_path / "nothing" / "there" / "check.html"
    assert refused("data", "check", photos, "--output", page) == (
        f"cannot write {page}: No such file or directory; give another file with --output"
    )
