"""`fudemoji predict`: files and folders, as lines, JSON and a table."""

import csv
import io
import json
import os

import pytest
from PIL import Image

from builders import GLYPHS, labelled_glyphs
from fudemoji.predictor import Predictor
from fudemoji.predictor.files import see_files
from fudemoji.training import fit
from signs import png, sign
from trainings import TINY


@pytest.fixture
def images(tmp_path):
    """A folder with the signs in folders, a broken file, and things that are no images."""
    folder = tmp_path / "images"
    for place, glyph in enumerate(GLYPHS):
        path = folder / ("b" if place % 2 else "a") / f"{glyph}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(sign(glyph)))
    (folder / "a" / ".hidden.png").write_bytes(png(sign("口")))
    (folder / "a" / "notes.txt").write_text("no image")
    (folder / "a" / "walk.mp4").write_bytes(b"no video")
    (folder / "b" / "circle").symlink_to(folder)
    return folder


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def test_folders_are_searched_for_images_in_the_order_of_their_names(cli, done, images):
    answer = cli("predict", done.path, images, images / "b" / "十.png")
    assert (answer.exit_code, answer.err) == (0, "")
    names = [line.partition(": ")[0].removeprefix(f"{images}/") for line in answer.out.splitlines()]
    assert names == ["a/一.png", "a/口.png", "b/丨.png", "b/十.png", "b/十.png"]
    told = [line.partition(": ")[2][0] for line in answer.out.splitlines()]
    assert told == ["一", "口", "丨", "十", "十"]


def test_the_table_holds_what_the_predictor_says(cli, done, images, tmp_path):
    answer = cli("predict", done.path, images, "--csv", tmp_path / "out.csv", "--top", "2")
    assert (answer.exit_code, answer.out) == (0, f"{tmp_path}/out.csv: 4 predictions\n")
    rows = rows_of(tmp_path / "out.csv")
    assert list(rows[0]) == [
        "path", "id", "glyph", "prob", "is_unknown", "id_2", "glyph_2", "prob_2", "inverted", "error"
    ]  # fmt: skip
    predict = Predictor(done)
    for row in rows:
        found = predict(row["path"])
        assert (row["id"], row["glyph"]) == (found.label.id, found.label.glyph)
        assert float(row["prob"]) == pytest.approx(found.prob, rel=1e-4)
        assert (row["id_2"], row["error"]) == (found.top[1][0].id, "")
        assert float(row["prob_2"]) == pytest.approx(found.top[1][1], rel=1e-4)
        assert row["is_unknown"] == str(found.is_unknown).lower()


def test_one_file_among_many_that_cannot_be_read_has_a_row_and_the_exit_code_is_1(
    cli, done, images, tmp_path
):
    (images / "a" / "broken.png").write_bytes(b"no image")
    answer = cli("predict", done.path, images, tmp_path / "none.png", "--csv", tmp_path / "out.csv", "--json")
    assert answer.exit_code == 1
    assert answer.err == "fudemoji: 2 of 6 could not be read\n"
    errors = {row["path"]: row["error"] for row in rows_of(tmp_path / "out.csv") if row["error"]}
    assert list(errors) == [f"{images}/a/broken.png", f"{tmp_path}/none.png"]
    assert errors[f"{tmp_path}/none.png"] == f"no image {tmp_path}/none.png"
    assert [one["error"] for one in answer.json if "error" in one] == list(errors.values())
    lines = cli("predict", done.path, images)
    assert lines.exit_code == 1
    assert len(lines.out.splitlines()) == 4
    assert lines.err.splitlines() == [
        f"fudemoji: {errors[f'{images}/a/broken.png']}",
        "fudemoji: 1 of 5 could not be read",
    ]


def test_json_is_one_line_also_of_nothing_readable(cli, done, tmp_path):
    answer = cli("predict", done.path, tmp_path / "a.png", tmp_path / "b.png", "--json")
    assert answer.exit_code == 1
    assert [sorted(one) for one in json.loads(answer.out)] == [["error", "image"]] * 2


