"""Studies that processes of their own work on, and die over."""

import json
import os
import signal
import time
import uuid
from collections import Counter
from pathlib import Path

import pytest

from builders import glyphs, write_glyphs
from fudemoji.events import StepsDone
from fudemoji.runs import Run
from trainings import TINY, child, flags

SHORT = flags({name: value for name, value in TINY.items() if name not in ("lr", "batch_size")})
RANGES = ["lr=log:1e-3:0.05", "batch_size=16,32"]


@pytest.fixture
def started(tmp_path):
    """A function that starts the command in a process; `stop` ends those that still run."""
    data = write_glyphs(tmp_path / "signs", glyphs(88, 24))
    running = []

    def start(*options, log="log", epochs=2):
        how = [*SHORT, "--epochs", str(epochs), "--output", str(tmp_path), "--name", "s", *map(str, options)]
        running.append(child("tune", str(data), *RANGES, *how, log=tmp_path / log))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.join()


def content_of(tmp_path):
    return json.loads((tmp_path / "s" / "tune.json").read_bytes())


def wait_for(condition, process):
    while not condition():
        assert process.is_alive()
        time.sleep(0.05)


def is_training(tmp_path):
    """Whether a trial has taken a step; of those that died nothing but settings and events is left, once it is seen."""
    runs = [Run(path.parent) for path in tmp_path.glob("s/trials/*/checkpoints")]
    return any(isinstance(event, StepsDone) for run in runs for event in run.events())


def test_two_processes_share_a_study_and_do_no_trial_twice(tmp_path, started):
    both = [started("--trials", 8, log=f"log{number}") for number in (1, 2)]
    for process in both:
        process.join()
        assert process.exitcode == 0, (tmp_path / "log1").read_text() + (tmp_path / "log2").read_text()
    content = content_of(tmp_path)
    assert content["num_trials"] == {"done": 8} or sum(content["num_trials"].values()) == 8
    assert [trial["number"] for trial in content["trials"]] == list(range(1, 9))
    logs = [(tmp_path / f"log{number}").read_text() for number in (1, 2)]
    ran = Counter(line.split()[1] for log in logs for line in log.splitlines() if line.startswith("trial "))
    assert ran == Counter(str(number) for number in range(1, 9))
    assert all("trial " in log for log in logs)


def test_a_killed_process_loses_nothing_and_its_trial_is_tried_again(tmp_path, started):
    process = started("--trials", 3, epochs=100_000)
    wait_for(lambda: is_training(tmp_path), process)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    process = started("--trials", 3, epochs=100_000)
    wait_for(lambda: "its process died" in (tmp_path / "log").read_text(), process)
    wait_for(lambda: is_training(tmp_path), process)
    os.kill(process.pid, signal.SIGINT)
    process.join()
    assert process.exitcode == 130
    last = (tmp_path / "log").read_text().splitlines()[-1]
    assert last == f"fudemoji: interrupted after 0 of 3 trials; the same command goes on ({tmp_path / 's'})"
    assert not (tmp_path / "s" / "workers").exists() or not list((tmp_path / "s" / "workers").iterdir())
    (waiting,) = content_of(tmp_path)[
        "trials"
    ]  # the first died, the second was interrupted: tried again as a third
    assert (waiting["number"], waiting["state"]) == (3, "waiting")
    first = Run(tmp_path / "s" / "trials" / "0001").settings()
    assert waiting["settings"] == {"lr": f"{first.optim.lr:.7g}", "batch_size": str(first.loop.batch_size)}


def test_a_trial_that_kills_its_process_again_and_again_is_given_up(tmp_path, started):
    for _ in range(3):
        before = len(list(tmp_path.glob("s/trials/*")))
        process = started("--trials", 1, epochs=100_000)
        wait_for(lambda n=before: len(list(tmp_path.glob("s/trials/*"))) > n, process)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    process = started("--trials", 1, epochs=100_000)
    process.join()
    assert process.exitcode == 1
    assert (
        "the first trial failed; the last reason: its process died, 3 times; not tried again; change the"
        in (tmp_path / "log").read_text()
    )


def test_a_storage_that_is_removed_while_the_study_runs_ends_it_with_one_line(tmp_path, started):
    process = started("--trials", 200)
    wait_for(lambda: is_training(tmp_path), process)
    (tmp_path / "s" / "study.db").unlink()
    process.join()
    assert process.exitcode == 1
    last = (tmp_path / "log").read_text().splitlines()[-1]
    where = f"sqlite:///{tmp_path / 's' / 'study.db'}"
    assert last == (
        f"fudemoji: storage {where} is gone: its file was removed while the study ran; "
        "put it back, or start another study"
    )


@pytest.mark.skipif(
    "FUDEMOJI_TEST_POSTGRES" not in os.environ,
    reason="no PostgreSQL server: FUDEMOJI_TEST_POSTGRES holds no URL of one",
)
def test_two_processes_share_a_study_in_postgresql(tmp_path, started):
    where = ["--storage", os.environ["FUDEMOJI_TEST_POSTGRES"], "--name", f"test-{uuid.uuid4().hex}"]
    both = [started("--trials", 6, *where, log=f"log{number}") for number in (1, 2)]
    for process in both:
        process.join()
        assert process.exitcode == 0
    (folder,) = [path.parent for path in tmp_path.glob("*/tune.json")]
    content = json.loads((folder / "tune.json").read_bytes())
    assert [trial["number"] for trial in content["trials"]] == list(range(1, 7))
    logs = [(tmp_path / f"log{number}").read_text() for number in (1, 2)]
    ran = Counter(line.split()[1] for log in logs for line in log.splitlines() if line.startswith("trial "))
    assert ran == Counter(str(number) for number in range(1, 7))


def test_a_password_is_nowhere_on_the_disk_or_the_terminal(tmp_path, started):
    process = started("--trials", 1, "--storage", f"sqlite:///{tmp_path}/x.db?password=hunter2")
    process.join()
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "x.db":
            assert b"hunter2" not in path.read_bytes(), path
    assert Path(tmp_path / "log").exists()
