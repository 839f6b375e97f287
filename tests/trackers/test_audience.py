import os
import signal
import threading

import pytest

from fudemoji.errors import SettingsError
from fudemoji.events import EVENTS, CheckpointSaved, FilesDecoded, Note, StepsDone
from fudemoji.trackers import DISPLAY, Audience
from fudemoji.trackers import named as table
from fudemoji.trackers.memory import folder_of
from fudemoji.trackers.named import Entry, remembered
from growing import EPOCHS, FINISHED, STARTED, steps


class Recorder:
    in_place = True

    def __init__(self):
        self.events, self.is_closed = [], False

    def __call__(self, event):
        self.events.append(event)

    def close(self):
        self.is_closed = True

    @property
    def warnings(self):
        return [event.text for event in self.events if isinstance(event, Note) and event.level == "warning"]


class Aside(Recorder):
    in_place = False


class Raising(Aside):
    """Raises at the first event of a kind."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def __call__(self, event):
        super().__call__(event)
        if isinstance(event, self.kind):
            raise ValueError("no\nspace")


class Hanging(Aside):
    def __init__(self):
        super().__init__()
        self.go_on = threading.Event()

    def __call__(self, event):
        self.go_on.wait()


class Slow(Hanging):
    def __call__(self, event):
        self.go_on.wait()
        self.events.append(event)


@pytest.fixture
def shown():
    return Recorder()


@pytest.fixture
def drive(training, shown):
    """Hand a whole training to trackers; returns what events.jsonl has in the end."""

    def run(*trackers, **values):
        started = training.goes()
        audience = Audience([DISPLAY, *trackers], display=lambda: shown, **values)
        finish = type(FINISHED)(**{**vars(FINISHED), "run": started.run})
        for event in (
            Note(text="筆"),
            FilesDecoded(done=1, total=2),
            started,
            *EPOCHS[0],
            *EPOCHS[1],
            finish,
        ):
            audience(event)
        audience.close()
        return training.run.events()

    return run


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
@pytest.mark.parametrize("in_place", [True, False], ids=["in place", "in a thread"])
def test_a_tracker_that_raises_is_told_of_once_and_stops_nothing(kind, in_place, drive, shown):
    raising, other = Raising(kind), Aside()
    raising.in_place = in_place
    written = drive(raising, other)
    told = "tracker Raising failed and was switched off (ValueError: no space)"
    assert shown.warnings == [told]
    assert [event.text for event in written if isinstance(event, Note)] == ["筆", told]
    assert sum(isinstance(event, kind) for event in raising.events) == 1
    assert isinstance(raising.events[-1], kind)
    kept = [event for event in other.events if not (isinstance(event, Note) and event.level == "warning")]
    assert kept[3:-1] == [*EPOCHS[0], *EPOCHS[1]]
    assert raising.is_closed
    assert other.is_closed
    assert shown.is_closed


def test_an_exit_in_a_thread_is_a_failure_too(drive, shown):
    class Leaving(Aside):
        def __call__(self, event):
            raise SystemExit(3)

    drive(Leaving())
    assert shown.warnings == ["tracker Leaving failed and was switched off (SystemExit: 3)"]


@pytest.mark.parametrize("in_place", [True, False])
def test_a_tracker_that_cannot_be_closed_is_told_of(in_place, drive, shown):
    class Stuck(Aside):
        def close(self):
            raise OSError("full")

    stuck = Stuck()
    stuck.in_place = in_place
    written = drive(stuck)
    told = "tracker Stuck failed and was switched off (OSError: full)"
    assert told in [event.text for event in written if isinstance(event, Note)]


def test_a_tracker_that_hangs_holds_up_nothing_and_is_left_behind(drive, shown):
    hanging = Hanging()
    drive(hanging, patience=0.1)
    hanging.go_on.set()
    assert shown.warnings == ["tracker Hanging did not end in time and was left behind, 15 events short"]


def test_a_tracker_slower_than_the_training_loses_steps_and_nothing_else(training, shown):
    slow = Slow()
    audience = Audience([DISPLAY, slow], display=lambda: shown)
    started = training.goes()
    audience(started)
    saved = CheckpointSaved(step=1, name="last", path="")
    for step in range(1, 1500):
        audience(steps(step))
    audience(saved)
    slow.go_on.set()
    audience.close()
    assert shown.warnings == ["tracker Slow is slower than the training: steps are left out for it"]
    assert saved in slow.events
    assert 990 < sum(isinstance(event, StepsDone) for event in slow.events) < 1010


def test_the_wait_for_the_rest_is_told_after_a_while(drive, shown, monkeypatch):
    monkeypatch.setattr("fudemoji.trackers.audience._SILENT", 0.05)
    hanging = Hanging()
    drive(hanging, patience=0.2)
    hanging.go_on.set()
    assert Note(text="waiting for Hanging to take the rest, 0.2 seconds at most") in shown.events


def test_an_unknown_tracker_is_refused():
    with pytest.raises(
        SettingsError, match=r"unknown tracker 'wandv' \(did you mean 'wandb'\?\); known: mlflow, t"
    ):
        Audience(["wandv"], display=Recorder)


@pytest.fixture
def absent(monkeypatch):
    """As if wandb were not installed."""
    entry = table.TRACKERS["wandb"]
    monkeypatch.setitem(
        table.TRACKERS, "wandb", Entry(entry.module, entry.made_by, ("wandb_that_is_absent",))
    )


def test_a_tracker_without_its_package_is_refused_before_anything_is_trained(absent):
    told = r"tracker wandb needs wandb_that_is_absent; install it with `pip install 'fudemoji\[wandb\]'`"
    with pytest.raises(SettingsError, match=told):
        Audience(["wandb"], display=Recorder)


def test_a_resumed_run_goes_on_without_a_tracker_whose_package_is_gone(absent, drive, shown, training):
    folder_of(training.run, "wandb").mkdir(parents=True)
    drive(before=remembered(training.run))
    assert shown.warnings == [
        "tracker wandb, which this run has had, needs wandb_that_is_absent; install it with "
        "`pip install 'fudemoji[wandb]'`; the training goes on without it"
    ]


def test_a_named_tracker_that_is_killed_is_told_of(training, shown):
    audience = Audience([DISPLAY, "tensorboard"], display=lambda: shown)
    audience(training.goes())
    (tracker,) = audience._aside
    os.kill(tracker._process.pid, signal.SIGKILL)
    tracker._process.wait()
    audience(steps(1))
    audience.close()
    log = folder_of(training.run, "tensorboard") / "log.txt"
    assert shown.warnings == [
        f"tracker tensorboard died (exit code -9) and was switched off; its log is {log}"
    ]


def test_a_named_tracker_that_hangs_is_stopped(training, shown):
    audience = Audience([DISPLAY, "tensorboard"], display=lambda: shown, patience=0.2)
    audience(training.goes())
    (tracker,) = audience._aside
    os.kill(tracker._process.pid, signal.SIGSTOP)
    audience.close()
    log = folder_of(training.run, "tensorboard") / "log.txt"
    assert shown.warnings == [f"tracker tensorboard did not end in time and was stopped; its log is {log}"]
    assert tracker._process.returncode == -signal.SIGKILL


def test_a_server_that_cannot_be_reached_is_told_of(training, shown, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    audience = Audience([DISPLAY, "mlflow"], display=lambda: shown)
    audience(training.goes())
    audience(steps(1))
    audience.close()
    (text,) = shown.warnings
    assert text.startswith("tracker mlflow failed and was switched off (MlflowException: ")
    assert "127.0.0.1" in text
    assert text.endswith(f"its log is {folder_of(training.run, 'mlflow') / 'log.txt'}")


def test_a_run_that_never_starts_starts_no_tracker(shown, tmp_path):
    audience = Audience([DISPLAY, "tensorboard"], display=lambda: shown)
    audience(Note(text="筆"))
    audience.close()
    assert shown.is_closed
    assert STARTED not in shown.events
