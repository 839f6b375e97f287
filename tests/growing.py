"""A run folder that grows as a training would fill it."""

import dataclasses
from pathlib import Path

from PIL import Image

from fudemoji.config import resolve
from fudemoji.events import (
    CheckpointSaved,
    EpochDone,
    Evaluated,
    Note,
    RunFinished,
    RunStarted,
    StepsDone,
    to_json,
)
from fudemoji.runs import create_run
from fudemoji.trackers import FolderTracker

STARTED = RunStarted(
    run="", recipe="quick", data="d", model="m", num_parameters=1, num_train=1, num_valid=1, num_classes=2,
    epochs=2.0, total_steps=6, steps_per_epoch=3, batch_size=1, device="cpu", precision="fp32",
)  # fmt: skip
FINISHED = RunFinished(
    run="", step=6, recipe="quick", model="m", parameters=1, epochs=2.0, train_seconds=1.0, images_per_second=1.0,
    valid_accuracy=0.5, test_accuracy=0.75,
)  # fmt: skip


def steps(step, loss=None):
    return StepsDone(
        step=step, epoch=step / 3, loss=loss or 1 / step, lr=0.1, momentum=0.9, images_per_second=10.0
    )


def evaluated(step, split="valid", accuracy=0.5):
    return Evaluated(
        step=step, epoch=step / 3, split=split, num_images=4, loss=0.5, accuracy=accuracy,
        balanced_accuracy=accuracy, seconds=0.1,
    )  # fmt: skip


EPOCHS = [
    [steps(1), steps(2), steps(3), EpochDone(step=3, epoch=1, train_loss=0.6, seconds=1.0), evaluated(3),
     CheckpointSaved(step=3, name="last", path="checkpoints/last.safetensors")],
    [steps(4), steps(5), steps(6), EpochDone(step=6, epoch=2, train_loss=0.2, seconds=1.0), evaluated(6),
     evaluated(6, "test", 0.75)],
]  # fmt: skip


@dataclasses.dataclass
class Training:
    """What a training leaves in its folder, without one."""

    path: Path

    def __post_init__(self):
        self.run = create_run(
            resolve(), output=self.path.parent, name=self.path.name, label="", fill=self._fill
        )

    def _fill(self, run):
        run.write_json("env", {"python": "3"})
        run.write_json("data", {"name": "d"})
        (run.path / "plots").mkdir()
        Image.new("RGB", (12, 8)).save(run.path / "plots/samples.png")

    def goes(self, *events, from_step=0, state="running"):
        """Write events, from a checkpoint on where there is one; returns the RunStarted among them."""
        tracker = FolderTracker(self.run, from_step=from_step)
        started = dataclasses.replace(STARTED, run=str(self.run.path), step=from_step)
        for event in (Note(text="筆"), started, *events):
            tracker(event)
        tracker.close()
        self.run.set_status(state, step=from_step)
        return started

    def ends(self):
        """Write what the end of a training writes, and the event that tells of it."""
        Image.new("RGB", (20, 20)).save(self.run.path / "plots/confusion.png")
        self.run.write_json("metrics", {"accuracy": 0.75})
        self.run.report_path.write_text("<p>report")
        finished = dataclasses.replace(FINISHED, run=str(self.run.path))
        with self.run.events_path.open("a") as file:
            file.write(f"{to_json(finished)}\n")
        self.run.set_status("finished", step=6)
