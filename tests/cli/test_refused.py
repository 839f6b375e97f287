"""What bad input gets: one line on stderr, exit code 2, nothing written or lost."""

import gzip
import json
import shutil
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest

from builders import idx, names_in
from fudemoji.config.settings import MODEL_NAMES
from fudemoji.errors import TrainingFailed
from fudemoji.runs import Run
from trainings import TINY, flags, interrupted_run

SHORT = flags({**TINY, "epochs": 1})
KNOWN_MODELS = f"{', '.join(MODEL_NAMES)}, timm/NAME"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kmnits"], "unknown set 'kmnits' (did you mean 'kmnist'?)"),
        (["./kmnits"], "no folder kmnits"),
        (
            ["kana", "--model", "resent34"],
            f"unknown model 'resent34' (did you mean 'resnet34'?); known: {KNOWN_MODELS}",
        ),
        (
            ["kana", "--recipe", "qick"],
            "unknown recipe 'qick' (did you mean 'quick'?); known: article-2019, ",
        ),
        (["kana", "--epoch", "3"], "No such option: --epoch"),
        (
            ["kana", "--epochs", "ten"],
            "epochs: 'ten' is no duration; write 10ep (epochs), 3000st (steps) or 25%",
        ),
        (["kana", "--epochs", "0"], "epochs 0ep is no length of a training"),
        (["kana", "--batch-size", "0"], "batch_size: '0' is neither a number above 0 nor 'auto'"),
        (["kana", "--opt", "adamm"], "opt is 'adamm': input should be 'sgd', "),
        (
            ["kana", "--name", "../a"],
            "'../a' is no name for a run folder; use --output for the folder around it",
        ),
        (["kana", "more"], "Got unexpected extra argument"),
        (
            [
                "kana",
                "--decay",
                "0.5",
                "--lr-rule",
                "valley",
                "--model",
                "cmn",
                "--mix-share",
                "1",
                "--accumulate",
                "999",
            ],
            f"unknown model 'cmn' (did you mean 'cnn'?); known: {KNOWN_MODELS}; lr_rule needs lr auto; "
            "decay needs sched constant, not one-cycle; "
            "mix_share needs mixup or cutmix; accumulate 999 is more than batch_size 128",
        ),
    ],
)
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_slip_in_train_is_told_and_nothing_is_written(
    refused, tmp_path, monkeypatch, arguments, message, more
):
    monkeypatch.chdir(tmp_path)
    assert refused("train", *arguments, "--output", tmp_path / "out", *more).startswith(message)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("verb", ["lr", "batch"])
