import dataclasses
import errno
import os
import random
import signal
import threading
import time

import pytest
import safetensors

from builders import OPTIMISERS, glyphs, write_glyphs
from fudemoji import runs
from fudemoji.engine import state
from fudemoji.errors import DataError, RunError
from fudemoji.events import CheckpointSaved, Evaluated, RunFinished, StepsDone
from fudemoji.runs import Run
from fudemoji.training import fit_events, resume, resume_events
from fudemoji.training.interruption import Interruption
from trainings import TINY, child, differences, flags

# everything that carries something from step to step: dropout, mixup, the average, a schedule, an optimiser
BUSY = {"model": "cnn", "ema": 0.9, "mixup": 0.4, "rotate": 10, "clean": "2st", "smoothing": 0.1}


@pytest.fixture(autouse=True)
def _quick(no_report, every_step):
    """No report, and an event each step."""


@pytest.fixture
def unbroken(signs, tmp_path):
    """A function that trains without a break and returns the run."""

    def train(**values):
        list(fit_events(signs, output=tmp_path, name="unbroken", **values))
        return Run(tmp_path / "unbroken")

    return train


def leave(events, *, at):
    """Take events up to number `at`, then leave, as a `for` with `break` does."""
    for number, event in enumerate(events):
        if number == at:
            events.close()
            return event
    return None


def test_a_run_left_at_any_event_ends_bit_for_bit_where_the_unbroken_one_does(
    signs, tmp_path, unbroken, tiny
):
    whole = unbroken(**tiny)
    for at in range(len(whole.events())):
        name = f"left-at-{at}"
        left = leave(fit_events(signs, output=tmp_path, name=name, **tiny), at=at)
        run = Run(tmp_path / name)
        if isinstance(left, RunFinished):
            assert run.read_json("status")["state"] == "finished"
        else:
            resume(run.path, data=signs, trackers=[])
        assert differences(run, whole) == [], f"left at {left}"
        assert [e for e in run.events() if isinstance(e, RunFinished)] == run.events()[-1:]
        steps = [e.step for e in run.events() if isinstance(e, StepsDone)]
        assert steps == list(range(1, 11)), f"left at {left}"


@pytest.mark.parametrize("opt", OPTIMISERS)
@pytest.mark.parametrize("at", [3, 5, 6])
def test_every_optimiser_resumes_inside_an_epoch_and_at_its_end(signs, tmp_path, unbroken, tiny, opt, at):
    values = {**tiny, "opt": opt}
    whole = unbroken(**values)
    events = fit_events(signs, output=tmp_path, name="a", **values)
    for event in events:
        if isinstance(event, StepsDone) and event.step == at:
            events.close()
            break
    resume(tmp_path / "a", data=signs, trackers=[])
    assert differences(Run(tmp_path / "a"), whole) == []


def test_dropout_mixup_average_and_warps_resume_exactly_however_often_they_are_left(
    signs, tmp_path, unbroken, tiny
):
    values = {**tiny, **BUSY}
    whole = unbroken(**values)
    leave(fit_events(signs, output=tmp_path, name="a", **values), at=2)
    for at in (1, 4, 3, 5):
        leave(resume_events(tmp_path / "a", data=signs), at=at)
    resume(tmp_path / "a", data=signs, trackers=[])
    run = Run(tmp_path / "a")
    assert differences(run, whole) == []
    assert any(name.startswith("average/") for name in _tensor_names(run))


def _tensor_names(run):
    with safetensors.safe_open(run.checkpoint_path("last"), framework="np") as file:
        return list(file.keys())


def test_whoever_leaves_finds_a_checkpoint_and_a_status_that_says_so(signs, tmp_path, tiny):
    events = fit_events(signs, output=tmp_path, name="a", **tiny)
    for event in events:
        if isinstance(event, StepsDone) and event.step == 3:
            events.close()
    run = Run(tmp_path / "a")
    status = run.read_json("status")
    assert (status["state"], status["step"]) == ("interrupted", 3)
    assert run.checkpoint_path("last").exists()


def test_a_resumed_run_says_where_it_goes_on_and_is_running_meanwhile(signs, tmp_path, tiny):
    events = fit_events(signs, output=tmp_path, name="a", **tiny)
    while not (isinstance(event := next(events), StepsDone) and event.step == 4):
        pass
    events.close()
    events = resume_events(tmp_path / "a", data=signs)
    started = next(events)
    assert started.step == 4
    next(events)
    assert Run(tmp_path / "a").read_json("status")["state"] == "running"
    events.close()


def test_checkpoints_come_every_few_minutes_inside_an_epoch_too(signs, tmp_path, tiny):
    events = list(fit_events(signs, output=tmp_path, name="a", **{**tiny, "checkpoint_minutes": 1e-9}))
    saved = [e.step for e in events if isinstance(e, CheckpointSaved) and e.name == "last"]
    assert saved == list(range(1, 11))


