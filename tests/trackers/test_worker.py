import time

from builders import glyphs, write_glyphs
from fudemoji.runs import Run
from readers import tensorboard_of
from trainings import TINY, child, flags

_SECONDS = 120.0  # a machine may be busy


def test_the_tracker_of_a_training_that_is_killed_notes_that(tmp_path):
    data = write_glyphs(tmp_path / "signs", glyphs(88, 24))
    settings = flags({**TINY, "epochs": 100000, "output": tmp_path / "runs", "name": "a"})
    process = child("train", str(data), "--tracker", "tensorboard", *settings, log=tmp_path / "log.txt")
    run = Run(tmp_path / "runs" / "a")
    try:
        wait_for(lambda: tags(run).get("scalars"))
    finally:
        process.kill()
        process.join()
    wait_for(lambda: "status" in tags(run).get("tensors", ()))
    (ending,) = tensorboard_of(run.path).Tensors("status")
    assert ending.tensor_proto.string_val[0] == b"killed"


def tags(run):
    return tensorboard_of(run.path).Tags() if list(run.path.glob("events.out.*")) else {}


def wait_for(condition):
    end = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)
