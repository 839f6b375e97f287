"""Trainings by torchrun: two ranks on gloo against one process."""

import functools
import signal
import time

import numpy as np
import pytest
import safetensors.numpy

from builders import glyphs, write_glyphs
from fudemoji.engine.loop import Plan
from fudemoji.events import EpochDone, Evaluated, RunFinished, RunStarted, StepsDone
from fudemoji.runs import Run
from fudemoji.training import fit, fit_events
from torchruns import ended, ranks_of, said_by_ranks, started, trained_under_kills
from trainings import TINY, differences, flags

SGD = {**TINY, "opt": "sgd", "lr": 0.02}
WARPS = {"rotate": 10, "shift": 0.1, "light": 0.2, "cutout": 0.3}
EQUAL = {
    "mlp": TINY,
    "batch norm, parts of 7 and 8 images": {**SGD, "model": "fude-s", "batch_size": 15, "ema": 0.9, **WARPS},
    "dropout, mixup, three uneven slices": {
        **SGD,
        "model": "cnn",
        "batch_size": 25,
        "accumulate": 3,
        "mixup": 0.4,
        "mix_share": 1.0,
        "clean": "2st",
    },
    "weights of classes, focal, clipped": {
        **SGD,
        "loss": "focal",
        "class_weights": "balanced",
        "clip_grad": 0.1,
        "batch_size": 17,
    },
    "classes equally often": {**SGD, "sampling": "balanced", "logit_adjust": 0.0},
}
LONGER = {**TINY, "model": "fude-s", "epochs": 12, "ema": 0.9, "checkpoint_minutes": 1e-9, "rotate": 5}
REFUSED = {
    "more ranks than images": (
        ["train", "SET", *flags({**TINY, "batch_size": 1})],
        "2 ranks cannot share 1 image a step: each needs one at least; start fewer ranks or change --batch-size",
    ),
    "a last slice too small": (
        ["train", "SET", *flags({**TINY, "batch_size": 10, "accumulate": 4})],
        "2 ranks cannot share 10 images a step in 4 slices, the last of 1: each needs one at least; start fewer ranks "
        "or change --batch-size",
    ),
    "one image for a norm": (
        ["train", "SET", *flags({**TINY, "batch_size": 3, "model": "fude-s"}), "--no-sync-bn"],
        "batch norm needs two images a slice at least; 3 images a step in 1 slice(s), each shared by 2 ranks, leave "
        "one alone; change --batch-size or --accumulate",
    ),
    "batch size auto": (
        ["train", "SET", *flags({**TINY, "batch_size": "auto"})],
        "batch_size auto times one process; `fudemoji batch` finds a size, to be given to all ranks together with "
        "--batch-size",
    ),
    "no such set": (["train", "./nowhere"], None),
    "one device for two": (
        ["train", "SET", "--device", "cuda:1"],
        "device cuda:1 is one, for 2 ranks; use auto or cuda (a GPU for each rank), or cpu",
    ),
    "a wrong setting": (["train", "SET", "--epochs", "soon"], None),
    "a verb for one": (
        ["lr", "SET"],
        "`fudemoji lr` works in one process; start it without torchrun, which is for train and resume",
    ),
    "a run that is there": (["train", "SET", "--name", "mlp", "--output", "RUNS"], None),
    "a run that is not there": (["resume", "RUNS/none"], None),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def signs_on_disk(folder):
    return write_glyphs(folder / "signs", glyphs(88, 24))


@pytest.fixture(scope="module")
def said(folder, signs_on_disk):
    """What two ranks said to everything above, by its name; one start of torchrun for all."""
    output = folder / "two"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fudemoji.training.workbench.Plan", functools.partial(Plan, event_seconds=0.0))
        leave(fit_events(str(signs_on_disk), output=output, name="left", **TINY), step=4)
    commands = {
        name: [
            "train",
            str(signs_on_disk),
            "--output",
            str(output),
            "--name",
            name.split(",")[0],
            *flags(values),
        ]
        for name, values in EQUAL.items()
    }
    commands["lr auto"] = [
        *["train", str(signs_on_disk), "--output", str(output), "--name", "auto"],
        *flags({**TINY, "epochs": 1, "lr": "auto"}),
    ]
    common = ["train", str(signs_on_disk), "--output", str(output)]
    commands["unbroken"] = [*common, "--name", "unbroken", *flags(LONGER)]
    commands["going on"] = ["resume", str(output / "left")]
    for name, (arguments, _) in REFUSED.items():
        known = {"SET": str(signs_on_disk), "RUNS": str(output), "RUNS/none": str(output / "none")}
        commands[name] = [known.get(word, word) for word in arguments]
    return dict(zip(commands, said_by_ranks(folder / "said", list(commands.values())), strict=True))


def leave(events, *, step):
    for event in events:
        if isinstance(event, StepsDone) and event.step == step:
            events.close()


def weights_of(run):
    return safetensors.numpy.load_file(run.checkpoint_path("last"))


def assert_alike(one, other, *, within=1e-5):
    ours, theirs = weights_of(one), weights_of(other)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_allclose(array, theirs[name], rtol=within, atol=within, err_msg=name)


@pytest.mark.parametrize("name", EQUAL)
def test_two_ranks_end_where_one_process_does(name, said, folder, signs_on_disk, no_report, every_step):
    first, second = said[name]
    assert (first.exit_code, second.exit_code) == (0, 0), first.err
    two = Run(folder / "two" / name.split(",")[0])
    alone = fit(str(signs_on_disk), output=folder / "one", name=two.name, trackers=[], **EQUAL[name])
    one = Run(folder / "one" / two.name)
    assert_alike(two, one)
    finished = two.events()[-1]
    assert isinstance(finished, RunFinished)
    assert finished.test_accuracy == alone.test_accuracy
    for kind, figures in ((StepsDone, ["step", "loss"]), (EpochDone, ["step", "train_loss"])):
        found = [[getattr(e, f) for e in two.events() if isinstance(e, kind)] for f in figures]
        expected = [[getattr(e, f) for e in one.events() if isinstance(e, kind)] for f in figures]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    for ours, theirs in zip(
        *([e for e in run.events() if isinstance(e, Evaluated)] for run in (two, one)), strict=True
    ):
        assert (ours.split, ours.num_images, ours.accuracy) == (
            theirs.split,
            theirs.num_images,
            theirs.accuracy,
        )
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-4)