def test_the_previous_checkpoint_can_be_gone_on_from(signs, tmp_path, unbroken, tiny):
    values = {**tiny, "checkpoint_minutes": 1e-9}
    whole = unbroken(**values)
    events = fit_events(signs, output=tmp_path, name="a", **values)
    for event in events:
        if isinstance(event, StepsDone) and event.step == 7:
            events.close()
    run = Run(tmp_path / "a")
    damaged = bytearray(run.checkpoint_path("last").read_bytes())
    damaged[-1] ^= 1
    run.checkpoint_path("last").write_bytes(damaged)
    with pytest.raises(
        RunError,
        match=r"last\.safetensors is damaged \(.*\); go on from the one before it with "
        r"`fudemoji resume .*/a --checkpoint previous`$",
    ):
        resume(run.path, data=signs, trackers=[])
    resume(run.path, checkpoint="previous", data=signs, trackers=[])
    assert differences(run, whole) == []


def test_a_last_checkpoint_that_is_gone_is_not_taken_for_a_new_run(signs, tmp_path, tiny):
    events = fit_events(signs, output=tmp_path, name="a", **{**tiny, "checkpoint_minutes": 1e-9})
    leave(events, at=8)
    Run(tmp_path / "a").checkpoint_path("last").unlink()
    with pytest.raises(
        RunError, match=r"^no checkpoint .*last\.safetensors; go on from the one before it with"
    ):
        resume(tmp_path / "a", data=signs, trackers=[])


# --- what is refused -------------------------------------------------------------------------------------------


@pytest.fixture
def left(signs, tmp_path, tiny):
    """A run that was left after three steps."""
    leave(fit_events(signs, output=tmp_path, name="left", **tiny), at=3)
    return Run(tmp_path / "left")


def test_a_finished_run_is_not_trained_any_further(signs, tmp_path, tiny):
    list(fit_events(signs, output=tmp_path, name="a", **tiny))
    with pytest.raises(RunError, match=r"^run .*/a is finished; look at it with `fudemoji report .*/a`$"):
        resume(tmp_path / "a", data=signs, trackers=[])


def test_a_run_that_is_not_there_says_so(tmp_path):
    with pytest.raises(RunError, match=r"^no run folder .*/a; list them with `fudemoji runs`$"):
        resume(tmp_path / "a", trackers=[])


def test_a_checkpoint_by_another_name_is_told(signs, left):
    with pytest.raises(RunError, match=r"^no checkpoint .*/first\.safetensors$"):
        resume(left.path, checkpoint="first", data=signs, trackers=[])


def test_the_best_weights_alone_cannot_be_gone_on_from(signs, tmp_path, tiny):
    leave(fit_events(signs, output=tmp_path, name="a", **tiny), at=10)
    with pytest.raises(
        RunError, match=r"best\.safetensors holds weights only; go on from `last` or `previous`$"
    ):
        resume(tmp_path / "a", checkpoint="best", data=signs, trackers=[])


def test_another_set_is_refused(signs, left):
    flipped = signs.images.copy()
    flipped[5, 0, 0, 0] ^= 1
    with pytest.raises(
        RunError,
        match=r"^glyphs is not the set that .*/left was started with: its fingerprint is [0-9a-f]{12}, ",
    ):
        resume(left.path, data=dataclasses.replace(signs, images=flipped), trackers=[])
    with pytest.raises((RunError, DataError), match="glyphs"):
        resume(left.path, data=glyphs(20, 4), trackers=[])
    assert left.read_json("status")["state"] == "interrupted"


def test_a_folder_that_changed_or_went_away_is_refused(signs, tmp_path, tiny):
    folder = write_glyphs(tmp_path / "set", signs)
    leave(fit_events(str(folder), output=tmp_path / "runs", name="a", **tiny), at=3)
    images = signs.images.copy()
    images[0] = 0
    write_glyphs(folder, dataclasses.replace(signs, images=images))
    with pytest.raises(RunError, match=r"^set is not the set that .* was started with"):
        resume(tmp_path / "runs" / "a", trackers=[])
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with pytest.raises(DataError, match=r"^no folder .*/set"):
        resume(tmp_path / "runs" / "a", trackers=[])


@pytest.mark.parametrize("name", ["config.json", "data.json", "status.json", "split.npz"])
def test_a_run_folder_with_a_damaged_file_is_refused_with_its_name(signs, left, name):
    (left.path / name).write_bytes(b"{")
    with pytest.raises(RunError, match=rf"{name}.* damaged"):
        resume(left.path, data=signs, trackers=[])


# --- killed, and asked to stop ---------------------------------------------------------------------------------

LONGER = {**TINY, **BUSY, "epochs": 12, "checkpoint_minutes": 1e-9}


@pytest.fixture
def on_disk(tmp_path):
    """The signs as a folder, for processes of their own."""
    return write_glyphs(tmp_path / "signs", glyphs(88, 24))


