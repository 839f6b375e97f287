import pytest

from fudemoji.config import resolve
from fudemoji.events import CheckpointSaved, EpochDone, Evaluated, Note, RunFinished, RunStarted, StepsDone
from fudemoji.runs import create_run
from fudemoji.trackers import FolderTracker

STARTED = RunStarted(
    run="a", recipe="quick", data="d", model="m", num_parameters=1, num_train=1, num_valid=1, num_classes=2,
    epochs=2.0, total_steps=4, steps_per_epoch=2, batch_size=1, device="cpu", precision="fp32",
)  # fmt: skip
FINISHED = RunFinished(
    run="a", step=4, recipe="quick", model="m", parameters=1, epochs=2.0, train_seconds=1.0, images_per_second=1.0,
    valid_accuracy=0.5, test_accuracy=None,
)  # fmt: skip


def steps(step):
    return StepsDone(step=step, epoch=step / 2, loss=1.0, lr=0.1, momentum=0.9, images_per_second=1.0)


def evaluated(step, split):
    return Evaluated(
        step=step,
        epoch=1.0,
        split=split,
        num_images=1,
        loss=1.0,
        accuracy=0.5,
        balanced_accuracy=0.5,
        seconds=0.1,
    )


EVENTS = [
    Note(text="筆"),
    STARTED,
    steps(1),
    steps(2),
    EpochDone(step=2, epoch=1, train_loss=1.0, seconds=1.0),
    evaluated(2, "valid"),
    CheckpointSaved(step=2, name="last", path="checkpoints/last.safetensors"),
    steps(3),
    steps(4),
    evaluated(4, "valid"),
    evaluated(4, "test"),
    FINISHED,
]


@pytest.fixture
def run(tmp_path):
    return create_run(resolve(), output=tmp_path, name="a", label="", fill=lambda run: None)


def written(run, events, *, from_step=0):
    tracker = FolderTracker(run, from_step=from_step)
    for event in events:
        tracker(event)
    tracker.close()
    return run.events()


def test_every_event_is_a_line_that_is_there_before_the_next_one(run):
    tracker = FolderTracker(run, from_step=0)
    for count, event in enumerate(EVENTS, 1):
        tracker(event)
        assert run.events() == EVENTS[:count]
    tracker.close()


def test_a_run_that_starts_anew_forgets_everything(run):
    written(run, EVENTS)
    assert written(run, [STARTED]) == [STARTED]


def test_a_run_that_goes_on_forgets_what_happened_after_its_checkpoint(run):
    written(run, EVENTS[:9])
    assert written(run, [steps(3)], from_step=2) == [*EVENTS[:7], steps(3)]


def test_the_end_of_a_run_is_forgotten_because_it_comes_again(run):
    written(run, EVENTS)
    assert written(run, [], from_step=4) == EVENTS[:10]


def test_a_line_that_a_kill_cut_off_is_forgotten(run):
    written(run, EVENTS[:7])
    with run.events_path.open("a") as file:
        file.write('{"kind": "steps_do')
    assert written(run, [steps(3)], from_step=2) == [*EVENTS[:7], steps(3)]
