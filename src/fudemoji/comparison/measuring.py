"""What a run's best weights do on each split of its set; kept in the comparison's folder, so that it is done once."""

# N images

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.data import ImageSet
from fudemoji.errors import DataError, RunError
from fudemoji.events import Evaluated, RunFinished, RunStarted
from fudemoji.metrics import AnyPredictions, Predictions, metrics_of, predictions_from
from fudemoji.models.summary import summary_of
from fudemoji.predictor import Trained, load_trained
from fudemoji.runs import Run, write_beside
from fudemoji.training.sources import stored_set

__all__ = ["Measured", "SetId", "check_finished", "hits_of", "measure"]


@dataclass(frozen=True)
class SetId:
    """What tells whether two runs saw the same set.

    Attributes:
        name, source, num_images, classes: of the set, from the data sheet.
        fingerprint: over pixels, labels and splits.
        image_size: height and width, which decoding may change.
        splits: over the splits alone, so that two fingerprints can be compared where the splits are the same.
    """

    name: str
    source: str
    num_images: int
    classes: tuple[str, ...]
    fingerprint: str
    image_size: tuple[int, ...]
    splits: bytes

    def difference(self, other: SetId) -> str:
        """What speaks against its being the same set, or nothing."""
        if self.name != other.name:
            return f"one is of {self.name}, the other of {other.name}"
        if self.classes != other.classes:
            return f"the sets called {self.name} have other classes"
        if self.num_images != other.num_images:
            return f"the sets called {self.name} have {self.num_images:,} and {other.num_images:,} images"
        is_comparable = self.image_size == other.image_size and self.splits == other.splits
        if is_comparable and self.fingerprint != other.fingerprint:
            return f"the sets called {self.name} have other pixels or labels"
        return ""


@dataclass(frozen=True)
class Measured:
    """One finished run, read and measured.

    Attributes:
        run: its folder.
        seed: of the run.
        started, finished: its first and last event.
        set_id: of its set.
        train_score: accuracy (or mean average precision) of the best weights on the training images; None where the
            set is not to be had.
        predictions: by split, valid and test, as far as they could be had.
        tested_per_second: images of the test split a second, with the shifts that the run tests with.
        layers: the network in words.
    """

    run: Run
    seed: int
    started: RunStarted
    finished: RunFinished
    set_id: SetId
    train_score: float | None
    predictions: dict[str, AnyPredictions]
    tested_per_second: float | None
    layers: list[tuple[str, int]]


def hits_of(predictions: AnyPredictions) -> NDArray[np.bool_] | None:
    """Whether each image is read right; None where an image has several labels."""
    return predictions.hits_N if isinstance(predictions, Predictions) else None


def measure(
    run: Run, *, keep: Path, data: ImageSet | None = None, say: Callable[[str], None] = lambda _: None
) -> Measured:
    """Read a finished run, and predict its training and validation images with its best weights.

    Args:
        run: the run.
        keep: the file (npz) that keeps what was measured.
        data: the set, where the run cannot load it by its name.
        say: called with a line where the set cannot be had.

    Raises:
        RunError: the run is not finished, or damaged.
    """
    events = run.events()
    finished = check_finished(run)
    trained = load_trained(run)
    found = _read(keep, stamp=_stamp(run)) or _predict(run, trained, finished, data, say)
    if found.get("stamp") is None and found:
        _write(keep, {**found, "stamp": np.array(_stamp(run))})
    tests = [event for event in events if isinstance(event, Evaluated) and event.split == "test"]
    return Measured(
        run=run,
        seed=trained.settings.loop.seed,
        started=next(event for event in events if isinstance(event, RunStarted)),
        finished=finished,
        set_id=_set_id(run, trained.sheet),
        train_score=float(found["train_score"]) if "train_score" in found else None,
        predictions={
            split: predictions_from(_unprefixed(found, split))
            for split in ("valid", "test")
            if f"{split}/labels" in found
        },
        tested_per_second=tests[-1].num_images / tests[-1].seconds if tests else None,
        layers=summary_of(trained.model),
    )


def check_finished(run: Run) -> RunFinished:
    """The last event of a run.

    Raises:
        RunError: it failed, is interrupted, or still in training.
    """
    finished = [event for event in run.events() if isinstance(event, RunFinished)]
    status = run.read_json("status")
    if status.get("state") == "failed":
        raise RunError(
            f"run {run.path} failed at step {status.get('step')} ({status.get('reason')}); "
            "it has no figures to compare, leave it out"
        )
    if not finished or status.get("state") != "finished":
        raise RunError(f"run {run.path} is not finished; go on with `fudemoji resume {run.path}`")
    return finished[-1]


def _stamp(run: Run) -> str:
    """Another one as soon as the weights or the test predictions are others."""
    files = [run.checkpoint_path("best"), run.path / "predictions.npz"]
    facts = [path.stat() for path in files if path.is_file()]
    return " ".join(f"{fact.st_size}-{fact.st_mtime_ns}" for fact in facts)


def _set_id(run: Run, sheet: dict[str, Any]) -> SetId:
    split = run.read_arrays("split")
    return SetId(
        name=str(sheet["name"]),
        source=str(sheet["source"]),
        num_images=int(sheet["num_images"]),
        classes=tuple(c["id"] for c in sheet["classes"]),
        fingerprint=str(sheet["fingerprint"]),
        image_size=(*sheet["image_size"], sheet["channels"], sheet.get("num_frames", 0)),
        splits=b"".join(name.encode() + split[name].tobytes() for name in sorted(split)),
    )


def _predict(
    run: Run,
    trained: Trained,
    finished: RunFinished,
    data: ImageSet | None,
    say: Callable[[str], None],
) -> dict[str, NDArray[Any]]:
    """Arrays to keep: the score on the training images, and the predictions of valid and test."""
    found: dict[str, NDArray[Any]] = {}
    stored = _stored_test(run, finished)
    if stored is not None:
        found |= _prefixed(stored, "test")
    try:
        cut = stored_set(run, data)
    except (DataError, RunError) as error:
        say(f"{run.path} can only be compared by what it has stored: {error}")
        return found
    shifts = trained.settings.loop.test_shifts
    if "train" in cut.splits:
        train = metrics_of(trained.predictions(cut, "train"))
        found["train_score"] = np.array(train.score)
    if "valid" in cut.splits:
        found |= _prefixed(trained.predictions(cut, "valid"), "valid")
    if "test" in cut.splits and stored is None:
        found |= _prefixed(trained.predictions(cut, "test", shifts=shifts), "test")
    return found


def _stored_test(run: Run, finished: RunFinished) -> AnyPredictions | None:
    """The run's own predictions, if they are those of its test."""
    if not (run.path / "predictions.npz").is_file() or finished.test_accuracy is None:
        return None
    predictions = predictions_from(run.read_arrays("predictions"))
    is_its_test = abs(metrics_of(predictions).accuracy - finished.test_accuracy) < 1e-9
    return predictions if predictions.split == "test" and is_its_test else None


def _prefixed(predictions: AnyPredictions, split: str) -> dict[str, NDArray[Any]]:
    return {f"{split}/{name}": array for name, array in predictions.to_arrays().items()}


def _unprefixed(arrays: dict[str, NDArray[Any]], split: str) -> dict[str, NDArray[Any]]:
    start = f"{split}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def _read(path: Path, *, stamp: str) -> dict[str, NDArray[Any]] | None:
    """What was kept, if it is of these weights and whole."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found = dict(arrays)
    except Exception:  # missing or damaged: it is measured again
        return None
    return found if str(found.get("stamp")) == stamp else None


def _write(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with write_beside(path) as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
