"""What a training tells before its first step: what was chosen for the user, and what is odd about the set."""

from __future__ import annotations

from collections.abc import Iterator

from fudemoji.config import describe_augment
from fudemoji.data.checks.quick import warnings_of
from fudemoji.data.split import num_train_only
from fudemoji.events import Note
from fudemoji.training.workbench import Workbench

__all__ = ["notes_before"]


def notes_before(bench: Workbench) -> Iterator[Note]:
    """Choices made for the user, and warnings about the set."""
    data, loop = bench.data, bench.settings.loop
    if (epochs := bench.epochs) > loop.epochs.amount and loop.epochs.unit == "ep":
        yield Note(
            text=f"a small set: {epochs:g} epochs instead of {loop.epochs.amount:g}, to train for "
            f"{loop.least_steps} steps; --epochs N is taken as it is"
        )
    if bench.weights:
        yield Note(text=f"starts from {bench.weights.origin}: {bench.fitted}")
        yield Note(text=_input_told(bench))
    yield Note(text=describe_augment(bench.settings.augment))
    if never := num_train_only(data):
        has = "has all its images in train and is" if never == 1 else "have all their images in train and are"
        yield Note(text=f"{never:,} of {data.num_classes:,} classes {has} never measured")
    if data.synthetic:
        text = f"{data.name} is synthetic; an accuracy on it says nothing about handwriting or old books"
        yield Note(text=text, level="warning")
    if data.credit:
        yield Note(text=data.credit)
    yield from (Note(text=text) for text in data.notes)
    yield from (Note(text=text, level="warning") for text in (*data.warnings, *warnings_of(data)))


def _input_told(bench: Workbench) -> str:
    """What becomes of the images for the sake of the weights."""
    assert bench.weights is not None
    size, (height, width) = bench.weights.image_size, bench.data.image_size
    told = (
        "pixels are scaled as the weights were trained"
        if bench.weights.mean
        else (
            "the weights do not say how their pixels were scaled; --pixels standard and unit are the choices"
        )
    )
    if bench.settings.data.pixels != "weights":
        told = f"pixels are scaled as --pixels {bench.settings.data.pixels} says"
    if size and (height, width) != size:
        told += f"; images stay at {height}x{width}, the weights saw {size[0]}x{size[1]}"
        told += ", so the stem leaves out its stride and pool" if bench.settings.model.stem == "wide" else ""
    return told