def test_a_folder_without_images_and_one_that_is_not_there_are_told(cli, done, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no image")
    answer = cli("predict", done.path, tmp_path / "empty", tmp_path / "none")
    assert (answer.exit_code, answer.out) == (1, "")
    assert answer.err.splitlines() == [
        f"fudemoji: {tmp_path}/empty holds no image",
        f"fudemoji: no image {tmp_path}/none",
        "fudemoji: 2 of 2 could not be read",
    ]


def test_a_pipe_is_not_waited_for(refused, done, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    line = refused("predict", done.path, tmp_path / "pipe.png")
    assert line == f"{tmp_path}/pipe.png is neither a file nor a folder"


def test_more_files_than_lie_in_memory_together_come_in_order(cli, done, images, tmp_path, monkeypatch):
    monkeypatch.setattr("fudemoji.predictor.files._TOGETHER", {"image": 3})
    answer = cli("predict", done.path, *[images] * 2, "--json")
    assert [one["glyph"] for one in answer.json] == list("一口丨十") * 2


def test_names_that_are_no_unicode_are_written_with_escapes(cli, done, tmp_path):
    (tmp_path / "odd").mkdir()
    with (tmp_path / "odd" / os.fsdecode(b"\xff.png")).open("wb") as file:
        file.write(png(sign("口")))
    answer = cli("predict", done.path, tmp_path / "odd", "--csv", tmp_path / "out.csv", "--json")
    assert answer.exit_code == 0
    assert (
        answer.json[0]["image"] == rows_of(tmp_path / "out.csv")[0]["path"] == f"{tmp_path}/odd/\\udcff.png"
    )


def test_shifts_other_than_the_runs_are_averaged_over(cli, done, images):
    path = images / "a" / "口.png"
    answer = cli("predict", done.path, path, "--shifts", "1", "--json")
    assert answer.json[0]["prob"] == pytest.approx(Predictor(done, shifts=1)(path).prob)
    assert answer.json[0]["prob"] != pytest.approx(Predictor(done)(path).prob, rel=1e-6)


def test_several_labels_have_a_column_as_lists_of_files_have_it(cli, tmp_path):
    data = labelled_glyphs()
    run = fit(data, output=tmp_path, name="a", trackers=[], **{**TINY, "epochs": 10}).run
    chosen = [place for place in range(96) if data.labels[place].sum() == 2][:3]
    for place in chosen:
        Image.fromarray(data.images[place, 0]).save(tmp_path / f"{place}.png")
    files = [tmp_path / f"{place}.png" for place in chosen]
    assert cli("predict", run, *files, "--csv", tmp_path / "out.csv").exit_code == 0
    found = [Predictor(run)(file) for file in files]
    told = [row["labels"] for row in rows_of(tmp_path / "out.csv")]
    assert told == ["|".join(label.id for label in one.labels) for one in found]


@pytest.mark.parametrize(
    ("name", "message"),
    [(".", "is a folder; give the name of a file"), ("none/out.csv", "there is no folder")],
)
def test_a_table_that_cannot_be_written_is_told_before_anything_is_read(refused, tmp_path, name, message):
    line = refused("predict", tmp_path / "no-run", "a.png", "--csv", tmp_path / name)
    assert line.startswith(f"--csv {tmp_path / name}")
    assert message in line


def test_an_interrupted_table_is_not_there_and_an_older_one_stays(cli, done, images, tmp_path, monkeypatch):
    (tmp_path / "out.csv").write_text("older")
    attempt = Predictor.attempt

    def interrupted(self, files, **how):
        if len(files) < 3:
            raise KeyboardInterrupt
        return attempt(self, files, **how)

    monkeypatch.setattr("fudemoji.predictor.files._TOGETHER", {"image": 3})
    monkeypatch.setattr(Predictor, "attempt", interrupted)
    answer = cli("predict", done.path, images, "--csv", tmp_path / "out.csv")
    assert (answer.exit_code, answer.out) == (130, "")
    assert (tmp_path / "out.csv").read_text() == "older"
    assert not list(tmp_path.glob(".*.part"))


def test_how_far_it_is_shows_on_a_terminal(cli, done, images, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr("fudemoji.trackers.decoding.DecodingBar.__call__", lambda _, *how: calls.append(how))
    cli("predict", done.path, images, "--csv", tmp_path / "out.csv")
    assert calls == [(done_, 4) for done_ in range(1, 5)]


def test_a_few_hundred_files_are_in_memory_together_however_many_there_are(done, tmp_path, monkeypatch):
    (tmp_path / "many").mkdir()
    for number in range(600):
        (tmp_path / "many" / f"{number:03}.png").write_bytes(png(sign("口")))
    together, attempt = [], Predictor.attempt
    monkeypatch.setattr(
        Predictor,
        "attempt",
        lambda self, files, **how: together.append(len(files)) or attempt(self, files, **how),
    )
    seen = see_files(Predictor(done), [tmp_path / "many"])
    assert next(seen).prediction
    assert together == [256]
    assert sum(1 for one in seen if one.prediction) == 599
    assert together == [256, 256, 88]
