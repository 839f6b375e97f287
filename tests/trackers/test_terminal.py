import io

from fudemoji.events import EpochDone, Evaluated, Note, RunFinished, RunStarted, StepsDone
from fudemoji.trackers import TerminalTracker

FINISHED = RunFinished(
    run="runs/a", step=4, recipe="quick", model="mlp", parameters=1, epochs=2.0, train_seconds=1.0,
    images_per_second=1.0, valid_accuracy=0.5, test_accuracy=None,
)  # fmt: skip


def started(**values):
    given = {
        "run": "runs/a", "recipe": "quick", "data": "kana [x]", "model": "mlp", "num_parameters": 89610,
        "num_train": 54000, "num_valid": 6000, "num_classes": 10, "epochs": 2.0, "total_steps": 4, "steps_per_epoch": 2,
        "batch_size": 128, "device": "cpu", "precision": "fp32, channels first",
    }  # fmt: skip
    return RunStarted(**{**given, **values})


def evaluated(epoch, split="valid"):
    return Evaluated(
        step=2,
        epoch=epoch,
        split=split,
        num_images=10,
        loss=0.25,
        accuracy=0.9876,
        balanced_accuracy=0.9,
        seconds=0.5,
    )


def epoch_done(epoch):
    return EpochDone(step=2 * epoch, epoch=epoch, train_loss=0.5, seconds=1.5)


STEP = StepsDone(step=1, epoch=0.5, loss=0.5, lr=0.1, momentum=0.9, images_per_second=100.0)


def shown(*events, stream=None):
    stream = stream or io.StringIO()
    tracker = TerminalTracker(stream)
    for event in events:
        tracker(event)
    tracker.close()
    return stream.getvalue()


def test_a_piped_run_is_a_header_and_one_plain_line_an_epoch():
    text = shown(
        started(),
        STEP,
        epoch_done(1),
        evaluated(1),
        epoch_done(2),
        evaluated(2),
        evaluated(2, "test"),
        FINISHED,
    )
    lines = text.splitlines()
    assert lines[0] == (
        "runs/a: mlp (89,610 parameters) on kana [x], 54,000 train and 6,000 valid images, 10 classes, batch 128, "
        "fp32, channels first"
    )
    assert lines[1].split() == ["epoch", "train_loss", "valid_loss", "accuracy", "balanced", "time"]
    assert lines[2].split() == ["1", "0.5000", "0.2500", "98.76%", "90.00%", "2.0s"]
    assert len(lines) == 4
    assert "\x1b" not in text
    assert "\r" not in text


def test_without_a_validation_split_the_row_comes_with_the_epoch():
    lines = shown(started(num_valid=0), epoch_done(1), FINISHED).splitlines()
    assert lines[2].split() == ["1", "0.5000", "-", "-", "-", "1.5s"]


def test_with_several_labels_an_image_other_figures_stand_in_the_table():
    found = Evaluated(
        step=2,
        epoch=1,
        split="valid",
        num_images=10,
        loss=0.25,
        accuracy=0.5,
        macro_f1=0.75,
        mean_average_precision=0.875,
        seconds=0.5,
    )
    lines = shown(started(multi_label=True), epoch_done(1), found, FINISHED).splitlines()
    assert lines[1].split() == [
        "epoch",
        "train_loss",
        "valid_loss",
        "accuracy",
        "macro_f1",
        "mean_ap",
        "time",
    ]
    assert lines[2].split() == ["1", "0.5000", "0.2500", "50.00%", "75.00%", "87.50%", "2.0s"]


def test_notes_are_shown_as_they_are_and_not_taken_for_markup():
    assert shown(Note(text="rate 0.1 [bold]x[/bold]", level="warning")) == "rate 0.1 [bold]x[/bold]\n"


def test_on_a_terminal_there_is_a_progress_bar_that_goes_away():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    text = shown(started(), STEP, epoch_done(1), evaluated(1), stream=Terminal())
    assert "\x1b" in text
    assert "98.76%" in text


def test_closing_twice_does_no_harm():
    tracker = TerminalTracker(io.StringIO())
    tracker(started())
    tracker.close()
    tracker.close()