def trained(on_disk, output, name, *, kills):
    """A run killed at each of these moments, in seconds after its start, and resumed until it is finished.

    Also returned is how often it went on from a checkpoint.
    """
    run, log = Run(output / name), output / f"{name}.log"
    kills, num_resumed = list(kills), 0
    for _ in range(len(kills) + 20):
        if not run.path.exists():
            arguments = ["train", str(on_disk), "--output", str(output), "--name", name, *flags(LONGER)]
        elif run.read_json("status")["state"] != "finished":
            arguments = ["resume", str(run.path)]
            num_resumed += run.checkpoint_path("last").exists()
        else:
            return run, num_resumed
        process = child(*arguments, log=log)
        if kills:
            process.join(kills.pop(0))
            process.kill()
        process.join(120)
        assert process.exitcode in (0, -signal.SIGKILL), log.read_text(encoding="utf-8")
        process.close()
    raise AssertionError(f"{name} did not finish: {log.read_text(encoding='utf-8')}")


def killed_runs_end_like_the_unbroken_one(on_disk, tmp_path, *, num_runs, most_kills, seed):
    output = tmp_path / "runs"
    output.mkdir()
    whole, _ = trained(on_disk, output, "unbroken", kills=[])
    start = time.perf_counter()  # now that the processes have a warm parent to come from
    again, _ = trained(on_disk, output, "again", kills=[])
    assert differences(again, whole) == []
    seconds = time.perf_counter() - start
    rng, num_resumed = random.Random(seed), 0
    for number in range(num_runs):
        kills = [rng.uniform(0.1, 0.9) * seconds for _ in range(rng.randint(1, most_kills))]
        run, times = trained(on_disk, output, f"killed-{number}", kills=kills)
        num_resumed += times
        assert differences(run, whole) == [], f"{run.name}, killed after {kills} s"
        steps = [event.step for event in run.events() if isinstance(event, StepsDone)]
        assert steps == list(range(1, 61))
        tests = [e for e in run.events() if isinstance(e, Evaluated) and e.split == "test"]
        assert len(tests) == 1
    return num_resumed


def test_runs_killed_at_random_moments_end_bit_for_bit_like_the_unbroken_one(on_disk, tmp_path):
    killed_runs_end_like_the_unbroken_one(on_disk, tmp_path, num_runs=2, most_kills=2, seed=0)


@pytest.mark.slow
def test_twenty_runs_killed_at_random_moments_end_bit_for_bit_like_the_unbroken_one(on_disk, tmp_path):
    num_resumed = killed_runs_end_like_the_unbroken_one(on_disk, tmp_path, num_runs=20, most_kills=4, seed=1)
    assert num_resumed >= 20  # the kills did hit the trainings, and not only their start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_stop_writes_a_checkpoint_and_the_command_that_resumes(
    on_disk, tmp_path, number
):
    output, log = tmp_path / "runs", tmp_path / "log"
    values = {**LONGER, "epochs": 200}
    run = Run(output / "a")
    process = child("train", str(on_disk), "--output", str(output), "--name", "a", *flags(values), log=log)
    deadline = time.monotonic() + 60
    while not (run.events_path.exists() and b"steps_done" in run.events_path.read_bytes()):
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        assert process.exitcode is None, log.read_text(encoding="utf-8")
        time.sleep(0.02)
    os.kill(process.pid, number)
    process.join(60)
    assert process.exitcode == 130
    line = log.read_text(encoding="utf-8").splitlines()[-1]
    step = run.read_json("status")["step"]
    assert line == f"fudemoji: interrupted after step {step}; resume with `fudemoji resume {run.path}`"
    assert run.read_json("status")["state"] == "interrupted"
    events = resume_events(run.path)
    assert next(events).step == step
    events.close()


def test_a_second_ctrl_c_is_not_swallowed():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        assert interruption.is_asked_for
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_signals_are_left_alone_outside_the_main_thread():
    found = []

    def enter():
        with Interruption() as interruption:
            found.append(interruption.is_asked_for)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [False]


def test_a_full_disk_stops_a_run_that_can_go_on_afterwards(signs, tmp_path, unbroken, tiny, monkeypatch):
    whole = unbroken(**tiny)
    writes = []

    def write_beside(path):
        writes.append(path)
        if len(writes) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return runs.write_beside(path)

    monkeypatch.setattr(state, "write_beside", write_beside)
    with pytest.raises(
        RunError,
        match=r"is not written: No space left on device; what lay there is whole: make room, ",
    ):
        list(fit_events(signs, output=tmp_path, name="a", **tiny))
    monkeypatch.undo()
    resume(tmp_path / "a", data=signs, trackers=[])
    assert differences(Run(tmp_path / "a"), whole) == []


def test_a_run_in_training_is_not_resumed_by_a_second_process(signs, tmp_path, tiny):
    events = fit_events(signs, output=tmp_path, name="r", **tiny)
    next(events)
    with pytest.raises(RunError, match=r"run .*r is in training in another process$"):
        list(resume_events(tmp_path / "r", data=signs))
    events.close()


def test_what_a_kill_left_half_written_is_removed_on_resume(signs, tmp_path, tiny):
    leave(fit_events(signs, output=tmp_path, name="r", **tiny), at=4)
    left = tmp_path / "r" / "checkpoints" / ".last.safetensors.x1y2.part"
    left.write_bytes(b"half")
    resume(tmp_path / "r", data=signs, trackers=[])
    assert not left.exists()
