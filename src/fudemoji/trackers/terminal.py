"""A table of epochs, as fastai prints it, under a progress bar; plain lines where nobody watches."""

from __future__ import annotations

import time
from typing import TextIO

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from fudemoji.events import (
    EpochDone,
    Evaluated,
    Event,
    FilesDecoded,
    Note,
    RunFinished,
    RunStarted,
    StepsDone,
)
from fudemoji.trackers.console import console_on
from fudemoji.trackers.decoding import QUIET_SECONDS, DecodingBar

__all__ = ["TerminalTracker"]

_FIGURES = {"accuracy": "accuracy", "balanced": "balanced_accuracy"}
_MULTI_FIGURES = {"accuracy": "accuracy", "macro_f1": "macro_f1", "mean_ap": "mean_average_precision"}


class TerminalTracker:
    """Shows a run on a text stream, stderr unless told otherwise."""

    in_place = True

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = console_on(stream)
        self._decoding = DecodingBar(stream)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._epoch: EpochDone | None = None
        self._seconds = 0.0  # of the epochs since the last row
        self._has_valid = False
        self._figures = _FIGURES
        self._last_line = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Show what is worth showing of an event."""
        if isinstance(event, FilesDecoded):
            self._decoding(event.done, event.total)
            return
        self._decoding.close()
        if isinstance(event, Note):
            style = "yellow" if event.level == "warning" else "dim"
            self._print(f"[{style}]{escape(event.text)}[/]")
        elif isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, StepsDone):
            self._move(event)
        elif isinstance(event, EpochDone):
            self._epoch = event
            self._seconds += event.seconds
            if not self._has_valid:
                self._row(event, None)
        elif isinstance(event, Evaluated) and event.split == "valid" and self._epoch:
            self._row(self._epoch, event)
        elif isinstance(event, RunFinished):
            self.close()

    def close(self) -> None:
        """Take the progress bars away."""
        self._decoding.close()
        if self._progress:
            self._progress.stop()
            self._progress = None

    def _start(self, event: RunStarted) -> None:
        self._has_valid = event.num_valid > 0
        self._print(
            f"{escape(event.run)}: {event.model} ({event.num_parameters:,} parameters) on {escape(event.data)}, "
            f"{event.num_train:,} train and {event.num_valid:,} valid images, {event.num_classes} classes, "
            f"batch {event.batch_size}{f' on {event.ranks} ranks' * (event.ranks > 1)}, {event.precision}"
        )
        self._figures = _MULTI_FIGURES if event.multi_label else _FIGURES
        columns = ("epoch", "train_loss", "valid_loss", *self._figures, "time")
        self._print("  ".join(f"{name:>10}" for name in columns))
        if self._console.is_terminal and not self._console.is_jupyter:
            self._progress = Progress(
                BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn(),
                console=self._console, transient=True,
            )  # fmt: skip
            self._progress.start()
            self._task = self._progress.add_task("", total=event.total_steps, completed=event.step)

    def _move(self, event: StepsDone) -> None:
        text = f"loss {event.loss:.4f}  rate {event.lr:.2e}  {event.images_per_second:,.0f} images/s"
        if self._progress and self._task is not None:
            self._progress.update(self._task, completed=event.step, description=text)
        elif time.monotonic() - self._last_line > QUIET_SECONDS:
            self._print(f"[dim]{event.epoch:>10.2f}  {text}[/]")

    def _row(self, epoch: EpochDone, valid: Evaluated | None) -> None:
        numbers = [f"{epoch.epoch}", f"{epoch.train_loss:.4f}"]
        found = [getattr(valid, name, None) for name in self._figures.values()]
        numbers.append(f"{valid.loss:.4f}" if valid else "-")
        numbers += ["-" if share is None else f"{share:.2%}" for share in found]
        numbers.append(f"{self._seconds + (valid.seconds if valid else 0):.1f}s")
        self._seconds = 0.0
        self._print("  ".join(f"{number:>10}" for number in numbers))

    def _print(self, text: str) -> None:
        self._last_line = time.monotonic()
        self._console.print(text)
