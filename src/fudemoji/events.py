"""What happens in a run, as plain records: the only thing a loop hands out and a tracker takes in.

Each record is frozen, holds numbers and strings only, and turns into one line of JSON and back.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

from fudemoji.errors import RunError

__all__ = [
    "EVENTS",
    "CheckpointSaved",
    "EpochDone",
    "Evaluated",
    "Event",
    "FilesDecoded",
    "Note",
    "RunFinished",
    "RunStarted",
    "StepsDone",
    "from_json",
    "to_json",
]


@dataclass(frozen=True, kw_only=True)
class FilesDecoded:
    """So many files of the set are decoded, in the first pass over it.

    There is no run yet: it is no part of events.jsonl, and does not come where the decoded set is kept from before.
    """

    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A training begins, or goes on from `step` after a checkpoint; `ranks` processes share each batch."""

    run: str
    recipe: str
    data: str
    model: str
    num_parameters: int
    num_train: int
    num_valid: int
    num_classes: int
    epochs: float
    total_steps: int
    steps_per_epoch: int
    batch_size: int
    device: str
    precision: str
    step: int = 0
    multi_label: bool = False
    ranks: int = 1


@dataclass(frozen=True, kw_only=True)
class StepsDone:
    """Some optimiser steps were taken; `loss` is the mean training loss over them."""

    step: int
    epoch: float
    loss: float
    lr: float
    momentum: float
    images_per_second: float


@dataclass(frozen=True, kw_only=True)
class EpochDone:
    """An epoch of training ended; `train_loss` is its mean loss, `seconds` its time without evaluation."""

    step: int
    epoch: int
    train_loss: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """A split was evaluated with the weights after `step`; `loss` is plain cross-entropy in nats.

    With one label an image there is a balanced accuracy, the mean recall of the classes. With several, `accuracy` is
    the share of images with all labels right, and there are a macro F1 and a mean average precision.
    """

    step: int
    epoch: float
    split: str
    num_images: int
    loss: float
    accuracy: float
    seconds: float
    balanced_accuracy: float | None = None
    macro_f1: float | None = None
    mean_average_precision: float | None = None


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved:
    """A checkpoint lies on the disk, whole; `name` is `last` or `best`."""

    step: int
    name: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something worth telling the user: a choice made for them, or a warning (`level` info or warning)."""

    text: str
    level: str = "info"


@dataclass(frozen=True, kw_only=True)
class RunFinished:
    """The training ended as planned; figures are None where there is no such split, or no such figure.

    The peaks are bytes: the most that the process held so far (in a comparison since this training began), and the most
    that torch held on the GPU; None where that is not known.
    """

    run: str
    step: int
    recipe: str
    model: str
    parameters: int
    epochs: float
    train_seconds: float
    images_per_second: float
    valid_accuracy: float | None
    test_accuracy: float | None
    valid_balanced_accuracy: float | None = None
    test_balanced_accuracy: float | None = None
    valid_macro_f1: float | None = None
    test_macro_f1: float | None = None
    valid_mean_average_precision: float | None = None
    test_mean_average_precision: float | None = None
    peak_memory: int | None = None
    peak_device_memory: int | None = None


Event = FilesDecoded | RunStarted | StepsDone | EpochDone | Evaluated | CheckpointSaved | Note | RunFinished

EVENTS: dict[str, type[Event]] = {
    "files_decoded": FilesDecoded,
    "run_started": RunStarted,
    "steps_done": StepsDone,
    "epoch_done": EpochDone,
    "evaluated": Evaluated,
    "checkpoint_saved": CheckpointSaved,
    "note": Note,
    "run_finished": RunFinished,
}
_KINDS = {cls: kind for kind, cls in EVENTS.items()}


def to_json(event: Event) -> str:
    """One line of JSON with the event's kind first; a float that is no number becomes null.

    >>> to_json(Note(text="bf16"))
    '{"kind": "note", "text": "bf16", "level": "info"}'
    """
    fields: dict[str, Any] = {"kind": _KINDS[type(event)]}
    for name, value in dataclasses.asdict(event).items():
        fields[name] = None if isinstance(value, float) and not math.isfinite(value) else value
    return json.dumps(fields, ensure_ascii=False)


def from_json(line: str) -> Event:
    """The event that `to_json` wrote.

    Raises:
        RunError: the line is no event of this version.

    >>> from_json('{"kind": "note", "text": "bf16"}')
    Note(text='bf16', level='info')
    """
    try:
        fields = json.loads(line)
        return EVENTS[fields.pop("kind")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"no event of this version of fudemoji: {line.strip()[:80]!r}") from error
