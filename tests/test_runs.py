import json
import os
import pickle
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

from builders import names_in
from fudemoji.config import resolve
from fudemoji.errors import RunError
from fudemoji.events import Note, to_json
from fudemoji.runs import Run, create_run, describe_environment, list_runs, open_run, write_beside


def make(output, name="a", **values):
    return create_run(
        resolve("quick", values), output=output, name=name, label="kana-cnn", fill=lambda run: None
    )


class Bomb:
    """Says so when it is unpickled."""

    def __reduce__(self):
        return (print, ("unpickled",))


# --- writing whole or not at all -------------------------------------------------------------------------------


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "a.json"
    with write_beside(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["a.json"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_in_the_middle_leaves_the_old_file_and_nothing_beside_it(tmp_path, error):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def write():
        with write_beside(path) as file:
            file.write(b"half of the new")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.json"]


def test_a_kill_in_the_middle_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    code = (
        "import sys, time, pathlib; from fudemoji.runs import write_beside\n"
        "with write_beside(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); print('now', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"now\n"
        child.send_signal(signal.SIGKILL)
    assert path.read_bytes() == b"old"


def test_others_may_read_what_was_written(tmp_path):
    with write_beside(tmp_path / "a") as file:
        file.write(b"x")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


# --- making and finding runs -----------------------------------------------------------------------------------


def test_a_new_run_has_settings_environment_status_and_room_for_checkpoints(tmp_path):
    run = make(tmp_path / "deep" / "runs", epochs=3)
    assert run.settings() == resolve("quick", {"epochs": 3})
    assert run.read_json("status")["state"] == "running"
    assert (run.path / "checkpoints").is_dir()
    assert run.name == "a"


def test_a_run_without_a_name_is_called_after_day_and_label_and_never_twice_alike(tmp_path):
    names = {make(tmp_path, name=None).name for _ in range(3)}
    assert len(names) == 3
    assert all(name[10:-3] == "-kana-cnn-" and name[:4].isdigit() for name in names)


def test_whoever_sees_a_new_run_sees_all_of_it(tmp_path):
    seen = []

    def fill(run):
        seen.extend(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
        run.write_json("data", {"name": "kana"})

    run = create_run(resolve(), output=tmp_path, name="a", label="", fill=fill)
    assert seen == []
    assert run.read_json("data") == {"name": "kana"}
    assert names_in(tmp_path) == ["a"]


def test_a_fill_that_fails_leaves_no_run(tmp_path):
    def fill(run):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        create_run(resolve(), output=tmp_path, name="a", label="", fill=fill)
    assert names_in(tmp_path) == []


def test_a_taken_name_says_how_to_resume(tmp_path):
    before = make(tmp_path).read_json("status")
    with pytest.raises(
        RunError, match=r"^run .*/a exists; resume it with `fudemoji resume .*/a`, or choose another --name$"
    ):
        make(tmp_path)
    assert Run(tmp_path / "a").read_json("status") == before


def test_a_name_that_is_taken_while_the_folder_is_filled_is_not_overwritten(tmp_path):
    def fill(run):
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "mine").touch()

    with pytest.raises(RunError, match="exists; resume it"):
        create_run(resolve(), output=tmp_path, name="a", label="", fill=fill)
    assert names_in(tmp_path / "a") == ["mine"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a/", "../a", "a\0b", "x" * 300, "字" * 90])
def test_a_name_that_is_none_for_a_folder_is_refused(tmp_path, name):
    with pytest.raises(
        RunError, match=r"is no name for a run folder; use --output for the folder around it$"
    ):
        make(tmp_path / "runs", name=name)
    assert not (tmp_path / "runs").exists()


def test_an_output_that_is_a_file_is_told_in_one_line(tmp_path):
    (tmp_path / "runs").touch()
    with pytest.raises(RunError, match=r"^cannot make the run folder .*/runs/a: "):
        make(tmp_path / "runs")


def test_runs_are_listed_oldest_first_and_other_folders_are_not(tmp_path):
    for age, name in ((30, "z"), (20, "b"), (10, "a")):
        run = make(tmp_path, name=name)
        moment = time.time() - age
        os.utime(run.path / "config.json", (moment, moment))
    (tmp_path / "no-run").mkdir()
    (tmp_path / "file").touch()
    assert [run.name for run in list_runs(tmp_path)] == ["z", "b", "a"]
    assert list_runs(tmp_path / "nowhere") == []


def test_opening_a_run_that_is_not_there_offers_the_nearest(tmp_path):
    make(tmp_path, name="kana-cnn")
    assert open_run(str(tmp_path / "kana-cnn")).name == "kana-cnn"
    with pytest.raises(
        RunError, match=r"^no run folder .*/kana-cmn \(did you mean 'kana-cnn'\?\); list them with"
    ):
        open_run(tmp_path / "kana-cmn")
    with pytest.raises(RunError, match=r"^no run folder .*/nowhere/a; list them with `fudemoji runs`$"):
        open_run(tmp_path / "nowhere" / "a")
    with pytest.raises(RunError, match=r"is no run folder: config.json is missing$"):
        open_run(tmp_path)


# --- damaged files ---------------------------------------------------------------------------------------------


def test_missing_and_damaged_json_is_told_with_its_path(tmp_path):
    run = make(tmp_path)
    with pytest.raises(RunError, match=r"data\.json is missing; .*/a is no whole run folder$"):
        run.read_json("data")
    for content in (b'{"a": 1', b"\xff\xfe\x00", b"", b"[" * 100_000):
        (run.path / "data.json").write_bytes(content)
        with pytest.raises(RunError, match=r"data\.json is damaged: "):
            run.read_json("data")
    (run.path / "data.json").write_text("[1]")
    with pytest.raises(RunError, match=r"data\.json is damaged: no JSON object$"):
        run.read_json("data")


def test_settings_that_are_missing_damaged_or_of_another_version_say_so(tmp_path):
    run = make(tmp_path)
    (run.path / "config.json").write_text('{"recipe": "quick", "optim": {"opt": "lion", "colour": 3}}')
    with pytest.raises(
        RunError, match=r"config\.json: opt is 'lion': input should be .*; .*colour is 3: extra"
    ):
        run.settings()
    for content in (b"{", b"\xff\xfe", b"", b"[1]"):
        (run.path / "config.json").write_bytes(content)
        with pytest.raises(RunError, match=r"config\.json: damaged: "):
            run.settings()
    (run.path / "config.json").unlink()
    with pytest.raises(RunError, match=r"config\.json is missing; .* is no whole run folder$"):
        run.settings()


def test_arrays_survive_the_way_through_a_file(tmp_path):
    run = make(tmp_path)
    run.write_arrays("split", {"train": np.arange(5), "split": np.array("test")})
    back = run.read_arrays("split")
    assert back["train"].tolist() == [0, 1, 2, 3, 4]
    assert back["train"].dtype == np.int64
    assert str(back["split"]) == "test"


def test_missing_arrays_say_what_writes_them(tmp_path):
    run = make(tmp_path)
    with pytest.raises(
        RunError, match=r"predictions\.npz is missing; write it with `fudemoji evaluate .*/a`$"
    ):
        run.read_arrays("predictions")
    with pytest.raises(RunError, match=r"split\.npz is missing; .*/a is no whole run folder$"):
        run.read_arrays("split")


def test_arrays_that_would_unpickle_are_refused_and_not_unpickled(tmp_path, capfd):
    run = make(tmp_path)
    np.savez(run.path / "split.npz", train=np.array([Bomb()], dtype=object))
    with pytest.raises(RunError, match=r"split\.npz is damaged: Object arrays cannot be loaded"):
        run.read_arrays("split")
    (run.path / "split.npz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(RunError, match=r"split\.npz is damaged: "):
        run.read_arrays("split")
    assert "unpickled" not in capfd.readouterr().out


def test_truncated_and_flipped_arrays_are_damaged(tmp_path):
    run = make(tmp_path)
    run.write_arrays("split", {"train": np.arange(1000)})
    whole = (run.path / "split.npz").read_bytes()
    with zipfile.ZipFile(run.path / "split.npz") as zipped:
        inside = zipped.infolist()[0].header_offset + 200
    flipped = bytearray(whole)
    flipped[inside] ^= 4
    for content in (whole[: len(whole) // 2], b"", b"no zip at all", bytes(flipped)):
        (run.path / "split.npz").write_bytes(content)
        with pytest.raises(RunError, match=r"split\.npz is damaged: "):
            run.read_arrays("split")


def test_events_are_read_up_to_a_line_that_a_kill_cut_off(tmp_path):
    run = make(tmp_path)
    assert run.events() == []
    notes = [Note(text="一"), Note(text="二")]
    whole = "".join(f"{to_json(note)}\n" for note in notes).encode()
    for cut in range(len(whole) + 1):
        run.events_path.write_bytes(whole[:cut])
        assert run.events() == notes[: whole[:cut].count(b"\n")]


def test_a_damaged_line_among_the_events_says_so(tmp_path):
    run = make(tmp_path)
    for line in (b"{}", b"\xff\xfe"):
        run.events_path.write_bytes(line + b"\n" + to_json(Note(text="a")).encode() + b"\n")
        with pytest.raises(RunError, match="no event of this version"):
            run.events()


def test_a_status_holds_state_time_and_details(tmp_path):
    run = make(tmp_path)
    run.set_status("failed", step=3, reason="NaN")
    status = run.read_json("status")
    assert (status["state"], status["step"], status["reason"]) == ("failed", 3, "NaN")
    assert status["at"].endswith("+00:00")


def test_the_environment_is_plain_json_with_versions_and_command():
    found = describe_environment()
    assert json.loads(json.dumps(found)) == found
    assert found["versions"]["torch"]
    assert isinstance(found["command"], list)