def test_only_the_first_rank_talks_and_writes(said, folder):
    first, second = said["mlp"]
    assert "batch 16 on 2 ranks" in first.err
    assert "test accuracy" in first.out
    assert (second.out, second.err) == ("", "")
    run = Run(folder / "two" / "mlp")
    assert [e.ranks for e in run.events() if isinstance(e, RunStarted)] == [2]
    assert run.read_json("env")["ranks"] == 2
    assert run.read_json("status")["state"] == "finished"


def test_ranks_find_a_rate_together(said, folder):
    first, second = said["lr auto"]
    assert first.exit_code == second.exit_code
    assert second.err == ""
    assert "rate" in first.err


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_once_by_the_first_rank(name, said):
    first, second = said[name]
    assert (first.exit_code, second.exit_code) == (2, 2)
    assert second.err == ""
    assert first.err.startswith("fudemoji: ")
    assert first.err.count("\n") == 1
    if REFUSED[name][1]:
        assert first.err == f"fudemoji: {REFUSED[name][1]}\n"


# --- killed, and asked to stop ---------------------------------------------------------------------------------


def killed_runs_end_like_the_unbroken_one(signs_on_disk, folder, output, *, at, seed):
    arguments = ["train", str(signs_on_disk), *flags(LONGER), "--output", str(output), "--name", "killed"]
    killed = Run(output / "killed")
    err = trained_under_kills(arguments, killed.events_path, at=at, seed=seed)
    assert differences(killed, Run(folder / "two" / "unbroken")) == []
    steps = [e.step for e in killed.events() if isinstance(e, StepsDone)]
    assert steps == list(range(1, 61))
    starts = [e.step for e in killed.events() if isinstance(e, RunStarted)]
    assert len(starts) == len(at) + 1, starts
    assert "exists" not in err


@pytest.mark.usefixtures("said")
def test_a_killed_rank_is_started_anew_and_the_run_ends_bit_for_bit(signs_on_disk, folder, tmp_path):
    killed_runs_end_like_the_unbroken_one(signs_on_disk, folder, tmp_path, at=[23], seed=0)


@pytest.mark.slow
@pytest.mark.usefixtures("said")
def test_ten_ranks_killed_at_random_moments_change_nothing(signs_on_disk, folder, tmp_path):
    at = np.sort(np.random.default_rng(1).integers(1, 60, 10)).tolist()
    killed_runs_end_like_the_unbroken_one(signs_on_disk, folder, tmp_path, at=at, seed=1)


def test_ranks_asked_to_stop_do_so_at_one_step_and_one_process_goes_on(
    signs_on_disk, tmp_path, no_report, every_step
):
    values = {**SGD, "epochs": 400, "checkpoint_minutes": 60, "validate_every": "400ep"}
    arguments = ["train", str(signs_on_disk), *flags(values), "--output", str(tmp_path), "--name", "a"]
    process, run = started("-m", "fudemoji", *arguments), Run(tmp_path / "a")
    while process.poll() is None and not any(isinstance(e, StepsDone) for e in run.events()):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, _, err = ended(process)
    assert not ranks_of(process)
    step = run.read_json("status")["step"]
    assert run.read_json("status")["state"] == "interrupted"
    assert err.count(f"interrupted after step {step}; resume with `fudemoji resume") == 1
    assert "Traceback" not in err.split("fudemoji: ")[1].split("\n")[0]
    assert 0 < step < 2000
    events = run.events()
    assert max(e.step for e in events if isinstance(e, StepsDone)) == step


def test_two_ranks_go_on_with_what_one_process_began(said, folder):
    assert said["going on"][0].exit_code == 0, said["going on"][0].err
    run = Run(folder / "two" / "left")
    assert [(e.step, e.ranks) for e in run.events() if isinstance(e, RunStarted)] == [(0, 1), (4, 2)]
    assert_alike(run, Run(folder / "two" / "mlp"))