def test_the_finders_check_like_train(refused, tmp_path, verb):
    assert refused(verb, "kmnits").startswith("unknown set 'kmnits'")
    assert refused(verb, "kana", "--model", "cmn", "--output", tmp_path / "out").startswith(
        "unknown model 'cmn'"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "No such command 'trian'."),
        (["recipes", "bset"], "unknown recipe 'bset' (did you mean 'best'?); known: "),
        (["data", "show", "kmnits"], "unknown set 'kmnits' (did you mean 'kmnist'?)"),
        (["data", "get", "kmnits"], "unknown set 'kmnits' (did you mean 'kmnist'?)"),
        (["train", "kana", "--lr"], "Option '--lr' requires an argument"),
        (["resume"], "Missing argument 'RUN'."),
        (["predict", "runs/a"], "Missing argument 'IMAGE...'."),
        (["resume", "nowhere"], "no run folder nowhere; list them with `fudemoji runs`"),
        (["evaluate", "nowhere"], "no run folder nowhere; list them with `fudemoji runs`"),
        (["report", "nowhere"], "no run folder nowhere; list them with `fudemoji runs`"),
        (["predict", "nowhere", "a.png"], "no run folder nowhere; list them with `fudemoji runs`"),
    ],
)
def test_a_slip_elsewhere_is_told_in_one_line(refused, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert refused(*arguments).startswith(message)
    assert names_in(tmp_path) == []


def test_a_run_folder_that_exists_is_not_touched(refused, folder, tmp_path):
    run = tmp_path / "out" / "a"
    run.mkdir(parents=True)
    (run / "mine").touch()
    line = refused("train", folder, "--output", tmp_path / "out", "--name", "a", *SHORT)
    assert line == f"run {run} exists; resume it with `fudemoji resume {run}`, or choose another --name"
    assert names_in(run) == ["mine"]


# --- damaged sets ----------------------------------------------------------------------------------------------


def damage(folder, name, change):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("train-images-idx3-ubyte", lambda b: b[:-1], "train-images-idx3-ubyte: should hold 88x12x12"),
        ("train-images-idx3-ubyte", lambda b: b[:9], "train-images-idx3-ubyte: ends inside the header"),
        (
            "train-images-idx3-ubyte",
            lambda b: b"",
            "train-images-idx3-ubyte: is no idx file: starts with nothing",
        ),
        (
            "train-images-idx3-ubyte",
            lambda b: b"\x89PNG" + b[4:],
            "train-images-idx3-ubyte: is no idx file: starts with",
        ),
        ("train-images-idx3-ubyte", lambda b: gzip.compress(b)[:-20], "train-images-idx3-ubyte: "),
        (
            "train-labels-idx1-ubyte",
            lambda b: idx(np.zeros(87)),
            "train-images-idx3-ubyte holds 88 images but",
        ),
        (
            "train-labels-idx1-ubyte",
            lambda b: idx(np.full(88, 4)),
            "train-labels-idx1-ubyte: label 4 at image 0, ",
        ),
        ("t10k-labels-idx1-ubyte", None, "FOLDER/t10k-labels-idx1-ubyte.gz is missing, but t10k-images"),
        (
            "train-images-idx3-ubyte",
            None,
            "FOLDER: train-images-idx3-ubyte.gz missing (there is train-labels",
        ),
    ],
)
def test_a_damaged_idx_set_is_told_in_one_line_and_nothing_is_written(
    refused, folder, tmp_path, name, change, message
):
    if change:
        damage(folder, name, change)
    else:
        (folder / name).unlink()
    line = refused("train", folder, "--output", tmp_path / "out", *SHORT)
    assert line.startswith(message.replace("FOLDER", str(folder)))
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_and_a_file_are_no_sets(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    assert str(tmp_path / "empty") in refused("train", tmp_path / "empty", "--output", tmp_path / "out")
    (tmp_path / "file.txt").touch()
    assert "is a file" in refused("train", tmp_path / "file.txt", "--output", tmp_path / "out")
    assert not (tmp_path / "out").exists()


# --- runs and images -------------------------------------------------------------------------------------------


def test_a_damaged_checkpoint_is_told_with_the_one_before_it(refused, cli, tmp_path):
    run = interrupted_run(tmp_path)
    path = run.checkpoint_path("last")
    shutil.copy(path, path.with_name("previous.safetensors"))
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    line = refused("resume", run.path)
    assert line.startswith(
        f"{path} is damaged (its SHA-256 is not the stored one); go on from the one before it with "
    )
    assert line.endswith(f"`fudemoji resume {run.path} --checkpoint previous`")
    assert path.read_bytes() == damaged
    assert cli("resume", run.path, "--checkpoint", "previous").exit_code == 0


def test_a_finished_run_is_not_resumed(refused, done):
    assert refused("resume", done.path).startswith(f"run {done.path} is finished; look at it with")


def png_header(width, height):
    """A PNG of a few bytes that claims to be large."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no image", "is no image that can be read"),
        (b"", "is no image that can be read"),
        (png_header(12_000, 9_000), "has 12000 x 9000 pixels, more than the 100,000,000 that are read"),
        (png_header(60_000, 60_000), "is too large to be read"),
        (png_header(9_500, 9_500), "is no image that can be read"),
        (None, "no image "),
    ],
)
def test_what_is_no_image_or_a_bomb_is_told_in_one_line(refused, done, tmp_path, content, message):
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    for more in ([], ["--json"], ["--csv", tmp_path / "a.csv"]):
        line = refused("predict", done.path, path, *more)
        assert message in line
        assert str(path) in line
    assert not list(tmp_path.glob("*.csv*"))


def test_evaluating_a_split_that_is_not_there_is_told(refused, done):
    before = done.read_json("metrics")
    line = refused("evaluate", done.path, "--split", "tset")
    assert line == "signs has no split 'tset' (did you mean 'test'?); it has: train, test, valid"
    assert done.read_json("metrics") == before


def test_a_run_without_weights_cannot_predict_nor_be_evaluated(refused, done, tmp_path):
    run = Run(shutil.copytree(done.path, tmp_path / "a"))
    run.checkpoint_path("best").unlink()
    for arguments in (("evaluate", run.path), ("predict", run.path, "a.png")):
        assert refused(*arguments) == f"no checkpoint {run.checkpoint_path('best')}"


def test_a_curve_that_tells_nothing_gives_exit_code_2_and_the_curve_all_the_same(cli, folder):
    images = folder / "train-images-idx3-ubyte"
    images.write_bytes(idx(np.zeros((88, 12, 12))))
    answer = cli("lr", folder, "--json", *flags({**TINY, "smoothing": 0}))
    assert answer.exit_code == 2
    assert answer.json["recommended"] is None
    assert answer.err.startswith("fudemoji: no rate can be recommended: ")
    assert cli("lr", folder, *flags({**TINY, "smoothing": 0})).exit_code == 2


# --- other ends ------------------------------------------------------------------------------------------------


def test_a_failed_training_gives_exit_code_1_and_one_line(cli, folder, tmp_path):
    values = {**TINY, "opt": "sgd", "lr": 1e25, "weight_decay": 0}
    answer = cli("train", folder, "--output", tmp_path, "--name", "a", "--json", *flags(values))
    assert answer.exit_code == 1
    assert answer.out == ""
    last = answer.err.splitlines()[-1]
    assert last.startswith("fudemoji: ")
    assert Run(tmp_path / "a").read_json("status")["state"] == "failed"


@pytest.mark.parametrize(
    ("error", "exit_code", "message"),
    [
        (KeyboardInterrupt(), 130, "fudemoji: interrupted; nothing was left half-written\n"),
        (TrainingFailed("two\n  lines"), 1, "fudemoji: two lines\n"),
        (
            OSError(28, "No space left on device", "x.npz"),
            2,
            "fudemoji: x.npz cannot be written: No space left on device\n",
        ),
        (
            PermissionError(13, "Permission denied", "x"),
            2,
            "fudemoji: x cannot be written: Permission denied\n",
        ),
    ],
)
def test_other_errors_end_in_one_line_and_their_exit_code(cli, monkeypatch, error, exit_code, message):
    def fail(output):
        raise error

    monkeypatch.setattr("fudemoji.runs.list_runs", fail)
    answer = cli("runs")
    assert (answer.exit_code, answer.err) == (exit_code, message)


def test_a_defect_keeps_its_traceback(cli, monkeypatch):
    monkeypatch.setattr("fudemoji.runs.list_runs", lambda output: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli("runs")


LOOK = """
import io, contextlib, json, sys
from fudemoji.cli.app import _run
found = []
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exit_code = _run(arguments)
    found.append([exit_code, "torch" in sys.modules])
print(json.dumps(found))
"""


def test_help_lists_and_slips_do_not_wait_for_torch(tmp_path):
    lines = [["--help"], ["train", "--help"], ["recipes"], ["recipes", "best"], ["runs"], ["data", "list"]]
    slips = [
        ["train", "kmnits"],
        ["train", "kana", "--model", "resent34"],
        ["train", "kana", "--recipe", "qick"],
        ["train", "kana", "--epoch", "3"],
        ["train", "kana", "--decay", "0.5"],
        ["train", "kana", "--output", str(tmp_path.parent), "--name", tmp_path.name],
        ["lr", "kmnits"],
        ["batch", "kana", "--model", "resent34"],
        ["trian"],
    ]
    command = [sys.executable, "-c", LOOK, json.dumps(lines + slips)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout) == [[0, False]] * len(lines) + [[2, False]] * len(slips)


def test_the_installed_command_answers(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from fudemoji.cli import main; main()", "runs", "--output", "nowhere", "--json"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[]\n", "")
