import os
import pty
import re
import sys
import threading
import time

import pytest
from rich.console import Console

from fudemoji.cli.picture import Picture
from fudemoji.locks import folder_lock
from fudemoji.trackers.watching import Watched
from growing import EPOCHS, Training, steps


@pytest.fixture
def training(tmp_path):
    return Training(tmp_path / "runs" / "a")


def picture(run, *, width=80, height=40, **values):
    watched = Watched(run.path)
    watched.look()
    console = Console(width=width, height=height, force_terminal=True, color_system=None, **values)
    with console.capture() as capture:
        console.print(Picture(watched))
    return capture.get()


def test_a_finished_run_is_one_picture(cli, done):
    answer = cli("watch", done.path, "--once")
    assert answer.exit_code == 0
    assert f"{done.name}  finished; look at" in answer.out
    assert "validation" in answer.out
    assert "⠤" in answer.out or "⠒" in answer.out


def test_a_finished_run_is_told_in_lines_where_nobody_watches(cli, done):
    answer = cli("watch", done.path)
    assert answer.exit_code == 0
    lines = answer.out.splitlines()
    assert lines[-1] == f"finished; look at {done.report_path}"
    assert [line.split()[0] for line in lines if re.match(r" +\d+ ", line)] == [str(n) for n in range(1, 26)]


def test_a_folder_that_is_no_run_is_one_line(refused, tmp_path):
    assert "no run folder" in refused("watch", tmp_path / "nowhere")
    assert "config.json is missing" in refused("watch", tmp_path)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("interrupted", "interrupted at step 0; go on with `fudemoji resume "),
        (
            "running",
            "no process on this machine is training it: it was killed, or runs on another; go on with",
        ),
    ],
)
def test_a_run_that_stands_still_is_told_and_ends_the_lines(state, told, cli, training):
    training.goes(*EPOCHS[0], state=state)
    if state == "running":
        os.utime(training.run.events_path, (0, 0))
    answer = cli("watch", training.run.path)
    assert answer.exit_code == 0
    assert told in answer.out.splitlines()[-1]
    assert told[:40] in picture(training.run, width=200)


def test_a_failed_run_says_why(cli, training):
    training.goes(*EPOCHS[0])
    training.run.set_status("failed", step=3, reason="the loss is nan")
    assert cli("watch", training.run.path).out.splitlines()[-1] == "failed at step 3: the loss is nan"


def test_a_run_in_training_is_shown_as_running_with_the_time_left(training):
    training.goes(*EPOCHS[0])
    with folder_lock(training.run.path, refusal=RuntimeError()):
        shown = picture(training.run)
    assert "a  running" in shown
    assert "3/6 epoch 1.0 of 2, 10 images/s, 0.4\u00a0s left" in shown
    assert "loss        training 0.3333  validation 0.5000" in shown
    assert "accuracy    validation 50.00\u00a0%" in shown


@pytest.mark.parametrize(("width", "height"), [(200, 60), (80, 24), (40, 12), (20, 8)])
def test_the_picture_fits_the_terminal(width, height, training):
    training.goes(*EPOCHS[0], *EPOCHS[1])
    lines = picture(training.run, width=width, height=height).splitlines()
    assert max(map(len, lines)) <= width


def test_a_run_without_a_step_says_so(training):
    training.run.set_status("running", step=0)
    assert "no step has been taken yet" in picture(training.run)


def test_a_run_that_is_resumed_is_followed_and_told_once(training):
    training.goes(*EPOCHS[0], steps(4, loss=9.0))
    watched = Watched(training.run.path)
    watched.look()
    assert steps(4, loss=9.0) in watched.fresh()
    training.goes(*EPOCHS[1], from_step=3)
    watched.look()
    assert steps(4, loss=9.0) not in watched.events
    fresh = watched.fresh()
    assert steps(3) not in fresh
    assert fresh[1:] == EPOCHS[1]


def test_watching_may_begin_before_the_run(cli, tmp_path):
    def later():
        time.sleep(0.2)
        training = Training(tmp_path / "runs" / "a")
        training.goes(*EPOCHS[0], *EPOCHS[1])
        training.ends()

    thread = threading.Thread(target=later)
    thread.start()
    answer = cli("watch", tmp_path / "runs" / "a", "--wait")
    thread.join()
    assert answer.out.splitlines()[-1].startswith("finished; look at")


WATCH = "from fudemoji.cli import main; main()"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_on_a_terminal_it_is_drawn_anew_until_it_is_left(training):
    training.goes(*EPOCHS[0])
    with folder_lock(training.run.path, refusal=RuntimeError()):
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.executable, [sys.executable, "-c", WATCH, "watch", str(training.run.path)])
        text = read_until(terminal, "50.00")
        assert "running" in text
        os.write(terminal, b"\x03")
        read_until(terminal, "\x1b[?25h")  # the cursor is back
        _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0


def read_until(terminal, wanted):
    text = ""
    while wanted not in text:
        text += os.read(terminal, 65536).decode(errors="replace")
    return text
